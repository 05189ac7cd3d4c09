//! The verbs, on a store in memory.

mod account;
mod administration;
mod clocks;
mod devices;
mod entering;
mod invites;
mod kit;
mod mails;
mod races;
mod reset;
mod users;
mod views;
