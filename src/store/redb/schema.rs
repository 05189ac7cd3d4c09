//! What lies in the file: the records, and a few facts about the store itself.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};

use crate::domain::{Seq, secret};
use crate::store::{StoreError, codec};

use super::second_format;
use super::trouble::damaged;

pub(super) const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");
const FACTS: TableDefinition<&str, &[u8]> = TableDefinition::new("facts");

const FORMAT: &str = "format";
const ID: &str = "id";
const SEQ: &str = "seq";
const CLOSED: &str = "closed";

/// The format that this release writes. It grows when an older release would misread the file.
pub(super) const KNOWN: u32 = 3;

/// The steps to `KNOWN` from every older format, each in the number that it reaches. There was none before the first.
pub(super) const STEPS: &[Step] = &[
    Step { to: 2, run: second_format::reach },
    // Kinds of records came that older releases do not know; those that were there stayed as they are.
    Step { to: 3, run: |_| Ok(()) },
];

/// The records, open for writing.
pub(super) type Records<'a> = Table<'a, &'static [u8], &'static [u8]>;

/// Rewrites the records of one format as the next one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) to: u32,
    pub(super) run: fn(&mut Records<'_>) -> Result<(), StoreError>,
}

/// Which installation a store belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoreId([u8; 16]);

impl StoreId {
    pub(super) fn random() -> Self {
        Self(secret::random())
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for StoreId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| ())?;
        bytes.try_into().map(Self).map_err(|_| ())
    }
}

/// What a store says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) format: u32,
    pub(super) id: StoreId,
    pub(super) seq: Seq,
    /// Whether its process ended in order; false while one has it open.
    pub(super) closed: bool,
}

impl Facts {
    pub(super) fn new() -> Self {
        Self { format: KNOWN, id: StoreId::random(), seq: Seq(0), closed: true }
    }

    pub(super) fn read(transaction: &ReadTransaction) -> Result<Self, StoreError> {
        Self::from(&transaction.open_table(FACTS)?)
    }

    fn from(table: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<Self, StoreError> {
        Ok(Self {
            format: u32::from_be_bytes(fact(table, FORMAT)?),
            id: StoreId(fact(table, ID)?),
            seq: Seq(u64::from_be_bytes(fact(table, SEQ)?)),
            closed: fact(table, CLOSED)? == [1],
        })
    }

    pub(super) fn write(&self, transaction: &WriteTransaction) -> Result<(), StoreError> {
        let mut table = transaction.open_table(FACTS)?;
        put(&mut table, FORMAT, &self.format.to_be_bytes())?;
        put(&mut table, ID, &self.id.0)?;
        put(&mut table, SEQ, &self.seq.0.to_be_bytes())?;
        put(&mut table, CLOSED, &[u8::from(self.closed)])
    }
}

pub(super) fn write_seq(transaction: &WriteTransaction, seq: Seq) -> Result<(), StoreError> {
    put(&mut transaction.open_table(FACTS)?, SEQ, &seq.0.to_be_bytes())
}

/// Takes a store into use: whole or not at all, it is brought from an older format to the last of `steps`, and marked
/// as open. `path` is for the message.
pub(super) fn take(
    transaction: &WriteTransaction,
    path: &str,
    known: u32,
    steps: &[Step],
) -> Result<Facts, StoreError> {
    let mut facts = Facts::from(&transaction.open_table(FACTS)?)?;
    if facts.format > known {
        return Err(StoreError::Newer { path: path.to_owned(), found: facts.format, known });
    }
    for step in steps {
        if step.to == facts.format + 1 && step.to <= known {
            (step.run)(&mut transaction.open_table(RECORDS)?)?;
            facts.format = step.to;
        }
    }
    if facts.format != known {
        return Err(damaged(format!("format {} is not one that there ever was", facts.format)));
    }
    facts.closed = false;
    facts.write(transaction)?;
    Ok(facts)
}

/// Marks a store as left in order.
pub(super) fn leave(transaction: &WriteTransaction) -> Result<(), StoreError> {
    put(&mut transaction.open_table(FACTS)?, CLOSED, &[1])
}

fn fact<const N: usize>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &'static str,
) -> Result<[u8; N], StoreError> {
    let found = table.get(name)?.ok_or_else(|| damaged(format!("it does not tell its {name}")))?;
    let body = codec::unseal(name.as_bytes(), found.value());
    let bytes = body.and_then(|body| body.try_into().ok());
    bytes.ok_or_else(|| damaged(format!("its {name} cannot be read")))
}

fn put(table: &mut Table<'_, &'static str, &'static [u8]>, name: &'static str, body: &[u8]) -> Result<(), StoreError> {
    table.insert(name, codec::seal(name.as_bytes(), body.to_vec()).as_slice())?;
    Ok(())
}
