//! What the gateway tells its operator.

mod access;
mod count;
mod escape;
mod exposition;
mod logs;
mod tally;
mod text;

pub use access::{AccessLog, Accessed};
pub use count::{AppCounts, AppTotals, BUCKETS, Judged, Rejected, Traffic, WorkerCounts};
pub use exposition::{CONTENT_TYPE, Exposition};
pub use logs::{Config, Format, Level, Logs, start};
pub use tally::{Entry, Limit, Outcome, Tally};
