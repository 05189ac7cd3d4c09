//! The store of one machine: one file, one process, one writer.
//!
//! Everything that the engine (redb) says is doubted: records carry our own checksums, its panics are caught, and after
//! any failure of a write it is started anew, because redb 4.5 refuses all writes after a first that failed.

mod backup;
mod disk;
mod engine;
mod fill;
mod home;
mod load;
mod overlay;
mod schema;
mod second_format;
#[cfg(test)]
mod tests;
mod trouble;
mod walk;

use std::collections::HashSet;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use crate::domain::{Glimpse, Key, Proposal, Record, Revision, Seq};

use super::chain::Chain;
use super::history::{History, kept_changes};
use super::{Archive, Commit, Committed, Group, Journal, StoreError, codec, key};

use disk::{Anchor, Disk};
use engine::Engine;
use fill::Intake;
use home::Home;
use load::Damaged;
use overlay::Overlay;
use redb::{ReadTransaction, ReadableTableMetadata, StorageBackend, WriteTransaction};
use schema::{Facts, KNOWN, RECORDS, STEPS};

pub use backup::{Restored, restore};
pub use home::store_file;

/// Up to this size every page is checked at every start (0.1 s); a larger one (half a million users and sessions: 1 s for
/// 540 MB of data) only when its last process did not end in order. Records are checked always.
const VERIFIED_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Debug)]
pub struct RedbStore {
    /// For messages.
    path: String,
    disk: Disk,
    anchor: Option<Anchor>,
    /// `None` while the engine could not be started again after a failure.
    engine: RwLock<Option<Engine>>,
    /// Whether the engine met damage: then it is not to be trusted with another write.
    suspect: AtomicBool,
    writer: Mutex<Writer>,
    /// Keys of damaged records that were met, so that each is reported once.
    damaged: Mutex<HashSet<Vec<u8>>>,
}

/// Records of a range, from both ends.
type Found<'a> = redb::Range<'a, &'static [u8], &'static [u8]>;
type FoundOne<'a> =
    Result<(redb::AccessGuard<'a, &'static [u8]>, redb::AccessGuard<'a, &'static [u8]>), redb::StorageError>;

#[derive(Debug)]
struct Writer {
    history: History,
    /// A commit that failed, and that the disk may have kept all the same.
    doubtful: Option<Commit>,
}

impl RedbStore {
    /// Opens the store in `data_dir`, or sets one up where none ever was.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let home = Home::at(data_dir)?;
        let file = home.open()?;
        file.make_private()?;
        let anchor = file.anchor(&home.store)?;
        let store = Self::over(Disk::new(file), home.store.display().to_string(), Some(anchor))?;
        home.claim(store.read(Facts::read)?.id)?;
        Ok(store)
    }

    /// Opens a store or a backup to look at it: what is written goes to memory, and the file stays as it is.
    pub fn inspect(file: &Path) -> Result<Self, StoreError> {
        let overlay = Overlay::open(file)?;
        if overlay.is_empty() {
            return Err(StoreError::Lost { path: file.display().to_string(), why: "is empty" });
        }
        Self::over(Disk::new(overlay), file.display().to_string(), None)
    }

    fn over(disk: Disk, path: String, anchor: Option<Anchor>) -> Result<Self, StoreError> {
        let engine = Self::start(&disk)?;
        let mut store = Self {
            path,
            disk,
            anchor,
            engine: RwLock::new(Some(engine)),
            suspect: AtomicBool::new(false),
            writer: Mutex::new(Writer { history: History::from(Seq(0)), doubtful: None }),
            damaged: Mutex::default(),
        };
        let take = |transaction: &WriteTransaction| Ok((schema::take(transaction, &store.path, KNOWN, STEPS)?, true));
        let facts = store.with_engine(|engine| {
            // While somebody reads the state before, redb 4.5 adds no second commit in memory to this one. With such a
            // commit it searches its whole write buffer at every page that is read: a fifth of the time of a start.
            let _before = engine.view()?;
            engine.write(take)
        })?;
        store.writer = Mutex::new(Writer { history: History::from(facts.seq), doubtful: None });
        Ok(store)
    }

    /// Starts the engine for the first time, after a look at every page where that is cheap or called for.
    fn start(disk: &Disk) -> Result<Engine, StoreError> {
        let small = disk.len().map_err(StoreError::Io)? <= VERIFIED_BYTES;
        let mut engine = Engine::start(disk, small)?;
        if small {
            return Ok(engine);
        }
        let checked = match engine.facts() {
            Ok(facts) if facts.closed => Ok(()),
            Ok(_) => engine.verify(),
            Err(error) => Err(error),
        };
        match checked {
            Ok(()) => Ok(engine),
            Err(error) => {
                engine.abandon();
                Err(error)
            }
        }
    }

    /// How many damaged records were met so far.
    pub fn damaged(&self) -> usize {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many records there are.
    pub fn count(&self) -> Result<u64, StoreError> {
        self.read(|transaction| Ok(transaction.open_table(RECORDS)?.len()?))
    }

    /// Reads everything for the live view, from several threads: `many` is given all users after all registrations, and
    /// at any time sessions; workspaces, apps and others of which there are few are the answer.
    pub fn fill(&self, many: &(dyn Fn(Glimpse<'_>) + Sync)) -> Result<Vec<Record>, StoreError> {
        let view = self.with_engine(Engine::view)?;
        let report = |damaged| self.report(damaged);
        self.watch(fill::fill(view, &Intake { many, report: &report }))
    }

    /// Reads the store as it is at this moment.
    fn read<T>(&self, work: impl FnOnce(&ReadTransaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let view = self.with_engine(Engine::view)?;
        self.watch(view.read(work))
    }

    fn with_engine<T>(&self, work: impl FnOnce(&Engine) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        let closed = "it is closed after a failure and opens with the next write";
        let Some(engine) = engine.as_ref() else { return Err(StoreError::Io(io::Error::other(closed))) };
        self.watch(work(engine))
    }

    /// Remembers that the engine met damage.
    fn watch<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(outcome, Err(StoreError::Damaged { .. })) {
            self.suspect.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// Up to `limit` records of a range, as `step` takes them from it.
    fn page(
        &self,
        (start, end): (Bound<Vec<u8>>, Bound<Vec<u8>>),
        limit: usize,
        step: impl for<'r> Fn(&mut Found<'r>) -> Option<FoundOne<'r>>,
    ) -> Result<Vec<Record>, StoreError> {
        let range = (start.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
        self.read(|transaction| {
            let records = transaction.open_table(RECORDS)?;
            let mut entries = records.range::<&[u8]>(range)?;
            let mut found = Vec::new();
            while found.len() < limit {
                let Some(entry) = step(&mut entries) else { break };
                let (key, value) = entry?;
                match load::decode(key.value(), value.value()) {
                    Ok(record) => found.push(record),
                    Err(damaged) => self.report(damaged),
                }
            }
            Ok(found)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the engine if a failure has left none.
    fn ensure_started(&self, writer: &mut Writer) -> Result<(), StoreError> {
        if let Some(anchor) = &self.anchor {
            anchor.holds()?;
        }
        let started = self.engine.read().unwrap_or_else(PoisonError::into_inner).is_some();
        if started { Ok(()) } else { self.restart(writer) }
    }

    /// Ends the engine, whose handle is of no use after an error, starts it anew, and finds out what became of a commit
    /// in doubt. Transactions of readers that are under way fail.
    fn restart(&self, writer: &mut Writer) -> Result<(), StoreError> {
        let mut engine = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        let suspect = self.suspect.load(Ordering::Relaxed);
        match engine.take() {
            Some(engine) if suspect => engine.abandon(),
            other => drop(other),
        }
        if self.disk.len().map_err(StoreError::Io)? == 0 {
            return Err(StoreError::Lost { path: self.path.clone(), why: "is empty" });
        }
        let fresh = Engine::start(&self.disk, suspect)?;
        let seq = fresh.facts()?.seq;
        let doubtful = writer.doubtful.take_if(|commit| commit.seq == seq);
        if let Some(commit) = doubtful {
            writer.history.push(commit);
        }
        if seq != writer.history.last() {
            return Err(StoreError::Lost { path: self.path.clone(), why: "has forgotten changes that it kept before" });
        }
        writer.doubtful = None;
        self.suspect.store(false, Ordering::Relaxed);
        *engine = Some(fresh);
        Ok(())
    }

    fn report(&self, Damaged { key, damage }: Damaged) {
        let mut known = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&key) {
            let named = key::decode(&key).map_or_else(|| "an unreadable key".to_owned(), |key| format!("{key:?}"));
            tracing::error!(record = named, %damage, store = self.path, "a record is damaged and counts for nothing");
            known.insert(key);
        }
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        // Without the mark the next start looks at every page, and nothing worse.
        if self.suspect.load(Ordering::Relaxed) {
            let engine = self.engine.get_mut().unwrap_or_else(PoisonError::into_inner).take();
            engine.into_iter().for_each(Engine::abandon);
            return;
        }
        let _ = self.with_engine(|engine| engine.write(|transaction| Ok((schema::leave(transaction)?, true))));
    }
}

impl Journal for RedbStore {
    fn load(&self, sink: &mut dyn FnMut(Record)) -> Result<Seq, StoreError> {
        let view = self.with_engine(Engine::view)?;
        self.watch(load::load(view, sink, &mut |damaged| self.report(damaged)))
    }

    fn tail(&self, after: Seq) -> Result<Vec<Commit>, StoreError> {
        self.lock().history.after(after)
    }

    fn commit(&self, batch: &[Proposal]) -> Result<Committed, StoreError> {
        let mut writer = self.lock();
        self.ensure_started(&mut writer)?;
        let seq = writer.history.next();
        let mut kept = Vec::with_capacity(batch.len());
        let mut chain = Chain::default();
        let outcome = self.with_engine(|engine| engine.commit(batch, seq, &mut kept, &mut chain));
        let whole = kept.len() == batch.len();
        let changes = if whole { kept_changes(batch, &kept, &chain) } else { Vec::new() };
        let commit = (!changes.is_empty()).then_some(Commit { seq, changes });
        match outcome {
            Ok(()) => writer.history.extend(commit),
            Err(error) => {
                writer.doubtful = commit;
                let restarted = self.restart(&mut writer);
                // It failed and is durable all the same: then it has happened.
                if restarted.is_err() || writer.history.last() != seq {
                    return Err(error);
                }
            }
        }
        Ok(Committed { seq: writer.history.last(), kept, linked: chain.linked })
    }

    fn probe(&self) -> Result<Seq, StoreError> {
        let mut writer = self.lock();
        self.ensure_started(&mut writer)?;
        let seq = writer.history.last();
        if let Err(error) = self.with_engine(|engine| engine.probe(seq)) {
            // Whether this helps shows with the next write.
            let _ = self.restart(&mut writer);
            return Err(error);
        }
        Ok(seq)
    }
}

impl Archive for RedbStore {
    fn get(&self, key: &Key) -> Result<Option<(Record, Revision)>, StoreError> {
        let bytes = key::encode(key);
        let found = self.read(|transaction| {
            let records = transaction.open_table(RECORDS)?;
            Ok(records.get(bytes.as_slice())?.map(|value| codec::decode(&bytes, value.value())))
        })?;
        match found.transpose() {
            Ok(found) => Ok(found),
            Err(damage) => {
                let what = format!("{key:?}: {damage}");
                self.report(Damaged { key: bytes, damage });
                Err(StoreError::Damaged { what })
            }
        }
    }

    fn scan(&self, group: Group, after: Option<&Key>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.page(key::range(group, after), limit, |range| range.next())
    }

    fn scan_back(&self, group: Group, before: Option<&Key>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.page(key::range_before(group, before), limit, |range| range.next_back())
    }
}
