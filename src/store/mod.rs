//! Durable truth. Above this floor nobody knows which engine keeps it.

mod audit;
mod chain;
mod checksum;
mod codec;
mod history;
mod judge;
mod key;
mod memory;
mod redb;
#[cfg(test)]
pub(crate) mod samples;

use std::fmt;

use crate::domain::{Change, Key, Proposal, Record, Revision, Seq};

pub use self::redb::{RedbStore, Restored, restore, store_file};
pub use audit::inspect_audit;
pub use memory::MemoryStore;

/// The store as a log: everything so far, everything later, and a way to add to it.
///
/// The law: loading at `n` equals loading at any `m < n` and applying `m+1…n`.
pub trait Journal: Send + Sync {
    /// Hands every record to `sink` and tells at which commit that was.
    fn load(&self, sink: &mut dyn FnMut(Record)) -> Result<Seq, StoreError>;

    /// Every commit after `after`, in order. `StoreError::Compacted` when it is too old to be remembered: load again.
    fn tail(&self, after: Seq) -> Result<Vec<Commit>, StoreError>;

    /// Judges each proposal by its guards, in order, and makes those that hold durable with one synchronization.
    /// A batch of which nothing is kept writes nothing and has no number of its own. Entries of the audit record are
    /// chained to the last one that is there.
    ///
    /// On `Err` nothing of the batch has happened, as far as anybody can tell. A disk that fails at the last moment can
    /// have kept it all the same; when the store comes back with it, `tail` shows it as a commit like any other.
    fn commit(&self, batch: &[Proposal]) -> Result<Committed, StoreError>;

    /// Finds out by writing whether writing works, and tells the newest commit.
    fn probe(&self) -> Result<Seq, StoreError>;
}

/// Reads of what the directory does not keep in memory: password hashes, profiles, lists.
pub trait Archive: Send + Sync {
    /// One record, with the commit that wrote it.
    fn get(&self, key: &Key) -> Result<Option<(Record, Revision)>, StoreError>;

    /// Up to `limit` records of a group in key order, beginning behind `after`.
    fn scan(&self, group: Group, after: Option<&Key>, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// Up to `limit` records of a group against key order, beginning before `before`, or at the last.
    fn scan_back(&self, group: Group, before: Option<&Key>, limit: usize) -> Result<Vec<Record>, StoreError>;
}

/// Keys that lie together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Workspaces,
    Apps,
    RegistrationsOf(crate::domain::AppId),
    SessionsOf(crate::domain::AppId),
    /// `None`: the sessions without a user.
    SessionsOfUser(crate::domain::AppId, Option<crate::domain::UserId>),
    InvitationsOf(crate::domain::AppId),
    Tickets,
    Mails,
    Certificates,
    /// The audit record, with where it begins.
    Audit,
    /// An app's figures, the earliest day first.
    TalliesOf(crate::domain::AppId),
}

/// One commit, as followers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub seq: Seq,
    pub changes: Vec<Change>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    pub seq: Seq,
    /// One for each proposal: kept, or turned away because a guard did not hold.
    pub kept: Vec<bool>,
    /// The entries of the audit record that came with what was kept, at their places.
    pub linked: Vec<Change>,
}

/// What can be wrong with the store, as a sentence for the operator that names the fix.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has it open.
    Busy { path: String },
    /// It was there once and is gone, empty or foreign.
    Lost { path: String, why: &'static str },
    /// Written by a later release.
    Newer { path: String, found: u32, known: u32 },
    /// Bytes that are not what was written.
    Damaged { what: String },
    /// No space, no permission, a broken disk. Writing is tried anew with the next batch.
    Io(std::io::Error),
    /// `tail` asked for commits that are no longer remembered.
    Compacted,
    /// The engine failed in another way.
    Engine(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { path } => write!(
                f,
                "the store {path} is in use by another process; stop that one first, or give this one its own --data directory"
            ),
            Self::Lost { path, why } => write!(
                f,
                "the store {path} {why}, but this installation was set up before; put the file back or restore a backup with `millgate restore FILE`"
            ),
            Self::Newer { path, found, known } => write!(
                f,
                "the store {path} has format {found} and this release knows formats up to {known}; start the newer release, or restore a backup from before the upgrade"
            ),
            Self::Damaged { what } => {
                write!(f, "the store is damaged ({what}); restore a backup with `millgate restore FILE`")
            }
            Self::Io(error) => write!(f, "the store cannot be read or written: {error}"),
            Self::Compacted => f.write_str("the store no longer remembers that commit"),
            Self::Engine(text) => write!(f, "the store failed: {text}"),
        }
    }
}

impl std::error::Error for StoreError {}
