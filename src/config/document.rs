//! A TOML text with its lines, or an environment variable: what values are read from.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Origin, Place, Problems};

pub(super) type Value<'d> = Spanned<DeValue<'d>>;

#[derive(Debug, Clone)]
pub(super) enum Source {
    File { path: Arc<Path>, line_starts: Arc<[usize]> },
    Environment(String),
}

impl Source {
    pub(super) fn file(path: &Path, text: &str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self::File { path: path.into(), line_starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    pub(super) fn origin(&self, offset: usize) -> Origin {
        match self {
            Self::File { path, line_starts } => {
                Origin::File { path: path.clone(), line: line_starts.partition_point(|start| *start <= offset) }
            }
            Self::Environment(name) => Origin::Environment(name.clone()),
        }
    }

    /// Variables have no types: numbers and switches come as text.
    pub(super) const fn is_untyped(&self) -> bool {
        matches!(self, Self::Environment(_))
    }
}

/// A file that is no configuration at all has thousands of errors.
const MOST_ERRORS: usize = 20;

/// Reads as much as can be read; syntax errors are reported as far as anybody reads.
pub(super) fn parse<'d>(text: &'d str, source: &Source, problems: &mut Problems) -> DeTable<'d> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let more = errors.len().saturating_sub(MOST_ERRORS);
    for (number, error) in errors.into_iter().take(MOST_ERRORS).enumerate() {
        let offset = error.span().map_or(0, |span| span.start);
        let place = Place { origin: source.origin(offset), key: String::new() };
        problems.error(&place, format!("this is not TOML: {}", error.message()));
        if number + 1 == MOST_ERRORS && more > 0 {
            problems.error(&place, format!("and {more} more errors behind this one"));
        }
    }
    table.into_inner()
}

/// An environment variable's text as a value.
pub(super) fn text(text: &str) -> Value<'_> {
    Spanned::new(0..0, DeValue::String(Cow::Borrowed(text)))
}
