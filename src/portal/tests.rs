//! The portal as the data plane meets it: asks in, answers out, over a real desk and a store in memory.

mod entering;
mod house;
mod inviting;
mod leaving;
mod pictures;
