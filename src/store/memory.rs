//! A store that forgets with the process: for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{Change, Key, Proposal, Record, Revision, Seq};

use super::chain::{Chain, Tail};
use super::history::{History, kept_changes};
use super::judge::{self, Standing};
use super::{Archive, Commit, Committed, Group, Journal, StoreError, key};

#[derive(Debug)]
pub struct MemoryStore(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    records: BTreeMap<Vec<u8>, (Record, Revision)>,
    history: History,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self(Mutex::new(Inner { records: BTreeMap::new(), history: History::from(Seq(0)) }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Journal for MemoryStore {
    fn load(&self, sink: &mut dyn FnMut(Record)) -> Result<Seq, StoreError> {
        let inner = self.lock();
        inner.records.values().for_each(|(record, _)| sink(record.clone()));
        Ok(inner.history.last())
    }

    fn tail(&self, after: Seq) -> Result<Vec<Commit>, StoreError> {
        self.lock().history.after(after)
    }

    fn commit(&self, batch: &[Proposal]) -> Result<Committed, StoreError> {
        let mut inner = self.lock();
        let seq = inner.history.next();
        let mut kept = Vec::with_capacity(batch.len());
        let mut chain = Chain::default();
        for proposal in batch {
            let holds = judge::holds(&proposal.guards, |key| Ok(inner.standing(key)))?;
            if holds {
                proposal.changes.iter().for_each(|change| inner.apply(change, seq));
                let linked = chain.add(&proposal.entries, || Ok(inner.tail()))?;
                linked.iter().for_each(|change| inner.apply(change, seq));
            }
            kept.push(holds);
        }
        let changes = kept_changes(batch, &kept, &chain);
        if !changes.is_empty() {
            inner.history.push(Commit { seq, changes });
        }
        Ok(Committed { seq: inner.history.last(), kept, linked: chain.linked })
    }

    fn probe(&self) -> Result<Seq, StoreError> {
        Ok(self.lock().history.last())
    }
}

impl Archive for MemoryStore {
    fn get(&self, key: &Key) -> Result<Option<(Record, Revision)>, StoreError> {
        Ok(self.lock().records.get(&key::encode(key)).cloned())
    }

    fn scan(&self, group: Group, after: Option<&Key>, limit: usize) -> Result<Vec<Record>, StoreError> {
        let inner = self.lock();
        let found = inner.records.range(key::range(group, after)).take(limit);
        Ok(found.map(|(_, (record, _))| record.clone()).collect())
    }

    fn scan_back(&self, group: Group, before: Option<&Key>, limit: usize) -> Result<Vec<Record>, StoreError> {
        let inner = self.lock();
        let found = inner.records.range(key::range_before(group, before)).rev().take(limit);
        Ok(found.map(|(_, (record, _))| record.clone()).collect())
    }
}

impl Inner {
    fn standing(&self, key: &Key) -> Standing {
        self.records.get(&key::encode(key)).map_or(Standing::Absent, |(_, revision)| Standing::At(*revision))
    }

    fn tail(&self) -> Option<Tail> {
        let (_, (record, _)) = self.records.range(key::range(Group::Audit, None)).next_back()?;
        Some(Tail::Read(record.clone()))
    }

    fn apply(&mut self, change: &Change, seq: Seq) {
        let key = key::encode(&change.key());
        match change {
            Change::Put(record) => self.records.insert(key, (record.clone(), seq)),
            Change::Remove(_) => self.records.remove(&key),
        };
    }
}
