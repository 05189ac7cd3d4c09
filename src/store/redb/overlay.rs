//! A file that is only looked at: what the engine writes, and it always writes something, stays in memory.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use crate::store::StoreError;

use super::trouble::io_at;

/// What is written is remembered in blocks of this size.
const BLOCK: usize = 4096;

#[derive(Debug)]
pub(super) struct Overlay {
    file: File,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    length: u64,
    /// Of the file: what lies behind is nothing, once the length has been less.
    kept: u64,
    blocks: HashMap<u64, Box<[u8; BLOCK]>>,
}

impl Overlay {
    /// `StoreError::Busy` while a gateway runs on it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(io_at(path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy { path: path.display().to_string() }),
            Err(TryLockError::Error(error)) => return Err(io_at(path)(error)),
        }
        let length = file.metadata().map_err(io_at(path))?.len();
        Ok(Self { file, written: Mutex::new(Written { length, kept: length, blocks: HashMap::new() }) })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().length == 0
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block of the file, with nothing behind its end.
    fn original(&self, number: u64, kept: u64) -> io::Result<Box<[u8; BLOCK]>> {
        let mut block = Box::new([0; BLOCK]);
        let start = number * BLOCK as u64;
        let there = usize::try_from(kept.saturating_sub(start)).unwrap_or(BLOCK).min(BLOCK);
        if let Some(part) = block.get_mut(..there) {
            self.file.read_exact_at(part, start)?;
        }
        Ok(block)
    }
}

/// The parts of a range of bytes, by block: its number, where in it the part begins, and how long it is.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let (mut at, mut left) = (offset, length);
    std::iter::from_fn(move || {
        let begin = usize::try_from(at % BLOCK as u64).ok().filter(|_| left > 0)?;
        let part = left.min(BLOCK - begin);
        let number = at / BLOCK as u64;
        at += part as u64;
        left -= part;
        Some((number, begin, part))
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.lock();
        if offset.saturating_add(out.len() as u64) > written.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if written.blocks.is_empty() && written.length == written.kept {
            return self.file.read_exact_at(out, offset);
        }
        let mut rest = out;
        for (number, begin, length) in parts(offset, rest.len()) {
            let (part, behind) = rest.split_at_mut(length);
            rest = behind;
            match written.blocks.get(&number) {
                Some(block) => part.copy_from_slice(block.get(begin..begin + length).unwrap_or_default()),
                None => {
                    let block = self.original(number, written.kept)?;
                    part.copy_from_slice(block.get(begin..begin + length).unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut written = self.lock();
        written.kept = written.kept.min(length);
        if length < written.length {
            written.blocks.retain(|number, _| number * (BLOCK as u64) < length);
            let (last, end) = (length / BLOCK as u64, usize::try_from(length % BLOCK as u64).unwrap_or(0));
            if let Some(block) = written.blocks.get_mut(&last) {
                block.iter_mut().skip(end).for_each(|byte| *byte = 0);
            }
        }
        written.length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.lock();
        written.length = written.length.max(offset.saturating_add(data.len() as u64));
        let mut rest = data;
        for (number, begin, length) in parts(offset, data.len()) {
            let (part, behind) = rest.split_at(length);
            rest = behind;
            if !written.blocks.contains_key(&number) {
                let block = self.original(number, written.kept)?;
                written.blocks.insert(number, block);
            }
            if let Some(space) = written.blocks.get_mut(&number).and_then(|block| block.get_mut(begin..begin + length))
            {
                space.copy_from_slice(part);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Write(u64, Vec<u8>),
        Length(u64),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..20_000u64, prop::collection::vec(any::<u8>(), 0..9000)).prop_map(|(at, data)| Step::Write(at, data)),
            1 => (0..20_000u64).prop_map(Step::Length),
        ]
    }

    proptest! {
        #[test]
        fn it_reads_like_a_file_and_leaves_the_file_alone(steps in prop::collection::vec(any_step(), 0..8)) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("file");
            let before: Vec<u8> = (0..10_000u32).map(|number| number.to_le_bytes()[0] | 1).collect();
            fs::write(&path, &before).unwrap();
            let overlay = Overlay::open(&path).unwrap();
            let mut wanted = before.clone();
            for step in steps {
                match step {
                    Step::Write(at, data) => {
                        let (at, end) = (at as usize, at as usize + data.len());
                        wanted.resize(wanted.len().max(end), 0);
                        wanted[at..end].copy_from_slice(&data);
                        overlay.write(at as u64, &data).unwrap();
                    }
                    Step::Length(length) => {
                        wanted.resize(length as usize, 0);
                        overlay.set_len(length).unwrap();
                    }
                }
                let mut read = vec![0; overlay.len().unwrap() as usize];
                overlay.read(0, &mut read).unwrap();
                prop_assert!(read == wanted);
                prop_assert!(overlay.read(1, &mut read).is_err() || read.is_empty());
            }
            prop_assert_eq!(fs::read(&path).unwrap(), before);
        }
    }
}
