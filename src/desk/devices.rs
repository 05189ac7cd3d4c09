//! What the data plane noticed: devices that keep their cookie are recorded, and uses are noted, in batches.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::directory::Sighting;
use crate::domain::{AppId, Guard, Key, Proposal, Record, Session, SessionId, Timestamp};
use crate::store::{Group, StoreError};

use super::entry::shortened;
use super::{Desk, read};

/// Uses are written this often. A crash forgets the last half minute of `last_seen_at`, nothing else.
const FLUSH_EVERY: Duration = Duration::from_secs(30);
/// … or when so many sessions were used.
const FLUSH_AT: usize = 500;
/// A device unseen for so long makes room when an app remembers too many.
const LONG_UNSEEN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A full app is searched for room at most this often; until then new devices go unrecorded, which they never notice.
const SEARCH_EVERY: Duration = Duration::from_secs(60);

impl Desk {
    /// Consumes sightings until the data plane is gone, then writes what is left.
    pub async fn follow_sightings(self: Arc<Self>, mut sightings: mpsc::Receiver<Sighting>) {
        let mut notes = Notes::default();
        self.recall_today();
        let mut due = tokio::time::interval(FLUSH_EVERY);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                sighting = sightings.recv() => match sighting {
                    Some(Sighting::Used { session, at }) => {
                        self.count_visit(&session, at);
                        notes.used.insert(session, at);
                    }
                    Some(Sighting::Views { app, views, at }) => self.count_views(app, views, at),
                    Some(Sighting::Device { app, session, device, ip, agent, at }) => {
                        let agent = shortened(&agent);
                        let (created_at, last_seen_at) = (at, at);
                        let ip = ip.to_canonical();
                        let (user, master, name) = (None, None, None);
                        let id = session;
                        let seen = Session { id, app, device, user, master, created_at, last_seen_at, ip, agent, name };
                        self.record_device(&mut notes, seen).await;
                    }
                    None => break,
                },
                _ = due.tick() => {
                    self.write_uses(&mut notes);
                    self.write_figures();
                }
            }
            if notes.used.len() >= FLUSH_AT {
                self.write_uses(&mut notes);
            }
        }
        self.write_uses(&mut notes);
        self.write_figures();
    }

    /// A device without a record is served as well; its cookie proves itself.
    async fn record_device(&self, notes: &mut Notes, seen: Session) {
        let (app, device, at) = (seen.app, seen.device, seen.created_at);
        match self.has_room(notes, app).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tracing::warn!(%error, %app, "a device could not be recorded"),
        }
        let Ok(Some((app_record, revision))) = read::app(&*self.archive, app) else { return };
        if !app_record.running || self.directory.session(&seen.id).is_some() {
            return;
        }
        let proposal =
            Proposal::new().expect(Guard::At(Key::App(app), revision)).create(Record::Session(Box::new(seen)));
        if self.ledger.propose_later(proposal) {
            self.count_device(app, device, at);
            *notes.devices.entry(app).or_default() += 1;
        }
    }

    /// Whether an app may remember one more device. The count is kept in step by guess and searched when it is full.
    async fn has_room(&self, notes: &mut Notes, app: AppId) -> Result<bool, StoreError> {
        let most = self.settings.anonymous_devices;
        if notes.devices.get(&app).is_some_and(|count| *count < most) {
            return Ok(true);
        }
        let searched = notes.searched.get(&app);
        if searched.is_some_and(|at| at.elapsed() < SEARCH_EVERY) {
            return Ok(false);
        }
        let count = self.prune(app, most).await?;
        notes.devices.insert(app, count);
        notes.searched.insert(app, tokio::time::Instant::now());
        Ok(count < most)
    }

    /// Counts the devices of an app, and when there are too many, forgets those that were not seen for long. Returns how
    /// many are left.
    pub(super) async fn prune(&self, app: AppId, most: usize) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let directory = Arc::clone(&self.directory);
        let (count, stale) = self
            .reading(move |archive| {
                let (mut count, mut stale, mut after) = (0, Vec::new(), None);
                loop {
                    let group = Group::SessionsOfUser(app, None);
                    let records = archive.scan(group, after.as_ref(), read::BATCH)?;
                    count += records.len();
                    after = records.last().map(Record::key);
                    let is_last = records.len() < read::BATCH;
                    stale.extend(records.into_iter().filter_map(read::as_session).filter(|session| {
                        let live = directory.session(&session.id).map(|live| live.last_seen_at);
                        now.since(live.unwrap_or(session.last_seen_at)) > LONG_UNSEEN
                    }));
                    if is_last {
                        return Ok((count, stale));
                    }
                }
            })
            .await?;
        if count < most {
            return Ok(count);
        }
        for some in stale.chunks(read::BATCH) {
            let removal = some.iter().fold(Proposal::new(), |removal, session| removal.remove(session.key()));
            self.ledger.propose(removal).await.map_err(|error| StoreError::Engine(error.to_string()))?;
        }
        Ok(count - stale.len())
    }

    /// One small proposal a session, so that one that ended meanwhile is dropped alone.
    fn write_uses(&self, notes: &mut Notes) {
        for (id, at) in notes.used.drain() {
            let Some(live) = self.directory.session(&id) else { continue };
            let key = Key::Session(live.app, live.user.map(|proof| proof.user), id);
            let Ok(Some((Record::Session(session), revision))) = self.archive.get(&key) else { continue };
            self.note_sign_in(&session);
            let session = Session { last_seen_at: at, ..*session };
            let proposal = Proposal::new().expect(Guard::At(key, revision));
            // Dropped when the ledger is busy: the next use brings the news again.
            self.ledger.propose_later(proposal.put(Record::Session(Box::new(session))));
        }
    }
}

#[derive(Default)]
struct Notes {
    used: HashMap<SessionId, Timestamp>,
    /// Recorded devices of an app, about.
    devices: HashMap<AppId, usize>,
    searched: HashMap<AppId, tokio::time::Instant>,
}
