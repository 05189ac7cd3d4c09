//! The verbs, on a store in memory.

mod account;
mod administration;
mod audit;
mod clocks;
mod devices;
mod entering;
mod federated;
mod federated_invites;
mod federated_links;
mod federated_races;
mod figures;
mod invitation_races;
mod invitations;
mod invites;
mod kit;
mod mails;
mod moving;
mod races;
mod reset;
mod roster;
mod set_up;
mod staff;
mod users;
mod views;
