//! The data directory: finding the store, setting it up once, and never again.

use std::fs::{self, DirBuilder, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

use super::disk::{Disk, LockedFile, PRIVATE_FILE};
use super::engine::Engine;
use super::schema::{Facts, StoreId};
use super::trouble::{damaged, io_at};

const STORE: &str = "millgate.redb";
/// Says that a store was set up here, and which: its presence without that store is an error.
const MARKER: &str = "millgate.id";
/// A store in the making; it gets its name when it is whole.
const UNFINISHED: &str = "millgate.redb.new";
/// The store that a restored backup took the place of.
const REPLACED: &str = "millgate.redb.old";

/// Only the owner may look inside.
const PRIVATE_DIR: u32 = 0o700;

/// Where the store of a data directory is, or would be.
#[must_use]
pub fn store_file(data_dir: &Path) -> PathBuf {
    data_dir.join(STORE)
}

#[derive(Debug)]
pub(super) struct Home {
    dir: PathBuf,
    pub(super) store: PathBuf,
    pub(super) unfinished: PathBuf,
    pub(super) replaced: PathBuf,
}

impl Home {
    /// Makes the directory when it is not there.
    pub(super) fn at(dir: &Path) -> Result<Self, StoreError> {
        DirBuilder::new().recursive(true).mode(PRIVATE_DIR).create(dir).map_err(io_at(dir))?;
        Ok(Self {
            dir: dir.to_owned(),
            store: store_file(dir),
            unfinished: dir.join(UNFINISHED),
            replaced: dir.join(REPLACED),
        })
    }

    /// The store's file, locked, set up when this is the first time.
    pub(super) fn open(&self) -> Result<LockedFile, StoreError> {
        let marker = self.marker()?;
        let found = match fs::metadata(&self.store) {
            Ok(meta) => Some(meta.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(io_at(&self.store)(error)),
        };
        match (marker, found) {
            (Some(_), None) => Err(self.lost("is missing")),
            (Some(_), Some(0)) => Err(self.lost("is empty")),
            (None, None | Some(0)) => self.set_up(),
            (_, Some(_)) => LockedFile::open(&self.store, false),
        }
    }

    /// Checks that the store is this installation's; a store without a marker gets one.
    pub(super) fn claim(&self, id: StoreId) -> Result<(), StoreError> {
        match self.marker()? {
            Some(marked) if marked == id => Ok(()),
            Some(_) => Err(self.lost("belongs to another installation")),
            None => self.mark(id),
        }
    }

    /// Writes the marker, whole or not at all.
    pub(super) fn mark(&self, id: StoreId) -> Result<(), StoreError> {
        let (path, new) = (self.dir.join(MARKER), self.dir.join(format!("{MARKER}.new")));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(PRIVATE_FILE);
        let write = || {
            let mut file = options.open(&new)?;
            writeln!(file, "{id}")?;
            file.sync_all()
        };
        write().map_err(io_at(&new))?;
        rename(&new, &path)
    }

    fn marker(&self) -> Result<Option<StoreId>, StoreError> {
        let path = self.dir.join(MARKER);
        match fs::read_to_string(&path) {
            Ok(text) => match text.trim().parse() {
                Ok(id) => Ok(Some(id)),
                Err(()) => Err(damaged(format!("{} does not hold a store's id", path.display()))),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(damaged(format!("{} does not hold a store's id", path.display())))
            }
            Err(error) => Err(io_at(&path)(error)),
        }
    }

    /// Makes a whole store beside its place and moves it there, so that a crash leaves either nothing or all of it.
    fn set_up(&self) -> Result<LockedFile, StoreError> {
        let file = LockedFile::open(&self.unfinished, true)?;
        // Another process may have finished between our look and our lock.
        if fs::metadata(&self.store).is_ok_and(|meta| meta.len() > 0) {
            return LockedFile::open(&self.store, false);
        }
        file.clear()?;
        let disk = Disk::new(file);
        Engine::start(&disk, false)?.furnish(Facts::new())?;
        drop(disk);
        rename(&self.unfinished, &self.store)?;
        LockedFile::open(&self.store, false)
    }

    fn lost(&self, why: &'static str) -> StoreError {
        StoreError::Lost { path: self.store.display().to_string(), why }
    }
}

/// Moves a synchronized file to its place, durably.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(io_at(to))?;
    let dir = match to.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    };
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_at(dir))
}
