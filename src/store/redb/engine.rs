//! One running engine: transactions in, errors out. What to do after an error is decided above.

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};

use crate::domain::{Change, Key, Proposal, Seq};
use crate::store::chain::{Chain, Tail};
use crate::store::judge::{self, Standing};
use crate::store::{Group, StoreError, codec, key};

use super::disk::Disk;
use super::schema::{self, Facts, RECORDS, Records};
use super::trouble::guarded;

#[derive(Debug)]
pub(super) struct Engine(Option<Database>);

impl Engine {
    pub(super) fn start(disk: &Disk, verify: bool) -> Result<Self, StoreError> {
        disk.start(verify).map(|database| Self(Some(database)))
    }

    /// Reads and checks every page. An error when the file is not what the engine wrote.
    pub(super) fn verify(&mut self) -> Result<(), StoreError> {
        guarded(|| match &mut self.0 {
            Some(database) => Ok(database.check_integrity().map(drop)?),
            None => Err(ended()),
        })
    }

    /// Ends without a last word to the file, which the engine would write by trusting pages that are known to be
    /// damaged; it can panic while it unwinds from a panic over them, and that ends the process.
    pub(super) fn abandon(mut self) {
        std::mem::forget(self.0.take());
    }

    /// Runs `work` on the database; what panics inside becomes an error.
    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        guarded(|| match &self.0 {
            Some(database) => work(database),
            None => Err(ended()),
        })
    }

    /// A view of the store as it is now. It does not hold the engine: when that ends, reading from the view fails.
    pub(super) fn view(&self) -> Result<View, StoreError> {
        self.with(|database| Ok(View(database.begin_read()?)))
    }

    /// Runs `work` and makes durable what it wrote, if it says that it wrote.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<(T, bool), StoreError>,
    ) -> Result<T, StoreError> {
        self.with(|database| {
            let mut transaction = database.begin_write()?;
            // A crash between two synchronizations leaves the commit before, and the next start needs no repair.
            transaction.set_two_phase_commit(true);
            transaction.set_quick_repair(true);
            let (outcome, wrote) = work(&transaction)?;
            if wrote {
                transaction.commit()?;
            } else {
                transaction.abort()?;
            }
            Ok(outcome)
        })
    }

    pub(super) fn facts(&self) -> Result<Facts, StoreError> {
        self.view()?.read(Facts::read)
    }

    /// Writes the tables of a new store.
    pub(super) fn furnish(&self, facts: Facts) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.open_table(RECORDS)?;
            facts.write(transaction)?;
            Ok(((), true))
        })
    }

    /// Writes without changing anything.
    pub(super) fn probe(&self, seq: Seq) -> Result<(), StoreError> {
        self.write(|transaction| {
            schema::write_seq(transaction, seq)?;
            Ok(((), true))
        })
    }

    /// Judges and writes a batch. What is kept, and what is chained for it, is told through `kept` and `chain` before
    /// anything becomes durable, because an error after that moment leaves open whether it did.
    pub(super) fn commit(
        &self,
        batch: &[Proposal],
        seq: Seq,
        kept: &mut Vec<bool>,
        chain: &mut Chain,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut wrote = false;
            {
                let mut records = transaction.open_table(RECORDS)?;
                for proposal in batch {
                    let holds = judge::holds(&proposal.guards, |key| standing(&records, key))?;
                    if holds {
                        proposal.changes.iter().try_for_each(|change| apply(&mut records, change, seq))?;
                        let linked = chain.add(&proposal.entries, || tail(&records))?;
                        linked.iter().try_for_each(|change| apply(&mut records, change, seq))?;
                        wrote |= !proposal.changes.is_empty() || !proposal.entries.is_empty();
                    }
                    kept.push(holds);
                }
            }
            if wrote {
                schema::write_seq(transaction, seq)?;
            }
            Ok(((), wrote))
        })
    }
}

/// The store at one moment.
pub(super) struct View(ReadTransaction);

impl View {
    pub(super) fn read<T>(self, work: impl FnOnce(&ReadTransaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        guarded(move || work(&self.0))
    }
}

impl Drop for Engine {
    /// The engine writes its last page here; what goes wrong with it is repaired at the next start.
    fn drop(&mut self) {
        let database = self.0.take();
        let _ = guarded(|| {
            drop(database);
            Ok(())
        });
    }
}

fn ended() -> StoreError {
    StoreError::Engine("it has ended".to_owned())
}

fn standing(records: &Records<'_>, key: &Key) -> Result<Standing, StoreError> {
    let key = key::encode(key);
    let Some(found) = records.get(key.as_slice())? else { return Ok(Standing::Absent) };
    Ok(codec::revision(&key, found.value()).map_or(Standing::Damaged, Standing::At))
}

/// What the audit record ends with.
fn tail(records: &Records<'_>) -> Result<Option<Tail>, StoreError> {
    let (start, end) = key::range(Group::Audit, None);
    let range = (start.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
    let Some(last) = records.range::<&[u8]>(range)?.next_back() else { return Ok(None) };
    let (key, value) = last?;
    let record = codec::decode(key.value(), value.value()).map(|(record, _)| record);
    Ok(Tail::of(key::decode(key.value()), record))
}

fn apply(records: &mut Records<'_>, change: &Change, seq: Seq) -> Result<(), StoreError> {
    let key = key::encode(&change.key());
    match change {
        Change::Put(record) => {
            let value = codec::encode(&key, record, seq)?;
            records.insert(key.as_slice(), value.as_slice())?;
        }
        Change::Remove(_) => {
            records.remove(key.as_slice())?;
        }
    }
    Ok(())
}
