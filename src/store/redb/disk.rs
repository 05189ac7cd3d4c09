//! The file under the engine. It is opened and locked once and outlives the engine's handle: after an error the
//! engine is started anew over the same file, and no other process can slip in between.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Builder, Database, StorageBackend};

use crate::store::StoreError;

use super::trouble::{guarded, io_at};

/// The engine's page cache. The directory answers the hot path, so this serves pages and lists; the default is 1 GiB.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

/// Only for the owner: the file holds password hashes and keys.
pub(super) const PRIVATE_FILE: u32 = 0o600;

/// Where the engine keeps its bytes; clones are the same place.
#[derive(Debug, Clone)]
pub(super) struct Disk(Arc<dyn StorageBackend>);

impl Disk {
    pub(super) fn new(storage: impl StorageBackend) -> Self {
        Self(Arc::new(storage))
    }

    /// Starts the engine over it. `verify` reads and checks every page.
    pub(super) fn start(&self, verify: bool) -> Result<Database, StoreError> {
        guarded(|| {
            let mut builder = Builder::new();
            builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(verify);
            Ok(builder.create_with_backend(self.clone())?)
        })
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

/// A file that this process alone has open, until the last clone of its `Disk` is gone.
#[derive(Debug)]
pub(super) struct LockedFile {
    file: File,
    path: PathBuf,
}

impl LockedFile {
    /// `StoreError::Busy` when another process holds it.
    pub(super) fn open(path: &Path, create: bool) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(create).truncate(false).mode(PRIVATE_FILE);
        let file = options.open(path).map_err(io_at(path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, path: path.to_owned() }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy { path: path.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(io_at(path)(error)),
        }
    }

    pub(super) fn len(&self) -> Result<u64, StoreError> {
        self.file.metadata().map(|meta| meta.len()).map_err(io_at(&self.path))
    }

    /// Takes away what others may have been allowed.
    pub(super) fn make_private(&self) -> Result<(), StoreError> {
        let mode = self.file.metadata().map_err(io_at(&self.path))?.permissions().mode();
        if mode & 0o077 == 0 {
            return Ok(());
        }
        let private = std::fs::Permissions::from_mode(PRIVATE_FILE);
        self.file.set_permissions(private).map_err(io_at(&self.path))
    }

    pub(super) fn clear(&self) -> Result<(), StoreError> {
        self.file.set_len(0).map_err(io_at(&self.path))
    }

    /// The place to look whether the file is still the one at its path.
    pub(super) fn anchor(&self, path: &Path) -> Result<Anchor, StoreError> {
        let meta = self.file.metadata().map_err(io_at(&self.path))?;
        Ok(Anchor { path: path.to_owned(), device: meta.dev(), inode: meta.ino() })
    }
}

impl StorageBackend for LockedFile {
    fn len(&self) -> io::Result<u64> {
        self.file.metadata().map(|meta| meta.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write_all_at(data, offset)
    }
}

/// Tells whether a file is still where it was: one that was deleted underneath takes writes that nobody will find.
#[derive(Debug)]
pub(super) struct Anchor {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Anchor {
    pub(super) fn holds(&self) -> Result<(), StoreError> {
        let path = || self.path.display().to_string();
        match std::fs::metadata(&self.path) {
            Ok(meta) if (meta.dev(), meta.ino()) == (self.device, self.inode) => Ok(()),
            Ok(_) => Err(StoreError::Lost { path: path(), why: "was replaced while this process used it" }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::Lost { path: path(), why: "was deleted while this process used it" })
            }
            Err(error) => Err(io_at(&self.path)(error)),
        }
    }
}
