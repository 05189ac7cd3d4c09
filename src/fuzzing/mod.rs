//! One function for each fuzz target of `tests/fuzz`, and their replay among the unit tests. Never part of the product.

#![allow(clippy::expect_used, clippy::panic, reason = "never part of the product")]

mod addresses;
mod people;
#[cfg(test)]
mod replay;
mod settings;

pub use crate::edge::fuzzing::{chunks, cookies, forwarded, proxy_header, request, response};
pub use addresses::{address, return_to};
pub use people::person;
pub use settings::settings;
