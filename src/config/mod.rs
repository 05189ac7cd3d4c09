//! The configuration, twice: raw (as written) and resolved (as it counts). Each part gets its own struct.
//!
//! Every error names file, line, key, what is wrong and what to do, and all of them are told at once.

mod document;
mod environment;
mod leaf;
mod problem;
mod quantity;
mod raw;
mod resolve;
mod resolved;
#[cfg(test)]
mod shipped;
mod table;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::observe;

use document::Source;
use table::{Field, Table};

pub use problem::{Origin, Place, Problem, Problems};
pub use resolved::{ApiKey, App, Config, Limits, Listener, Scope, Secret, Tls};

/// Read when no file is named; it need not be there.
pub const DEFAULT_FILE: &str = "config/millgate.toml";

/// Where the configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `--config`: must be there.
    pub file: Option<PathBuf>,
    /// The environment's variables; only `MILLGATE_…` are read.
    pub variables: Vec<(String, String)>,
    pub data_dir: Option<PathBuf>,
    pub log_level: Option<observe::Level>,
    pub log_format: Option<observe::Format>,
}

/// A configuration without errors.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    /// `None`: there was no file, and defaults count.
    pub file: Option<PathBuf>,
    pub warnings: Vec<Problem>,
}

/// A configuration that this program writes for itself; flags count, files and variables do not.
pub fn from_text(text: &str, sources: &Sources) -> Result<Config, Problems> {
    let sources = Sources { variables: Vec::new(), ..sources.clone() };
    let mut problems = Problems::default();
    read(Path::new("built-in"), text, &sources, &mut problems).ok_or(problems)
}

/// On `Err` at least one error is among the problems.
pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
    let path = sources.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let mut problems = Problems::default();
    let text = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound && sources.file.is_none() => None,
        Err(error) => {
            let why = match error.kind() {
                ErrorKind::NotFound => {
                    "there is no such file; check --config, or leave it out to run with defaults".into()
                }
                ErrorKind::InvalidData => "this file is not text in UTF-8".into(),
                _ => format!("this file cannot be read: {error}"),
            };
            let origin = Origin::File { path: path.into(), line: 0 };
            problems.error(&Place { origin, key: String::new() }, why);
            return Err(problems);
        }
    };
    let file = text.is_some().then(|| path.to_owned());
    let config = read(path, text.as_deref().unwrap_or_default(), sources, &mut problems);
    problems.sort();
    match config {
        Some(config) => Ok(Loaded { config, file, warnings: problems.warnings }),
        None => Err(problems),
    }
}

fn read(path: &Path, text: &str, sources: &Sources, problems: &mut Problems) -> Option<Config> {
    let source = Source::file(path, text);
    let table = document::parse(text, &source, problems);
    // What is half read would be reported as missing: not an error of its own.
    if !problems.errors.is_empty() {
        return None;
    }
    let mut raw = raw::Raw::read(&table, &source, "", problems);
    environment::apply(&mut raw, &sources.variables, problems);
    flags(&mut raw, sources);
    let base = path.parent().unwrap_or(Path::new(""));
    resolve::resolve(raw, base, problems)
}

/// The command line has the last word.
fn flags(raw: &mut raw::Raw, sources: &Sources) {
    fn flag<T: Clone>(given: &Option<T>, name: &'static str, key: &str) -> Option<Field<T>> {
        let place = Place { origin: Origin::Flag(name), key: key.to_owned() };
        given.clone().map(|value| Field { value, place })
    }
    if let Some(given) = flag(&sources.data_dir, "--data", "data_dir") {
        raw.data_dir = Some(given);
    }
    let level = flag(&sources.log_level, "--log-level", "log.level");
    let format = flag(&sources.log_format, "--log-format", "log.format");
    let place = Place { origin: Origin::Flag("--log-level"), key: "log".to_owned() };
    let log = raw.log.get_or_insert_with(|| Field { value: raw::Log::default(), place });
    log.value.level = level.or(log.value.level.take());
    log.value.format = format.or(log.value.format.take());
}
