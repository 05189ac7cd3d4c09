//! Who holds the certificates and changes what is shown: at a reload, and when a file does.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;

use crate::domain::{Clock, Timestamp};

use super::certificates::{Certificates, Shown};
use super::files::{Files, Stamp};
use super::pair::Pair;
use super::{Config, Source, Version, server};

/// Warnings are worth repeating, but nobody reads them every minute.
const WARN_EVERY: Duration = Duration::from_hours(24);

pub struct Keyring {
    certificates: Arc<Certificates>,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    config: Config,
    held: Vec<Held>,
    /// Kept from reload to reload, so that visitors can resume their sessions.
    servers: Vec<(SocketAddr, Version, Arc<ServerConfig>)>,
}

/// Files as they were read last.
struct Held {
    files: Files,
    pair: Pair,
    read: Option<Stamp>,
    /// What was seen at the last look: who renews writes two files, one after the other.
    seen: Option<Stamp>,
    warned_at: Option<Timestamp>,
}

impl Keyring {
    /// On `Err`, a sentence that names the file.
    pub fn open(config: Config, clock: Clock) -> Result<Self, String> {
        let empty = Config { min_version: config.min_version, listeners: Vec::new(), apps: Vec::new() };
        let state = State { config: empty, held: Vec::new(), servers: Vec::new() };
        let keyring = Self { certificates: Arc::default(), clock, state: Mutex::new(state) };
        keyring.adopt(config)?;
        Ok(keyring)
    }

    /// Shows what a new configuration says; on `Err` everything stays as it was.
    pub fn adopt(&self, config: Config) -> Result<(), String> {
        let mut state = self.state();
        let mut held: Vec<Held> = Vec::new();
        for files in config.files() {
            if held.iter().all(|other| other.files != *files) {
                held.push(Held::read(files)?);
            }
        }
        let servers = config.listeners.iter().map(|(address, _)| {
            let kept = state.servers.iter().find(|(at, version, _)| at == address && *version == config.min_version);
            match kept {
                Some(kept) => Ok(kept.clone()),
                None => {
                    let made = server::config(self.certificates.at(*address), config.min_version)?;
                    Ok((*address, config.min_version, made))
                }
            }
        });
        state.servers = servers.collect::<Result<_, String>>()?;
        (state.config, state.held) = (config, held);
        self.show(&state);
        state.warn(self.clock.now());
        Ok(())
    }

    /// What a listener speaks; `None`: plain HTTP.
    pub fn server(&self, address: SocketAddr) -> Option<Arc<ServerConfig>> {
        self.state().servers.iter().find(|(at, ..)| *at == address).map(|(.., config)| Arc::clone(config))
    }

    /// Reads files that have changed, and warns of what expires. Waits for the disk; worth calling every few seconds.
    pub fn look(&self) {
        let mut state = self.state();
        let changed = state.held.iter_mut().fold(false, |changed, held| held.follow() || changed);
        if changed {
            self.show(&state);
        }
        state.warn(self.clock.now());
    }

    fn show(&self, state: &State) {
        let pair = |files: &Files| {
            let held = state.held.iter().find(|held| held.files == *files);
            held.map(|held| Arc::clone(&held.pair.shown))
        };
        let mut shown = Shown::default();
        for (url, files) in &state.config.apps {
            let Some(pair) = pair(files) else { continue };
            match url.host.parse::<IpAddr>() {
                Ok(ip) => shown.of_addresses.push((ip, pair)),
                Err(_) => _ = shown.of_hosts.insert(url.host.clone(), pair),
            }
        }
        for (address, source) in &state.config.listeners {
            let Source::Files(files) = source;
            shown.of_listeners.extend(pair(files).map(|pair| (*address, pair)));
        }
        self.certificates.show(shown);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn warn(&mut self, now: Timestamp) {
        for held in &mut self.held {
            if held.warned_at.is_some_and(|then| now.since(then) < WARN_EVERY && now >= then) {
                continue;
            }
            if let Some(worry) = held.pair.worry(now) {
                held.warned_at = Some(now);
                tracing::warn!(cert = %held.files.cert.display(), "the certificate {worry}");
            }
        }
    }
}

impl Held {
    fn read(files: &Files) -> Result<Self, String> {
        // Before the files: what is written meanwhile is then seen as a change.
        let stamp = files.stamp();
        let pair = files.load()?;
        Ok(Self { files: files.clone(), pair, read: stamp, seen: stamp, warned_at: None })
    }

    /// True when there is something else to show. A pair that is no good is told of once, and the old one stays.
    fn follow(&mut self) -> bool {
        let stamp = self.files.stamp();
        let settled = stamp == self.seen;
        self.seen = stamp;
        if !settled || stamp == self.read {
            return false;
        }
        self.read = stamp;
        let cert = self.files.cert.display();
        match self.files.load() {
            Ok(pair) => {
                tracing::info!(%cert, until = %pair.not_after, "the certificate was changed and is shown from now on");
                (self.pair, self.warned_at) = (pair, None);
                true
            }
            Err(reason) => {
                tracing::error!(%cert, reason, "the certificate was changed and cannot be used, so the old one stays");
                false
            }
        }
    }
}
