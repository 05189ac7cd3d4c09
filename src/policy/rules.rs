//! What is asked (by an app) and what is proven (by a visitor).

use std::time::Duration;

use crate::domain::{AccessMode, App, AppId, DeviceId, Timestamp, UserId};

/// An app's part of the decision, compiled from its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub app: AppId,
    pub mode: AccessMode,
    /// The version of the master password that counts; without one, nobody has proven it.
    pub master: Option<u32>,
    pub running: bool,
    /// Whether who signed up unasked waits for somebody's approval.
    pub approval: bool,
    pub idle_limit: Option<Duration>,
    pub absolute_limit: Option<Duration>,
}

impl From<&App> for Rules {
    fn from(app: &App) -> Self {
        Self {
            app: app.id,
            mode: app.access,
            master: app.master_version(),
            running: app.running,
            approval: app.approval,
            idle_limit: app.idle_limit,
            absolute_limit: app.absolute_limit,
        }
    }
}

/// How stale `last_seen_at` may be before a use is worth noting.
const NOTE_EVERY: Duration = Duration::from_secs(60);

impl Rules {
    /// Whether a session counts at all here and now. A clock that steps back makes sessions young, never dead.
    pub fn hold(&self, proofs: &Proofs, now: Timestamp) -> bool {
        proofs.app == self.app
            && self.idle_limit.is_none_or(|limit| now.since(proofs.last_seen_at) <= limit)
            && self.absolute_limit.is_none_or(|limit| now.since(proofs.created_at) <= limit)
    }

    /// Whether a user who may register by themselves still has to wait.
    pub fn keep_waiting(&self, standing: &Standing) -> bool {
        self.approval && standing.waiting && !standing.invited
    }

    /// How stale `last_seen_at` may be: a small part of a short idle limit, so that who is there stays in.
    pub fn note_every(&self) -> Duration {
        self.idle_limit.map_or(NOTE_EVERY, |limit| NOTE_EVERY.min(limit / 4))
    }
}

/// Who a request comes from: always a device, perhaps with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    pub device: DeviceId,
    pub proofs: Option<Proofs>,
}

/// What a session has proven, as things stand now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proofs {
    /// The app that the session belongs to; it opens no other.
    pub app: AppId,
    pub user: Option<Standing>,
    pub master: Option<u32>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// A user who is registered with the app, neither suspended nor signed in before an epoch's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub user: UserId,
    pub invited: bool,
    /// Nobody has approved the registration yet; whether that matters is the app's to say.
    pub waiting: bool,
}
