//! Filling the live view at the start: several threads walk through a part of the file each, check, decode and hand over
//! what they find where it lies.
//!
//! Every record is read and its checksum checked, as in `load`; what the hot path does not need (addresses, invites)
//! is not decoded.

use std::ops::{Bound, RangeBounds};
use std::thread;

use redb::ReadableTableMetadata;

use crate::domain::{Glimpse, Record};
use crate::store::{StoreError, codec, key};

use super::engine::View;
use super::load::{Damaged, decode};
use super::schema::{Facts, RECORDS};
use super::trouble::{guarded, panicked};
use super::walk::{Records, missing, walk};

/// Who takes in what is read.
pub(super) struct Intake<'a> {
    pub(super) many: &'a (dyn Fn(Glimpse<'_>) + Sync),
    pub(super) report: &'a (dyn Fn(Damaged) + Sync),
}

/// Gives the records of which there are few.
pub(super) fn fill(view: View, intake: &Intake<'_>) -> Result<Vec<Record>, StoreError> {
    view.read(|transaction| {
        Facts::read(transaction)?;
        let records = &transaction.open_table(RECORDS)?;
        let addresses = key::USERS.end..key::REGISTRATIONS.start;
        let between = key::SESSIONS.end..key::STAFF.start;
        let behind = (Bound::Included(key::STAFF.end), Bound::Unbounded);
        let mut few = Vec::new();
        let found = thread::scope(|scope| {
            let sessions = scope.spawn(|| guarded(|| intake.many(records, key::SESSIONS)));
            let unneeded = scope.spawn(|| {
                guarded(|| {
                    Ok(intake.check(records, addresses)?
                        + intake.check(records, between)?
                        + intake.check(records, behind)?)
                })
            });
            let mut found = intake.few(records, ..key::USERS.start, &mut few)?;
            found += intake.few(records, key::STAFF, &mut few)?;
            for family in [key::REGISTRATIONS, key::USERS] {
                found += intake.many(records, family)?;
            }
            for thread in [sessions, unneeded] {
                found += thread.join().unwrap_or_else(|panic| Err(panicked(&*panic)))?;
            }
            Ok::<u64, StoreError>(found)
        })?;
        if found == records.len()? { Ok(few) } else { Err(missing()) }
    })
}

impl Intake<'_> {
    fn few(
        &self,
        records: &Records,
        range: impl RangeBounds<&'static [u8]> + Clone,
        few: &mut Vec<Record>,
    ) -> Result<u64, StoreError> {
        walk(records, range, |key, value| {
            match decode(key, value) {
                Ok(record) => few.push(record),
                Err(damaged) => (self.report)(damaged),
            }
            Ok(())
        })
    }

    fn many(&self, records: &Records, range: key::Family) -> Result<u64, StoreError> {
        walk(records, range, |key, value| {
            match codec::glimpse(key, value) {
                Ok(glimpse) => (self.many)(glimpse),
                Err(damage) => (self.report)(Damaged { key: key.to_vec(), damage }),
            }
            Ok(())
        })
    }

    fn check(&self, records: &Records, range: impl RangeBounds<&'static [u8]> + Clone) -> Result<u64, StoreError> {
        walk(records, range, |key, value| {
            if let Err(damage) = codec::revision(key, value) {
                (self.report)(Damaged { key: key.to_vec(), damage });
            }
            Ok(())
        })
    }
}
