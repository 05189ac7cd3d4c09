//! `check`: what the configuration says, or everything that is wrong with it.

use std::process::ExitCode;

use crate::config::{self, Config, Loaded, Problems, Sources};
use crate::domain::Clock;
use crate::federation;

use super::{MISUSED, check_audit, tls};

pub(super) fn check(sources: &Sources) -> ExitCode {
    match config::load(sources) {
        Ok(loaded) => {
            warn(&loaded.warnings);
            for worry in tls::worries(&loaded.config, &Clock::system()) {
                eprintln!("warning: {worry}");
            }
            println!("{}", summary(&loaded));
            for line in redirect_uris(&loaded.config) {
                println!("{line}");
            }
            check_audit::of_store(&loaded.config.data_dir)
        }
        Err(problems) => refuse(&problems),
    }
}

/// Tells every error on standard error; the way out for all commands.
pub(super) fn refuse(problems: &Problems) -> ExitCode {
    warn(&problems.warnings);
    for problem in &problems.errors {
        eprintln!("error: {problem}");
    }
    let count = problems.errors.len();
    eprintln!("millgate: the configuration has {count} error{}", plural(count));
    MISUSED.into()
}

pub(super) fn warn(warnings: &[config::Problem]) {
    for problem in warnings {
        eprintln!("warning: {problem}");
    }
}

fn summary(loaded: &Loaded) -> String {
    let config = &loaded.config;
    let addresses: Vec<String> = config.listeners.iter().map(|listener| listener.address.to_string()).collect();
    let file = match &loaded.file {
        Some(file) => file.display().to_string(),
        None => format!("defaults (there is no {})", config::DEFAULT_FILE),
    };
    let (apps, keys) = (config.apps.len(), config.api_keys.len());
    format!(
        "OK: {file}: listens on {}, {apps} app{}, {keys} API key{}, console {}, data in {}",
        addresses.join(" and "),
        plural(apps),
        plural(keys),
        config.console,
        config.data_dir.display(),
    )
}

/// What an operator registers with each identity provider.
fn redirect_uris(config: &Config) -> impl Iterator<Item = String> {
    config.oidc.iter().map(|provider| {
        let uri = federation::redirect_uri(&config.console, &provider.id);
        format!("redirect URI to register with {} (\"{}\"): {uri}", provider.title, provider.id)
    })
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
