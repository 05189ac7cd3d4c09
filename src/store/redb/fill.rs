//! Filling the live view at the start: one thread walks the file, others check, decode and take in where they are.
//!
//! Every record is read and its checksum checked, as in `load`; what the hot path does not need (addresses, invites)
//! is not decoded.

use std::ops::Bound;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use redb::ReadableTableMetadata;

use crate::domain::{Glimpse, Record};
use crate::store::{StoreError, codec, key};

use super::engine::View;
use super::load::{Damaged, decode, decoders};
use super::schema::RECORDS;
use super::walk::{Chunk, Records, missing, walk};

/// Chunks that wait for a thread.
const QUEUE: usize = 4;

/// Who takes in what is read.
pub(super) struct Intake<'a> {
    pub(super) many: &'a (dyn Fn(Vec<Glimpse<'_>>) + Sync),
    pub(super) report: &'a (dyn Fn(Damaged) + Sync),
}

/// Gives the records of which there are few.
pub(super) fn fill(view: View, intake: &Intake<'_>) -> Result<Vec<Record>, StoreError> {
    view.read(|transaction| {
        let records = transaction.open_table(RECORDS)?;
        let mut few = Vec::new();
        let few_end = (Bound::Unbounded, Bound::Excluded(key::USERS.start));
        let behind = (Bound::Included(key::SESSIONS.end), Bound::Unbounded);
        let mut found = walk(records.range::<&[u8]>(few_end)?, |chunk| Ok(few.extend(intake.few(&chunk))))?;
        for family in [key::REGISTRATIONS, key::USERS, key::SESSIONS] {
            found += share(&records, within(family), &|chunk| intake.many(&chunk))?;
        }
        for rest in [within(key::USERS.end..key::REGISTRATIONS.start), behind] {
            found += share(&records, rest, &|chunk| intake.check(&chunk))?;
        }
        if found != records.len()? {
            return Err(missing());
        }
        Ok(few)
    })
}

impl Intake<'_> {
    fn few(&self, chunk: &Chunk) -> Vec<Record> {
        let decoded = chunk.entries().map(|(key, value)| decode(key, value).map_err(self.report));
        decoded.filter_map(Result::ok).collect()
    }

    fn many(&self, chunk: &Chunk) {
        let sound = chunk.entries().filter_map(|(key, value)| match codec::glimpse(key, value) {
            Ok(glimpse) => Some(glimpse),
            Err(damage) => {
                (self.report)(Damaged { key: key.to_vec(), damage });
                None
            }
        });
        (self.many)(sound.collect());
    }

    fn check(&self, chunk: &Chunk) {
        for (key, value) in chunk.entries() {
            if let Err(damage) = codec::revision(key, value) {
                (self.report)(Damaged { key: key.to_vec(), damage });
            }
        }
    }
}

type Bounds = (Bound<&'static [u8]>, Bound<&'static [u8]>);

fn within(family: key::Family) -> Bounds {
    (Bound::Included(family.start), Bound::Excluded(family.end))
}

/// Walks through a range and has its chunks worked on; tells the number of records when all is done.
fn share(records: &Records, range: Bounds, work: &(dyn Fn(Chunk) + Sync)) -> Result<u64, StoreError> {
    let (sender, chunks) = sync_channel(QUEUE);
    // Owned by the threads alone, so that the walk ends when they have ended.
    let chunks = Arc::new(Mutex::new(chunks));
    thread::scope(|scope| {
        for _ in 0..decoders() {
            let chunks = Arc::clone(&chunks);
            scope.spawn(move || std::iter::from_fn(|| next(&chunks)).for_each(work));
        }
        drop(chunks);
        let ended = |_| StoreError::Engine("the threads that read records have ended".to_owned());
        let walked = walk(records.range::<&[u8]>(range)?, |chunk| sender.send(chunk).map_err(ended));
        drop(sender);
        walked
    })
}

fn next(chunks: &Mutex<Receiver<Chunk>>) -> Option<Chunk> {
    chunks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
