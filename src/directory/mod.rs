//! The live view: what the hot path knows without asking anybody. Built from `load`, kept by `apply`.
//!
//! Apps churn rarely: an immutable snapshot behind one atomic pointer. People and sessions churn all the time:
//! concurrent maps that are read without a lock, with slim values (the rest stays in the store).

mod apply;
mod attendance;
mod fill;
mod orders;
mod people;
mod sessions;
mod sightings;
mod snapshot;
mod staff;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::{Notify, broadcast, watch};

use crate::domain::{AppId, AppUrl, Change, DeviceId, SessionId, Timestamp, UserId};
use crate::policy::{Proofs, Standing, Visitor};

pub use attendance::Attendance;
pub use fill::Filling;
pub use orders::{Census, Fence, Narrowing, Order, Orders};
pub use people::Person;
pub use sessions::LiveSession;
pub use sightings::{Sighting, Sightings};
pub use snapshot::{AppEntry, Snapshot};
pub use staff::Staff;

pub struct Directory {
    snapshot: ArcSwap<Snapshot>,
    people: people::People,
    sessions: sessions::Sessions,
    orders: orders::Orders,
    versions: watch::Sender<u64>,
    started: Instant,
    /// Milliseconds since the start, see `void_unrecorded_devices`.
    devices_void_before: AtomicU64,
    /// Grows when a user who was known before changes.
    people_version: AtomicU64,
    /// A mail was put into the queue, or changed there.
    mail_came: Notify,
    /// What was applied, for live tables.
    changes: broadcast::Sender<Arc<[Change]>>,
    /// Batches that were applied: who read before and listens later can tell whether anything came in between.
    applied: AtomicU64,
}

/// Batches that a live table may be behind before it has to be filled anew.
const BACKLOG: usize = 256;

impl Directory {
    /// An empty directory; `console` is the console's own address.
    pub fn new(console: Option<AppUrl>) -> Self {
        Self {
            snapshot: ArcSwap::from_pointee(Snapshot::empty(console)),
            people: people::People::default(),
            sessions: sessions::Sessions::default(),
            orders: orders::Orders::default(),
            versions: watch::Sender::new(0),
            started: Instant::now(),
            devices_void_before: AtomicU64::new(0),
            people_version: AtomicU64::new(0),
            mail_came: Notify::new(),
            changes: broadcast::Sender::new(BACKLOG),
            applied: AtomicU64::new(0),
        }
    }

    /// Milliseconds since the gateway started; unlike the clock it never jumps.
    pub fn uptime_millis(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether a device's self-verifying cookie, minted at that uptime, may still be recorded.
    pub fn may_record_device(&self, minted_at_millis: u64) -> bool {
        minted_at_millis >= self.devices_void_before.load(Ordering::Acquire)
    }

    /// Called when a device's session ends: its cookie would verify for a while yet, and a deleted device must not
    /// come back as itself. Devices that were about to be recorded get another cookie.
    fn void_unrecorded_devices(&self) {
        self.devices_void_before.store(self.uptime_millis() + 1, Ordering::Release);
    }

    /// For caches of what was derived from people.
    pub fn people_version(&self) -> u64 {
        self.people_version.load(Ordering::Acquire)
    }

    /// Apps and routes as they stand now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// For readers that keep a cached pointer, one a thread (`arc_swap::Cache`).
    pub fn snapshot_cell(&self) -> &ArcSwap<Snapshot> {
        &self.snapshot
    }

    /// Tells the version of each new snapshot, for who waits for apps to come and go.
    pub fn versions(&self) -> watch::Receiver<u64> {
        self.versions.subscribe()
    }

    /// Ends when a mail is in the queue that was not when this ended last. For one listener.
    pub async fn mail_came(&self) {
        self.mail_came.notified().await;
    }

    /// Everything that is applied from now on, as it comes. Who falls behind is told, and reads anew.
    pub fn changes(&self) -> broadcast::Receiver<Arc<[Change]>> {
        self.changes.subscribe()
    }

    /// How many batches were applied so far. Read before a list is read, it tells later whether the list still stands.
    pub fn applied(&self) -> u64 {
        self.applied.load(Ordering::Acquire)
    }

    pub fn session(&self, id: &SessionId) -> Option<LiveSession> {
        self.sessions.get(id)
    }

    /// What somebody without a user calls themselves.
    pub fn display_name(&self, id: &SessionId) -> Option<Arc<str>> {
        self.sessions.name(id)
    }

    /// What the hot path and pages need of a user; a cheap clone.
    pub fn person(&self, id: UserId) -> Option<Person> {
        self.people.get(id)
    }

    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    pub fn person_count(&self) -> usize {
        self.people.len()
    }

    /// How many sessions an app has now; reads through all of them.
    pub fn sessions_of(&self, app: AppId) -> usize {
        self.sessions.count(|session| session.app == app)
    }

    /// The same for every app that has any, in one reading.
    pub fn sessions_by_app(&self) -> HashMap<AppId, usize> {
        let counts = RefCell::new(HashMap::new());
        self.sessions.count(|session| {
            *counts.borrow_mut().entry(session.app).or_default() += 1;
            false
        });
        counts.into_inner()
    }

    /// How many sessions are as wanted; reads through all of them.
    pub fn count_sessions(&self, wanted: impl Fn(&LiveSession) -> bool) -> usize {
        self.sessions.count(wanted)
    }

    /// Who stands before `app`: the session's proofs as they are worth now. `device` is used when there is no session.
    pub fn visitor(&self, app: AppId, session: Option<&SessionId>, device: DeviceId) -> Visitor {
        match session.and_then(|id| self.sessions.get(id)) {
            Some(live) => self.proven(app, &live),
            None => Visitor { device, proofs: None },
        }
    }

    /// The proofs of a session that was just read.
    pub fn proven(&self, app: AppId, live: &LiveSession) -> Visitor {
        let standing = live.user.and_then(|proof| {
            let rights = self.people.rights(proof.user, app)?;
            (rights.epoch == proof.epoch && !rights.suspended).then_some(Standing {
                user: proof.user,
                invited: rights.invited,
                waiting: rights.waiting,
            })
        });
        let proofs = Proofs {
            app: live.app,
            user: standing,
            master: live.master,
            created_at: live.created_at,
            last_seen_at: live.last_seen_at,
        };
        Visitor { device: live.device, proofs: Some(proofs) }
    }

    /// Notes that a session, as just read, was used. True when this is news worth keeping: at most once in `every`.
    pub fn touch(&self, id: &SessionId, live: &LiveSession, now: Timestamp, every: Duration) -> bool {
        self.sessions.touch(id, live, now, every)
    }

    /// What the workers are told: to judge their open streams anew, to count them.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }
}
