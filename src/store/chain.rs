//! Entries of the audit record get their places as a batch is judged: only then is it known which of them are kept.

use crate::domain::audit::{Entry, Link};
use crate::domain::{Change, Key, Record};

use super::StoreError;
use super::codec::Damage;

/// The end of the record, in a batch.
#[derive(Debug, Default)]
pub(super) struct Chain {
    end: Option<Link>,
    /// What was chained so far, as followers see it.
    pub(super) linked: Vec<Change>,
}

impl Chain {
    /// Chains what was said of a proposal that is kept. `last` reads what the record ends with, if it has begun.
    pub(super) fn add(
        &mut self,
        entries: &[Entry],
        last: impl FnOnce() -> Result<Option<Tail>, StoreError>,
    ) -> Result<&[Change], StoreError> {
        let before = self.linked.len();
        if entries.is_empty() {
            return Ok(&[]);
        }
        let mut end = match self.end {
            Some(end) => end,
            None => last()?.map_or(Link::START, Tail::end),
        };
        for entry in entries {
            let audited = end.chain(entry.clone());
            end = Link::behind(&audited);
            self.linked.push(Change::Put(Record::Audit(Box::new(audited))));
        }
        self.end = Some(end);
        Ok(self.linked.get(before..).unwrap_or_default())
    }
}

/// What lies last in the record.
#[derive(Debug)]
pub(super) enum Tail {
    Read(Record),
    Damaged(Key),
}

impl Tail {
    pub(super) fn of(key: Option<Key>, record: Result<Record, Damage>) -> Option<Self> {
        record.map_or_else(|_| key.map(Self::Damaged), |record| Some(Self::Read(record)))
    }

    /// Changes go on behind an entry that cannot be read; that the chain is broken there shows when it is checked.
    fn end(self) -> Link {
        match self {
            Self::Read(Record::Audit(audited)) => Link::behind(&audited),
            Self::Read(Record::AuditStart(start)) => start,
            Self::Damaged(Key::Audit(index)) => Link { next: index.saturating_add(1), ..Link::START },
            Self::Read(_) | Self::Damaged(_) => Link::START,
        }
    }
}
