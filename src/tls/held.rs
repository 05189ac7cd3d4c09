//! Certificate files as they were read last.

use std::time::Duration;

use crate::domain::Timestamp;

use super::files::{Files, Stamp};
use super::pair::Pair;

/// Warnings are worth repeating, but nobody reads them every minute.
const WARN_EVERY: Duration = Duration::from_hours(24);

pub(super) struct Held {
    pub(super) files: Files,
    pub(super) pair: Pair,
    read: Option<Stamp>,
    /// What was seen at the last look: who renews writes two files, one after the other.
    seen: Option<Stamp>,
    warned: Warned,
}

impl Held {
    pub(super) fn read(files: &Files) -> Result<Self, String> {
        // Before the files: what is written meanwhile is then seen as a change.
        let stamp = files.stamp();
        let pair = files.load()?;
        Ok(Self { files: files.clone(), pair, read: stamp, seen: stamp, warned: Warned::default() })
    }

    /// True when there is something else to show. A pair that is no good is told of once, and the old one stays.
    pub(super) fn follow(&mut self) -> bool {
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
                (self.pair, self.warned) = (pair, Warned::default());
                true
            }
            Err(reason) => {
                tracing::error!(%cert, reason, "the certificate was changed and cannot be used, so the old one stays");
                false
            }
        }
    }

    pub(super) fn warn(&mut self, now: Timestamp) {
        if let Some(worry) = self.pair.worry(now).filter(|_| self.warned.is_due(now)) {
            tracing::warn!(cert = %self.files.cert.display(), "the certificate {worry}");
        }
    }
}

/// When a worry about a certificate was told last.
#[derive(Default)]
pub(super) struct Warned(Option<Timestamp>);

impl Warned {
    /// Whether it is time to tell it again; then it counts as told.
    pub(super) fn is_due(&mut self, now: Timestamp) -> bool {
        let is_fresh = self.0.is_some_and(|then| now.since(then) < WARN_EVERY && now >= then);
        if !is_fresh {
            self.0 = Some(now);
        }
        !is_fresh
    }
}
