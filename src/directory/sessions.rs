//! Sessions as the hot path knows them. A million of them fit into 150 MiB.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::{AppId, Day, DeviceId, SessionGlimpse, SessionId, Timestamp, UserId, UserProof};

use super::people::AsIsBuilder;

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

impl LiveSession {
    /// Whether a use at `now` is worth noting, as the first one of each day is, for the figures. A clock that was never set tells a time before the session began: noted,
    /// it would make everybody look long gone as soon as the clock is right. One that stepped back by less moves
    /// `last_seen_at` back too, so that it never stands in the future for long.
    fn is_due(&self, now: Timestamp, every: Duration) -> bool {
        let age = now.as_millis().abs_diff(self.last_seen_at.as_millis());
        let is_long = u128::from(age) >= every.as_millis();
        now >= self.created_at && (is_long || Day::of(now) > Day::of(self.last_seen_at))
    }
}

/// Without padding: there are a million of these.
struct Seat {
    app: AppId,
    /// What they say counts when the session proves a user.
    user: UserId,
    epoch: u32,
    /// Counts when the session proves a master password.
    master: u32,
    created_at: Timestamp,
    last_seen_millis: AtomicI64,
    device: DeviceId,
    proves_user: bool,
    proves_master: bool,
}

#[derive(Default)]
pub(super) struct Sessions {
    seats: papaya::HashMap<SessionId, Seat, AsIsBuilder>,
    /// Display names, which few sessions have.
    names: papaya::HashMap<SessionId, Arc<str>, AsIsBuilder>,
}

impl Sessions {
    pub(super) fn get(&self, id: &SessionId) -> Option<LiveSession> {
        self.seats.pin().get(id).map(Seat::copy)
    }

    pub(super) fn name(&self, id: &SessionId) -> Option<Arc<str>> {
        self.names.pin().get(id).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.seats.len()
    }

    pub(super) fn count(&self, wanted: impl Fn(&LiveSession) -> bool) -> usize {
        self.seats.pin().values().filter(|seat| wanted(&seat.copy())).count()
    }

    pub(super) fn each(&self, mut visit: impl FnMut(SessionId, LiveSession)) {
        self.seats.pin().iter().for_each(|(id, seat)| visit(*id, seat.copy()));
    }

    /// True when the session existed and proves something else now.
    pub(super) fn put(&self, session: SessionGlimpse<'_>) -> bool {
        self.put_name(&session);
        let map = self.seats.pin();
        let before = map.get(&session.id).map(Seat::copy);
        let seen = before.map_or(session.last_seen_at, |old| old.last_seen_at.max(session.last_seen_at));
        map.insert(session.id, Seat::of(SessionGlimpse { last_seen_at: seen, ..session }));
        before.is_some_and(|old| old.user != session.user || old.master != session.master || old.app != session.app)
    }

    /// Makes room for so many.
    pub(super) fn expect(&self, count: usize) {
        self.seats.pin().reserve(count);
    }

    /// A session that was not there before.
    pub(super) fn take(&self, session: SessionGlimpse<'_>) {
        self.put_name(&session);
        self.seats.pin().insert(session.id, Seat::of(session));
    }

    pub(super) fn remove(&self, id: &SessionId) {
        self.seats.pin().remove(id);
        self.names.pin().remove(id);
    }

    fn put_name(&self, session: &SessionGlimpse<'_>) {
        if let Some(name) = session.name {
            self.names.pin().insert(session.id, name.into());
        }
    }

    /// False when it is not due, or when somebody else was faster.
    pub(super) fn touch(&self, id: &SessionId, live: &LiveSession, now: Timestamp, every: Duration) -> bool {
        if !live.is_due(now, every) {
            return false;
        }
        let seen = live.last_seen_at.as_millis();
        let map = self.seats.pin();
        map.get(id).is_some_and(|seat| {
            let swap =
                seat.last_seen_millis.compare_exchange(seen, now.as_millis(), Ordering::Relaxed, Ordering::Relaxed);
            swap.is_ok()
        })
    }
}

impl Seat {
    fn of(session: SessionGlimpse<'_>) -> Self {
        let proof = session.user.unwrap_or(UserProof { user: UserId::from_u64(0), epoch: 0 });
        Self {
            app: session.app,
            user: proof.user,
            epoch: proof.epoch,
            master: session.master.unwrap_or_default(),
            created_at: session.created_at,
            last_seen_millis: AtomicI64::new(session.last_seen_at.as_millis()),
            device: session.device,
            proves_user: session.user.is_some(),
            proves_master: session.master.is_some(),
        }
    }

    fn copy(&self) -> LiveSession {
        LiveSession {
            app: self.app,
            device: self.device,
            user: self.proves_user.then_some(UserProof { user: self.user, epoch: self.epoch }),
            master: self.proves_master.then_some(self.master),
            created_at: self.created_at,
            last_seen_at: Timestamp::from_millis(self.last_seen_millis.load(Ordering::Relaxed)),
        }
    }
}
