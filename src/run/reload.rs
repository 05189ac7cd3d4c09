//! A new configuration for a running gateway: all of it, or nothing of it when it has errors.

use crate::config::{self, Config, Loaded, Sources};
use crate::observe::Logs;

use super::apps;
use super::doors;
use super::gateway::{Gateway, mailer};
use super::keys;
use super::providers;
use super::tls;

pub(super) async fn reload(gateway: &mut Gateway, sources: &Sources, logs: Option<&Logs>) {
    let Loaded { config, warnings, .. } = match config::load(sources) {
        Ok(loaded) => loaded,
        Err(problems) => {
            for error in &problems.errors {
                tracing::error!(place = %error.place.origin, key = error.place.key, "{}", error.text);
            }
            tracing::error!(errors = problems.errors.len(), "the new configuration has errors, so the old one stays");
            return;
        }
    };
    if let Err(reason) = gateway.keyring.adopt(tls::config(&config)) {
        tracing::error!(reason, "the new configuration has errors, so the old one stays");
        return;
    }
    gateway.keyring.cover(&tls::hosts(&gateway.directory));
    let listeners = doors::settings(&config, &gateway.keyring);
    for warning in &warnings {
        tracing::warn!(place = %warning.place.origin, key = warning.place.key, "{}", warning.text);
    }
    if logs.is_some_and(|logs| !logs.reconfigure(config.log)) {
        tracing::warn!(key = "log.format", "this change takes effect at the next start");
    }
    if gateway.directory.snapshot().console.as_ref() != Some(&config.console) {
        gateway.directory.move_console(Some(config.console.clone()));
        if let Err(error) = gateway.desk.settle_console(&config.console).await {
            tracing::error!(%error, "links to the console cannot be moved to its new address");
        }
    }
    gateway.fixed.send_replace(listeners);
    gateway.keys.replace(keys::of(&config.api_keys));
    providers::set(&gateway.desk, &config);
    apps::reconcile(&gateway.desk, &config.apps).await;
    gateway.desk.set_mailer(mailer(&config, gateway.desk.clock()));
    for key in needs_restart(&gateway.started_with, &config) {
        tracing::warn!(key, "this change takes effect at the next start");
    }
    tracing::info!(apps = config.apps.len(), listeners = config.listeners.len(), "reloaded");
    gateway.runs_with = config;
}

/// What threads and the store were started with.
fn needs_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let changed = [
        ("data_dir", old.data_dir != new.data_dir),
        ("workers", old.workers != new.workers),
        ("metrics", old.metrics != new.metrics),
        ("limits", old.limits != new.limits),
        ("audit", old.audit != new.audit),
        ("log.access", old.log.access != new.log.access),
    ];
    changed.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key).collect()
}
