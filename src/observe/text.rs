//! Events as text: time, level, message, fields; one line each.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use crate::domain::Clock;

use super::access::{ACCESS, LINE};
use super::escape::{Escaped, Value};

/// Writes lines of the access log as they are, and everything else in its own format.
pub(super) struct AsItStands<F>(pub(super) F);

impl<S, N, F> FormatEvent<S, N> for AsItStands<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, cx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line(None);
        if event.metadata().target() == ACCESS {
            event.record(&mut line);
        }
        match line.0 {
            Some(line) => writeln!(writer, "{line}"),
            None => self.0.format_event(cx, writer, event),
        }
    }
}

/// The whole line, where there is one.
struct Line(Option<String>);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == LINE {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// What stands before each event.
pub(super) enum OneLine {
    At(Clock),
    /// The journal of systemd notes the time itself, and reads how bad it is from the line's begin (sd-daemon(3)).
    Ranked,
}

impl<S, N> FormatEvent<S, N> for OneLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut parts = Parts::default();
        event.record(&mut parts);
        let meta = event.metadata();
        match self {
            Self::At(clock) => write!(writer, "{} ", clock.now())?,
            Self::Ranked => write!(writer, "<{}>", priority(*meta.level()))?,
        }
        write!(writer, "{:5} {}", meta.level(), Escaped(&parts.message))?;
        writer.write_str(&parts.fields)?;
        // Our own events speak for themselves; of a library's one wants to know whose they are.
        if !meta.target().starts_with(env!("CARGO_CRATE_NAME")) {
            write!(writer, " target={}", Value(meta.target()))?;
        }
        writeln!(writer)
    }
}

const fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

#[derive(Default)]
struct Parts {
    message: String,
    fields: String,
}

impl Visit for Parts {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            // Writing into a `String` cannot fail.
            let _ = write!(self.fields, " {}={}", field.name(), Value(value));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_str(field, &value.to_string());
    }
}
