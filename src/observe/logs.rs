//! Logs go to standard error. The configuration alone says how; `RUST_LOG` is not read.

use std::fmt;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, reload};

use crate::domain::Clock;

use super::text::OneLine;

/// The access log's target: one event a request, only when it is wanted.
pub const ACCESS: &str = "millgate::access";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    pub format: Format,
    pub level: Level,
    /// One line for each request.
    pub access: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { format: Format::Text, level: Level::Info, access: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

impl Format {
    pub const ALL: [Self; 2] = [Self::Text, Self::Json];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    const fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// The running logs, whose level a reload may change.
pub struct Logs {
    filter: reload::Handle<Targets, Registry>,
    format: Format,
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Logs {
    /// Level and access log change at once; the format stays what it was at the start. False when another was asked for.
    pub fn reconfigure(&self, config: Config) -> bool {
        // The only failure is that the subscriber is gone, and with it every reader.
        let _ = self.filter.reload(targets(config));
        config.format == self.format
    }
}

/// Starts logging for the whole process, once. `None` when somebody has done so before.
pub fn start(config: Config, clock: Clock) -> Option<Logs> {
    let (filter, handle) = reload::Layer::new(targets(config));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let layer = match config.format {
        Format::Text => layer.event_format(OneLine { clock }).boxed(),
        Format::Json => layer
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_timer(Rfc3339(clock))
            .boxed(),
    };
    let started = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    started.ok().map(|()| Logs { filter: handle, format: config.format })
}

/// Libraries speak up only when something is wrong, unless everything is wanted.
fn targets(config: Config) -> Targets {
    let own = config.level.filter();
    let others = if config.level == Level::Trace { LevelFilter::DEBUG } else { own.min(LevelFilter::WARN) };
    let access = if config.access { LevelFilter::INFO } else { LevelFilter::OFF };
    Targets::new().with_default(others).with_target(env!("CARGO_CRATE_NAME"), own).with_target(ACCESS, access)
}

struct Rfc3339(Clock);

impl FormatTime for Rfc3339 {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", self.0.now())
    }
}
