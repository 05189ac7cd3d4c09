//! Walking through the records in key order, for others to decode.

use redb::{Range, ReadOnlyTable};

use crate::store::StoreError;

use super::trouble::damaged;

/// The records, open for reading.
pub(super) type Records = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Records that travel together: large enough to make handing over cheap, small enough to keep memory flat.
const CHUNK: usize = 512;

/// Keys and values one after the other, with their lengths.
#[derive(Default)]
pub(super) struct Chunk {
    bytes: Vec<u8>,
    lengths: Vec<(usize, usize)>,
}

/// Hands over the records of `range` and counts them. A file whose pages contradict each other is damaged as a whole:
/// records may be missing.
pub(super) fn walk(
    range: Range<'_, &'static [u8], &'static [u8]>,
    mut hand_over: impl FnMut(Chunk) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let (mut found, mut last) = (0, Vec::new());
    let mut chunk = Chunk::default();
    for entry in range {
        let (key, value) = entry?;
        if key.value() <= last.as_slice() {
            return Err(damaged("its records are out of order"));
        }
        last.clear();
        last.extend_from_slice(key.value());
        found += 1;
        chunk.push(key.value(), value.value());
        if chunk.lengths.len() == CHUNK {
            let room = chunk.bytes.len();
            hand_over(std::mem::replace(&mut chunk, Chunk::with_room(room)))?;
        }
    }
    hand_over(chunk)?;
    Ok(found)
}

/// What it means that the walk found another number of records than the file tells.
pub(super) fn missing() -> StoreError {
    damaged("some of its records are missing")
}

impl Chunk {
    fn with_room(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes + bytes / 8), lengths: Vec::with_capacity(CHUNK) }
    }

    fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.lengths.push((key.len(), value.len()));
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = self.bytes.as_slice();
        self.lengths.iter().map_while(move |(key_length, value_length)| {
            let (key, behind) = rest.split_at_checked(*key_length)?;
            let (value, behind) = behind.split_at_checked(*value_length)?;
            rest = behind;
            Some((key, value))
        })
    }
}
