//! What is wrong with the configuration: all of it at once, each with its place and its remedy.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Words that are less alike than this (0 to 1, Jaro-Winkler) are not worth suggesting.
const ALIKE: f64 = 0.8;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Line 0 is the file as a whole.
    File {
        path: Arc<Path>,
        line: usize,
    },
    Environment(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value's origin, and its key as one would look for it: `log.level`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub origin: Origin,
    pub key: String,
}

impl Place {
    pub(super) fn child(&self, key: &str) -> Self {
        Self { origin: self.origin.clone(), key: format!("{}.{key}", self.key) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    /// A sentence that says what is wrong and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { origin, key } = &self.place;
        match key.is_empty() {
            true => write!(f, "{origin}: {}", escaped(&self.text)),
            false => write!(f, "{origin}: {}: {}", escaped(key), escaped(&self.text)),
        }
    }
}

/// One problem stays one line, whatever the file holds.
fn escaped(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Everything that was found. With errors there is no configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Problems {
    pub errors: Vec<Problem>,
    pub warnings: Vec<Problem>,
}

impl Problems {
    pub(super) fn error(&mut self, place: &Place, text: impl Into<String>) {
        self.errors.push(Problem { place: place.clone(), text: text.into() });
    }

    pub(super) fn warn(&mut self, place: &Place, text: impl Into<String>) {
        self.warnings.push(Problem { place: place.clone(), text: text.into() });
    }

    /// In the order of the file, so that one can go through it from top to bottom.
    pub(super) fn sort(&mut self) {
        let line = |problem: &Problem| match problem.place.origin {
            Origin::File { line, .. } => line,
            Origin::Environment(_) | Origin::Flag(_) => usize::MAX,
        };
        self.errors.sort_by_key(line);
        self.warnings.sort_by_key(line);
    }
}

/// `; did you mean X?`, or nothing when nothing is alike.
pub(super) fn hint<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = written.to_lowercase().replace('_', "-");
    let scored =
        known.into_iter().map(|word| (strsim::jaro_winkler(&folded, &word.to_lowercase().replace('_', "-")), word));
    let best = scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, word)| word)
}
