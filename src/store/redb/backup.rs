//! Copies of the store that are consistent, whole and private.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use redb::{ReadTransaction, ReadableTable};

use crate::store::StoreError;

use super::RedbStore;
use super::disk::{Disk, LockedFile};
use super::engine::Engine;
use super::home::{Home, rename};
use super::load::load;
use super::schema::{Facts, KNOWN, RECORDS};
use super::trouble::{damaged, io_at};

impl RedbStore {
    /// Writes a copy of the store as it is at this moment to `target`, replacing a file of that name only when the copy
    /// is whole; tells the number of records. Writing to the store goes on meanwhile.
    pub fn backup(&self, target: &Path) -> Result<u64, StoreError> {
        if fs::canonicalize(target).is_ok_and(|target| fs::canonicalize(&self.path).is_ok_and(|own| own == target)) {
            return Err(StoreError::Io(io::Error::other(
                "the backup would replace the store itself; name another file",
            )));
        }
        let unfinished = beside(target);
        let file = LockedFile::open(&unfinished, true)?;
        let written = self.write_copy(file, &unfinished, target);
        if written.is_err() {
            // It holds keys, and may fill the very disk that was full.
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    fn write_copy(&self, file: LockedFile, unfinished: &Path, target: &Path) -> Result<u64, StoreError> {
        file.make_private()?;
        file.clear()?;
        let copy = Engine::start(&Disk::new(file), false)?;
        let count = self.read(|transaction| fill(&copy, transaction))?;
        drop(copy);
        File::open(unfinished).and_then(|file| file.sync_all()).map_err(io_at(unfinished))?;
        rename(unfinished, target)?;
        Ok(count)
    }
}

fn fill(copy: &Engine, from: &ReadTransaction) -> Result<u64, StoreError> {
    let facts = Facts::read(from)?;
    let records = from.open_table(RECORDS)?;
    copy.write(|to| {
        let mut count = 0;
        {
            let mut table = to.open_table(RECORDS)?;
            for entry in records.iter()? {
                let (key, value) = entry?;
                table.insert(key.value(), value.value())?;
                count += 1;
            }
        }
        Facts { closed: true, ..facts }.write(to)?;
        Ok((count, true))
    })
}

/// What a backup brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    pub records: u64,
    /// Whether a store that was there before was kept, as `millgate.redb.old`.
    pub replaced: bool,
}

/// Puts the backup `from` in the place of the store in `data_dir`, after reading all of it. The store that was there
/// is kept beside it. `StoreError::Busy` while a gateway runs on that store.
pub fn restore(from: &Path, data_dir: &Path) -> Result<Restored, StoreError> {
    let home = Home::at(data_dir)?;
    let present = home.store.try_exists().map_err(io_at(&home.store))?;
    // Held until the end, so that no gateway starts on the store that is being replaced.
    let _old = if present { Some(LockedFile::open(&home.store, false)?) } else { None };
    let (facts, records) = fetch(from, &home)?;
    if present {
        keep(&home)?;
    }
    rename(&home.unfinished, &home.store)?;
    home.mark(facts.id)?;
    Ok(Restored { records, replaced: present })
}

/// Copies the backup into the data directory and checks every page and record of the copy.
fn fetch(from: &Path, home: &Home) -> Result<(Facts, u64), StoreError> {
    let mut source = File::open(from).map_err(io_at(from))?;
    let file = LockedFile::open(&home.unfinished, true)?;
    file.make_private()?;
    file.clear()?;
    let mut target = File::options().write(true).open(&home.unfinished).map_err(io_at(&home.unfinished))?;
    io::copy(&mut source, &mut target).and_then(|_| target.sync_all()).map_err(io_at(&home.unfinished))?;
    if file.len()? == 0 {
        return Err(damaged(format!("{} is empty", from.display())));
    }
    let engine = Engine::start(&Disk::new(file), true)?;
    let facts = engine.facts()?;
    if facts.format > KNOWN {
        let path = from.display().to_string();
        return Err(StoreError::Newer { path, found: facts.format, known: KNOWN });
    }
    let (mut sound, mut unsound) = (0, 0u64);
    load(engine.view()?, &mut |_| sound += 1, &mut |_| unsound += 1)?;
    match unsound {
        0 => Ok((facts, sound)),
        _ => Err(damaged(format!("{unsound} records of {} cannot be read", from.display()))),
    }
}

/// Keeps the present store under another name until the next time.
fn keep(home: &Home) -> Result<(), StoreError> {
    match fs::remove_file(&home.replaced) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_at(&home.replaced)(error)),
        _ => {}
    }
    // A second name leaves the first in place until the rename; file systems without that lose it for a moment.
    let linked = fs::hard_link(&home.store, &home.replaced);
    linked.or_else(|_| fs::rename(&home.store, &home.replaced)).map_err(io_at(&home.replaced))
}

fn beside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
