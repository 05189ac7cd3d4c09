//! Whether the audit record is whole.

use crate::domain::audit::{AuditReport, Inspection, Link};
use crate::domain::{Key, Record};

use super::{Archive, Group, StoreError};

/// Entries that are read at a time.
const BATCH: usize = 1000;

/// Reads all of it, in steps that hold nobody up. What is written meanwhile is looked at, too; what is dropped
/// meanwhile is begun with anew.
pub fn inspect_audit(archive: &dyn Archive) -> Result<AuditReport, StoreError> {
    loop {
        let start = start(archive)?;
        let mut inspection = Inspection::from(start);
        let mut after = Key::AUDIT_START;
        loop {
            let records = archive.scan(Group::Audit, Some(&after), BATCH)?;
            let Some(last) = records.last() else { break };
            after = last.key();
            records.iter().for_each(|record| {
                if let Record::Audit(audited) = record {
                    inspection.see(audited);
                }
            });
        }
        if self::start(archive)? == start {
            return Ok(inspection.report());
        }
    }
}

fn start(archive: &dyn Archive) -> Result<Link, StoreError> {
    match archive.get(&Key::AUDIT_START) {
        Ok(Some((Record::AuditStart(start), _))) => Ok(start),
        Ok(_) => Ok(Link::START),
        // Then it shows that something is missing.
        Err(StoreError::Damaged { .. }) => Ok(Link::START),
        Err(error) => Err(error),
    }
}
