//! The day that is being counted.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::desk::Desk;
use crate::directory::LiveSession;
use crate::domain::{AppId, Day, DeviceId, Guard, Key, Proposal, Record, SessionId, Tally, Timestamp, UserId};

use super::written;

/// What is counted and not yet written. Few days are open at a time: today, and yesterday until it is written.
#[derive(Default)]
pub(in crate::desk) struct Today(Mutex<HashMap<(AppId, Day), Open>>);

/// One app's day.
#[derive(Default)]
struct Open {
    views: u64,
    devices: Crowd<DeviceId>,
    users: Crowd<UserId>,
    /// Something was counted since it was written last.
    is_news: bool,
}

/// Everybody who was there, each once. Who has a session is bounded, so this is, too.
struct Crowd<T> {
    seen: HashSet<T>,
    /// Counted by an earlier run of the gateway, which knew who they were.
    before: u32,
}

impl<T> Default for Crowd<T> {
    fn default() -> Self {
        Self { seen: HashSet::new(), before: 0 }
    }
}

impl<T> Crowd<T> {
    fn count(&self) -> u32 {
        u32::try_from(self.seen.len()).unwrap_or(u32::MAX).saturating_add(self.before)
    }
}

impl Open {
    fn tally(&self, app: AppId, day: Day) -> Tally {
        Tally { app, day, views: self.views, devices: self.devices.count(), users: self.users.count() }
    }

    fn after(written: Tally) -> Self {
        let mut open = Self { views: written.views, ..Self::default() };
        open.devices.before = written.devices;
        open.users.before = written.users;
        open
    }

    fn see(&mut self, live: &LiveSession) {
        self.is_news |= self.devices.seen.insert(live.device);
        if let Some(proof) = live.user {
            self.is_news |= self.users.seen.insert(proof.user);
        }
    }

    /// Those who are recognized were counted before they were forgotten.
    fn recognize(&mut self) {
        let known = |seen: usize| u32::try_from(seen).unwrap_or(u32::MAX);
        self.devices.before = self.devices.before.saturating_sub(known(self.devices.seen.len()));
        self.users.before = self.users.before.saturating_sub(known(self.users.seen.len()));
    }
}

impl Today {
    /// The days of an app that are being counted, in no order.
    pub(super) fn counted(&self, app: AppId) -> Vec<Tally> {
        let days = self.lock();
        days.iter().filter(|((one, _), _)| *one == app).map(|((app, day), open)| open.tally(*app, *day)).collect()
    }

    pub(super) fn forget(&self, app: AppId) {
        self.lock().retain(|(one, _), _| *one != app);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(AppId, Day), Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Somebody was there.
    pub(in crate::desk) fn count_visit(&self, session: &SessionId, at: Timestamp) {
        if let Some(live) = self.directory.session(session) {
            self.count(live.app, Day::of(at), |open| open.see(&live));
        }
    }

    /// A device that is about to have a session.
    pub(in crate::desk) fn count_device(&self, app: AppId, device: DeviceId, at: Timestamp) {
        self.count(app, Day::of(at), |open| open.is_news |= open.devices.seen.insert(device));
    }

    pub(in crate::desk) fn count_views(&self, app: AppId, views: u32, at: Timestamp) {
        self.count(app, Day::of(at), |open| {
            open.views = open.views.saturating_add(views.into());
            open.is_news = true;
        });
    }

    /// The console has no figures.
    fn count(&self, app: AppId, day: Day, add: impl FnOnce(&mut Open)) {
        if app != AppId::CONSOLE {
            let mut days = self.today.lock();
            add(days.entry((app, day)).or_insert_with(|| Open::after(written(&*self.archive, app, day))));
        }
    }

    /// After a start: who was seen today and still has a session is not counted again.
    pub(in crate::desk) fn recall_today(&self) {
        let today = Day::of(self.clock.now());
        let mut recalled: HashMap<AppId, Open> = HashMap::new();
        self.directory.each_session(|_, live| {
            if live.app != AppId::CONSOLE && Day::of(live.last_seen_at) == today {
                let open = recalled.entry(live.app);
                open.or_insert_with(|| Open::after(written(&*self.archive, live.app, today))).see(&live);
            }
        });
        let mut days = self.today.lock();
        for (app, mut open) in recalled {
            open.recognize();
            days.entry((app, today)).or_insert(open);
        }
    }

    /// Writes what was counted. What the ledger is too busy for, or what belongs to a day that goes on, stays.
    pub(in crate::desk) fn write_figures(&self) {
        let today = Day::of(self.clock.now());
        self.today.lock().retain(|(app, day), open| {
            if open.is_news {
                // An app that was deleted meanwhile has no figures.
                let proposal = Proposal::new().expect(Guard::Present(Key::App(*app)));
                open.is_news = !self.ledger.propose_later(proposal.put(Record::Tally(open.tally(*app, *day))));
            }
            open.is_news || *day >= today
        });
    }
}
