//! Logs go to standard error. The configuration alone says how; `RUST_LOG` is not read.

use std::fmt;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, reload};

use crate::domain::Clock;

use super::access::{ACCESS, AccessLog};
use super::text::{AsItStands, OneLine};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    pub format: Format,
    pub level: Level,
    /// One line for each request.
    pub access: AccessLog,
}

impl Default for Config {
    fn default() -> Self {
        Self { format: Format::Text, level: Level::Info, access: AccessLog::Off }
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// Starts logging for the whole process, once. `None` when somebody has done so before. `to_journal`: standard error is
/// the journal of systemd.
pub fn start(config: Config, clock: Clock, to_journal: bool) -> Option<Logs> {
    let (filter, handle) = reload::Layer::new(targets(config));
    let layer = layer((config.format, to_journal), clock, std::io::stderr);
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init().ok()?;
    log_panics();
    Some(Logs { filter: handle, format: config.format })
}

fn layer<W>((format, to_journal): (Format, bool), clock: Clock, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    match format {
        Format::Text if to_journal => layer.event_format(AsItStands(OneLine::Ranked)).boxed(),
        Format::Text => layer.event_format(AsItStands(OneLine::At(clock))).boxed(),
        Format::Json => {
            let json = tracing_subscriber::fmt::format().json().flatten_event(true);
            let json = json.with_current_span(false).with_span_list(false).with_timer(Rfc3339(clock));
            layer.fmt_fields(JsonFields::new()).event_format(AsItStands(json)).boxed()
        }
    }
}

/// A panic is a bug; it is told like everything else, on one line. The thread's own end is for who waits for it.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        let thread = std::thread::current();
        tracing::error!(
            place,
            panic = message,
            thread = thread.name().unwrap_or("unnamed"),
            "a bug: please report this"
        );
    }));
}

/// Libraries that warn of what any peer may say, and as often as it says it: h2 of each PONG that nobody asked for.
const TALKATIVE: [&str; 2] = ["h2", "rustls"];

/// Libraries speak up only when something is wrong, unless everything is wanted.
fn targets(config: Config) -> Targets {
    let own = config.level.filter();
    let others = if config.level == Level::Trace { LevelFilter::DEBUG } else { own.min(LevelFilter::WARN) };
    let of_peers = if config.level < Level::Debug { LevelFilter::ERROR } else { others };
    let talkative = TALKATIVE.map(|library| (library, of_peers));
    let access = if config.access == AccessLog::Off { LevelFilter::OFF } else { LevelFilter::INFO };
    let ours = [(env!("CARGO_CRATE_NAME"), own), (ACCESS, access)];
    Targets::new().with_default(others).with_targets(talkative).with_targets(ours)
}

struct Rfc3339(Clock);

impl FormatTime for Rfc3339 {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", self.0.now())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::domain::Timestamp;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn logged(config: Config, events: impl FnOnce()) -> String {
        written(config, false, events)
    }

    fn written(config: Config, to_journal: bool, events: impl FnOnce()) -> String {
        let kept = Kept::default();
        let clock = Clock::from_fn(|| Timestamp::from_millis(0));
        let layer = layer((config.format, to_journal), clock, kept.clone());
        tracing::subscriber::with_default(Registry::default().with(layer.with_filter(targets(config))), events);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_event_is_one_line_whatever_strangers_wrote() {
        let events = || {
            tracing::info!(host = "a\r\nb", agent = %"\u{1b}[31m x", "strange \n visitor");
            tracing::debug!("not wanted");
            tracing::info!(target: "hyper", "not wanted either");
            tracing::warn!(target: "hyper", "wanted");
            tracing::info!(target: ACCESS, "not asked for");
        };
        insta::assert_snapshot!(logged(Config::default(), events), @r#"
        1970-01-01T00:00:00.000Z INFO  strange \n visitor host=a\r\nb agent="\u{1b}[31m x"
        1970-01-01T00:00:00.000Z WARN  wanted target=hyper
        "#);
        let json = logged(Config { format: Format::Json, ..Config::default() }, events);
        assert_eq!(json.lines().count(), 2, "{json}");
        for line in json.lines() {
            assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|event| event.is_object()), "{line}");
        }
    }

    #[test]
    fn the_journal_is_told_how_bad_it_is_and_no_time() {
        let config = Config { access: AccessLog::Common, ..Config::default() };
        let events = || {
            tracing::error!("broken\n<0>not an emergency");
            tracing::warn!(count = 1, "odd");
            tracing::info!("well");
            tracing::info!(target: ACCESS, line = "10.0.0.9 - \"GET\"");
        };
        insta::assert_snapshot!(written(config, true, events), @r#"
        <3>ERROR broken\n<0>not an emergency
        <4>WARN  odd count=1
        <6>INFO  well
        10.0.0.9 - "GET"
        "#);
        let json = written(Config { format: Format::Json, ..config }, true, events);
        assert!(json.lines().take(3).all(|line| line.starts_with('{')), "{json}");
    }

    #[test]
    fn strangers_cannot_fill_the_log_by_what_libraries_warn_of() {
        let events = || {
            tracing::warn!(target: "h2::proto::ping_pong", "recv PING ack that we never sent");
            tracing::warn!(target: "rustls::check", "Received a handshake message");
        };
        assert_eq!(logged(Config::default(), events), "");
        let debugging = Config { level: Level::Debug, ..Config::default() };
        assert_eq!(logged(debugging, events).lines().count(), 2);
    }

    #[test]
    fn the_access_log_is_wanted_or_not() {
        let config = Config { access: AccessLog::Event, level: Level::Error, ..Config::default() };
        let access = logged(config, || tracing::info!(target: ACCESS, status = 200, "GET /"));
        insta::assert_snapshot!(access, @"1970-01-01T00:00:00.000Z INFO  GET / status=200");
        for format in Format::ALL {
            let config = Config { format, access: AccessLog::Common, ..config };
            let access = logged(config, || tracing::info!(target: ACCESS, line = "10.0.0.9 - \"GET\""));
            assert_eq!(access, "10.0.0.9 - \"GET\"\n");
        }
    }
}
