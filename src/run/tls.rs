//! The configuration's certificates on the keyring, and the keyring kept up to date.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::domain::Clock;
use crate::tls::{self, Keyring};

/// How soon a renewed file is noticed. It has to look the same twice, because two files are written one by one.
const LOOK_EVERY: Duration = Duration::from_secs(3);

pub(super) fn config(config: &Config) -> tls::Config {
    let listeners = config.listeners.iter();
    tls::Config {
        min_version: config.tls_version,
        listeners: listeners.filter_map(|listener| Some((listener.address, listener.tls.clone()?))).collect(),
        apps: config.apps.iter().filter_map(|app| Some((app.url.clone(), app.tls.clone()?))).collect(),
    }
}

/// What is wrong with the certificates of a configuration by this machine's clock.
pub(super) fn worries(written: &Config, clock: &Clock) -> Vec<String> {
    let config = config(written);
    let worry = |files: &tls::Files| {
        // Files that cannot be used are errors of the configuration.
        let worry = files.load().ok()?.worry(clock.now())?;
        Some(format!("the certificate in {} {worry}", files.cert.display()))
    };
    let mut worries: Vec<String> = config.files().filter_map(worry).collect();
    worries.sort();
    worries.dedup();
    worries
}

/// For as long as the gateway runs.
pub(super) async fn keep(keyring: Arc<Keyring>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let keyring = Arc::clone(&keyring);
        // It waits for the disk; a look that panicked is not the last one.
        let _ = tokio::task::spawn_blocking(move || keyring.look()).await;
    }
}
