//! Where apps really run: how an upstream is reached, tried, and how each one fares.
//!
//! The data plane notes what it meets on the way of requests; the checks ask those that nobody asks; the console, the API
//! and the metrics read. What the hot path touches are two atomic numbers that are nearly always only read.

mod checks;
mod client;
mod health;
mod probe;
mod pulse;
mod report;
mod trouble;

pub use checks::keep;
pub use client::client_config;
pub use health::Health;
pub use probe::{Answer, Probe};
pub use pulse::{Pulse, State, UpstreamHealth};
pub use report::report;
pub use trouble::{Kind, Trouble};
