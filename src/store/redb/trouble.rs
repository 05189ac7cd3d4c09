//! The engine's failures as ours: its errors, and its panics over bytes that it did not write.

use std::any::Any;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::store::StoreError;

/// Runs `work`; a panic inside the engine becomes an error.
///
/// Sound because whoever sees an error from here throws the engine's handle away before the next write.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

pub(super) fn panicked(panic: &(dyn Any + Send)) -> StoreError {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
    damaged(format!("the engine stopped: {text}"))
}

pub(super) fn damaged(what: impl Into<String>) -> StoreError {
    StoreError::Damaged { what: what.into() }
}

/// Adds the path, which the operating system leaves out.
pub(super) fn io_at(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |error| StoreError::Io(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        match error {
            // What the engine says of a file with another beginning.
            redb::Error::Io(error) if error.kind() == ErrorKind::InvalidData => damaged(error.to_string()),
            // Our own file and memory know nothing shorter: a read behind the end follows a wrong page number.
            redb::Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => damaged("the file ends too soon"),
            redb::Error::Io(error) => Self::Io(error),
            redb::Error::PreviousIo | redb::Error::DatabaseClosed => {
                Self::Io(io::Error::other("an earlier error has closed it"))
            }
            redb::Error::Corrupted(what) => Self::Damaged { what },
            redb::Error::TableDoesNotExist(table) => damaged(format!("it has no table `{table}`")),
            redb::Error::TableTypeMismatch { .. } | redb::Error::TypeDefinitionChanged { .. } => {
                damaged(error.to_string())
            }
            other => Self::Engine(other.to_string()),
        }
    }
}

macro_rules! through_redb_error {
    ($($error:ident),+) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )+};
}

through_redb_error!(CommitError, DatabaseError, StorageError, TableError, TransactionError);
