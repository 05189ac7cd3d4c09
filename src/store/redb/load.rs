//! Reading everything at the start: one thread walks the file, others check and decode, and the order stays.

use std::iter;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use redb::{ReadTransaction, ReadableTableMetadata};

use crate::domain::{Record, Seq};
use crate::store::StoreError;
use crate::store::codec::{self, Damage};

use super::engine::View;
use super::schema::{Facts, RECORDS};
use super::trouble::panicked;
use super::walk::{missing, walk};

/// Records that travel together: large enough to make handing over cheap, small enough to keep memory flat.
const CHUNK: usize = 1024;
/// Decoding scales until the walk through the file is the bottleneck.
const MOST_DECODERS: usize = 4;

/// A record that cannot be read, by its key.
#[derive(Debug)]
pub(super) struct Damaged {
    pub(super) key: Vec<u8>,
    pub(super) damage: Damage,
}

/// Keys and values one after the other, with their lengths.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    lengths: Vec<(usize, usize)>,
}

type Decoded = Vec<Result<Record, Damaged>>;

/// Hands all records to `sink` in key order, damaged ones to `report`, from one moment of the store.
pub(super) fn load(
    view: View,
    sink: &mut dyn FnMut(Record),
    report: &mut dyn FnMut(Damaged),
) -> Result<Seq, StoreError> {
    let decoders = thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_DECODERS));
    thread::scope(|scope| {
        let (inputs, outputs): (Vec<_>, Vec<_>) = iter::repeat_with(|| {
            let (input, chunks) = sync_channel(2);
            let (decoded, output) = sync_channel(2);
            scope.spawn(move || decode_all(&chunks, &decoded));
            (input, output)
        })
        .take(decoders)
        .unzip();
        let walk = scope.spawn(move || view.read(|transaction| walk_all(transaction, &inputs)));
        // Chunks went to the decoders in turn and come back in turn; the first that has no more ends it.
        for output in outputs.iter().cycle() {
            let Ok(decoded) = output.recv() else { break };
            for record in decoded {
                match record {
                    Ok(record) => sink(record),
                    Err(damaged) => report(damaged),
                }
            }
        }
        drop(outputs);
        walk.join().unwrap_or_else(|panic| Err(panicked(&*panic)))
    })
}

fn walk_all(transaction: &ReadTransaction, decoders: &[SyncSender<Chunk>]) -> Result<Seq, StoreError> {
    let facts = Facts::read(transaction)?;
    let records = transaction.open_table(RECORDS)?;
    let mut decoders = decoders.iter().cycle();
    let mut chunk = Chunk::default();
    let found = walk(&records, .., |key, value| {
        chunk.push(key, value);
        if chunk.lengths.len() < CHUNK { Ok(()) } else { hand_over(&mut decoders, std::mem::take(&mut chunk)) }
    })?;
    hand_over(&mut decoders, chunk)?;
    if found != records.len()? {
        return Err(missing());
    }
    Ok(facts.seq)
}

fn hand_over<'a>(decoders: &mut impl Iterator<Item = &'a SyncSender<Chunk>>, chunk: Chunk) -> Result<(), StoreError> {
    let sent = decoders.next().map(|decoder| decoder.send(chunk));
    match sent {
        Some(Ok(())) => Ok(()),
        _ => Err(StoreError::Engine("a thread that reads records has ended".to_owned())),
    }
}

fn decode_all(chunks: &Receiver<Chunk>, decoded: &SyncSender<Decoded>) {
    for chunk in chunks {
        let records = chunk.entries().map(|(key, value)| decode(key, value)).collect();
        if decoded.send(records).is_err() {
            return;
        }
    }
}

/// That a record lies under its own key needs no look inside: the checksum covers the key.
pub(super) fn decode(key: &[u8], value: &[u8]) -> Result<Record, Damaged> {
    let (record, _) = codec::decode(key, value).map_err(|damage| Damaged { key: key.to_vec(), damage })?;
    Ok(record)
}

impl Chunk {
    fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.lengths.push((key.len(), value.len()));
    }

    fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = self.bytes.as_slice();
        self.lengths.iter().map_while(move |(key_length, value_length)| {
            let (key, behind) = rest.split_at_checked(*key_length)?;
            let (value, behind) = behind.split_at_checked(*value_length)?;
            rest = behind;
            Some((key, value))
        })
    }
}
