//! The portal as the data plane meets it: asks in, answers out, over a real desk and a store in memory.

mod account;
mod entering;
mod handing_over;
mod house;
mod inviting;
mod leaving;
mod oidc;
mod pictures;
