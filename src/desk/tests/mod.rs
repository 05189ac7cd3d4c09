//! The verbs, on a store in memory.

mod administration;
mod clocks;
mod devices;
mod entering;
mod invites;
mod kit;
mod races;
mod users;
mod views;
