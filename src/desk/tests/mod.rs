//! The verbs, on a store in memory.

mod account;
mod administration;
mod clocks;
mod devices;
mod entering;
mod federated;
mod federated_invites;
mod federated_links;
mod federated_races;
mod invites;
mod kit;
mod mails;
mod races;
mod reset;
mod users;
mod views;
