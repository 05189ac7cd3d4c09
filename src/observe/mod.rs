//! What the gateway tells its operator.

mod escape;
mod logs;
mod text;

pub use logs::{ACCESS, Config, Format, Level, Logs, start};
