//! Dropping the oldest entries, in order: where the record begins is then written down, so that nothing else can go
//! unnoticed.

use std::time::Duration;

use crate::desk::{Desk, read};
use crate::domain::audit::{Audited, Link};
use crate::domain::{Guard, Key, Proposal, Record, Revision, Timestamp};
use crate::store::{Archive, Group, StoreError};

use super::{AuditLimits, index_of};

/// What age alone drops in one go. A clock that is years ahead until somebody sets it right takes no more than this;
/// and who writes more than so many entries an hour is bound by their number long before.
const AGED_MOST: usize = 2000;
/// Between two steps, so that nobody notices them.
const PAUSE: Duration = Duration::from_millis(100);

impl Desk {
    /// Drops what is too old or too much. Returns how many.
    pub(in crate::desk) async fn trim_audit(&self) -> Result<usize, String> {
        let (limits, mut aged, mut dropped) = (self.settings.audit, AGED_MOST, 0);
        loop {
            let now = self.clock.now();
            let step = self.reading(move |archive| over(archive, limits, now, aged)).await;
            let Some(step) = step.map_err(|error| error.to_string())? else { return Ok(dropped) };
            let count = step.keys.len();
            aged = aged.saturating_sub(step.aged);
            self.ledger.propose(step.proposal()).await.map_err(|error| error.to_string())?;
            dropped += count;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

struct Step {
    keys: Vec<Key>,
    aged: usize,
    begins: Link,
    start: Option<Revision>,
}

impl Step {
    fn proposal(self) -> Proposal {
        let guard = match self.start {
            Some(revision) => Guard::At(Key::AUDIT_START, revision),
            None => Guard::Absent(Key::AUDIT_START),
        };
        let proposal = Proposal::new().expect(guard).put(Record::AuditStart(self.begins));
        self.keys.into_iter().fold(proposal, Proposal::remove)
    }
}

/// The next entries to drop; `None` when there are none.
fn over(
    archive: &dyn Archive,
    limits: AuditLimits,
    now: Timestamp,
    aged_most: usize,
) -> Result<Option<Step>, StoreError> {
    let newest = archive.scan_back(Group::Audit, None, 1)?.first().and_then(index_of).unwrap_or_default();
    let beyond = newest.saturating_sub(limits.most);
    let start = archive.get(&Key::AUDIT_START)?.map(|(_, revision)| revision);
    let (mut keys, mut aged, mut begins) = (Vec::new(), 0, None);
    for record in archive.scan(Group::Audit, Some(&Key::AUDIT_START), read::BATCH)? {
        let Record::Audit(audited) = &record else { break };
        let is_aged = is_aged(audited, limits, now) && aged < aged_most;
        if audited.index > beyond && !is_aged {
            break;
        }
        aged += usize::from(audited.index > beyond);
        begins = Some(Link::behind(audited));
        keys.push(record.key());
    }
    Ok(begins.map(|begins| Step { keys, aged, begins, start }))
}

fn is_aged(audited: &Audited, limits: AuditLimits, now: Timestamp) -> bool {
    now.since(audited.entry.at) > limits.keep
}
