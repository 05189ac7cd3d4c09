//! Sessions as the hot path knows them. A million of them fit into 150 MiB.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::{AppId, DeviceId, Session, SessionId, Timestamp, UserProof};

use super::people::AsIsBuilder;

/// How stale `last_seen_at` may be before a use is worth noting.
const TOUCH_EVERY_MILLIS: i64 = 60_000;

/// A session's hot fields, as a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveSession {
    pub app: AppId,
    pub device: DeviceId,
    pub user: Option<UserProof>,
    pub master: Option<u32>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
}

struct Seat {
    app: AppId,
    user: Option<UserProof>,
    created_at: Timestamp,
    last_seen_millis: AtomicI64,
    master: Option<u32>,
    device: DeviceId,
}

#[derive(Default)]
pub(super) struct Sessions(papaya::HashMap<SessionId, Seat, AsIsBuilder>);

impl Sessions {
    pub(super) fn get(&self, id: &SessionId) -> Option<LiveSession> {
        self.0.pin().get(id).map(Seat::copy)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn count(&self, wanted: impl Fn(&LiveSession) -> bool) -> usize {
        self.0.pin().values().filter(|seat| wanted(&seat.copy())).count()
    }

    /// True when the session existed and proves something else now.
    pub(super) fn put(&self, session: &Session) -> bool {
        let map = self.0.pin();
        let before = map.get(&session.id).map(Seat::copy);
        let seen = before.map_or(session.last_seen_at, |old| old.last_seen_at.max(session.last_seen_at));
        let seat = Seat {
            app: session.app,
            user: session.user,
            created_at: session.created_at,
            last_seen_millis: AtomicI64::new(seen.as_millis()),
            master: session.master,
            device: session.device,
        };
        map.insert(session.id, seat);
        before.is_some_and(|old| old.user != session.user || old.master != session.master || old.app != session.app)
    }

    pub(super) fn remove(&self, id: &SessionId) {
        self.0.pin().remove(id);
    }

    /// A clock that stepped back a minute or more moves `last_seen_at` back too: it never stands in the future for long.
    pub(super) fn touch(&self, id: &SessionId, now: Timestamp) -> bool {
        let map = self.0.pin();
        let Some(seat) = map.get(id) else { return false };
        let seen = seat.last_seen_millis.load(Ordering::Relaxed);
        let due = now.as_millis().abs_diff(seen) >= TOUCH_EVERY_MILLIS.unsigned_abs();
        due && seat
            .last_seen_millis
            .compare_exchange(seen, now.as_millis(), Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

impl Seat {
    fn copy(&self) -> LiveSession {
        LiveSession {
            app: self.app,
            device: self.device,
            user: self.user,
            master: self.master,
            created_at: self.created_at,
            last_seen_at: Timestamp::from_millis(self.last_seen_millis.load(Ordering::Relaxed)),
        }
    }
}
