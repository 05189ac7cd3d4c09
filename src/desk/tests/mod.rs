//! The verbs, on a store in memory.

mod administration;
mod clocks;
mod devices;
mod entering;
mod invitation_races;
mod invitations;
mod invites;
mod kit;
mod races;
mod users;
mod views;
