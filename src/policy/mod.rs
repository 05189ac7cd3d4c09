//! Who may enter: pure, total, the same for every transport. No I/O, no clock, no failure.

mod decide;
mod routes;
mod rules;
#[cfg(test)]
mod truth_table;
mod verdict;

pub use decide::decide;
pub use routes::{Destination, RESERVED, Routes, hides_console, is_at_console, is_below, is_beside, without_code};
pub use rules::{Proofs, Rules, Standing, Visitor};
pub use verdict::{Challenge, Permit, Principal, Refusal, Verdict};
