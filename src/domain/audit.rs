//! The record of what was done: who, what, when, from where. Entries are chained by hashes, so that a gap shows.

mod inspection;
mod words;

use std::fmt;
use std::net::IpAddr;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use minicbor::{Decode, Encode};

use super::{AppId, Timestamp, WorkspaceId};

pub use inspection::{AuditReport, Inspection};
pub use words::{Action, PartyKind, UnknownWord};

/// What is kept of any text in an entry: names and addresses fit, a book does not.
const TEXT_MOST: usize = 256;

/// Something that was done, before it has its place in the record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    #[n(0)]
    pub at: Timestamp,
    #[n(1)]
    pub actor: Party,
    /// Where it came from; for what happened more than once, the block of addresses.
    #[n(2)]
    pub from: Option<Origin>,
    #[n(3)]
    pub action: Action,
    /// What concerns no workspace concerns the account.
    #[n(4)]
    pub workspace: Option<Place<WorkspaceId>>,
    #[n(5)]
    pub app: Option<Place<AppId>>,
    /// On whom or what; the app or the workspace itself is not named twice.
    #[n(6)]
    pub target: Option<Party>,
    #[n(7)]
    pub detail: Vec<Detail>,
}

/// A workspace or an app, by the name that it had then.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Place<T> {
    #[n(0)]
    pub id: T,
    #[n(1)]
    pub name: String,
}

/// Whoever did something, or whom or what it was done to, by the name of then: it outlives them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Party {
    #[n(0)]
    pub kind: PartyKind,
    /// As it is written everywhere; empty where there is none.
    #[n(1)]
    pub id: String,
    #[n(2)]
    pub name: String,
}

/// An address, or the block that it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Origin {
    #[cbor(n(0), with = "super::change::text")]
    pub ip: IpAddr,
    /// How many of its bits count, when not all do.
    #[n(1)]
    pub prefix: Option<u8>,
}

/// What was different afterwards, or what else is worth knowing. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Detail {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub from: Option<String>,
    #[n(2)]
    pub to: Option<String>,
}

/// An entry at its place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Audited {
    /// The first is 1.
    #[n(0)]
    pub index: u64,
    #[n(1)]
    pub entry: Entry,
    #[n(2)]
    pub hash: AuditHash,
}

/// SHA-256 over the hash before, the index and the entry as CBOR.
#[derive(Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct AuditHash(#[cbor(with = "minicbor::bytes")] [u8; 32]);

impl fmt::Display for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditHash({self})")
    }
}

/// An end of the chain: the index that comes, and the hash of what was before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    #[n(0)]
    pub next: u64,
    #[n(1)]
    pub before: AuditHash,
}

impl Link {
    /// Where a record begins of which nothing was ever dropped.
    pub const START: Self = Self { next: 1, before: AuditHash([0; 32]) };

    /// What follows an entry.
    pub fn behind(audited: &Audited) -> Self {
        Self { next: audited.index.saturating_add(1), before: audited.hash }
    }

    /// Gives an entry its place here.
    pub fn chain(self, entry: Entry) -> Audited {
        let hash = self.hash_of(&entry);
        Audited { index: self.next, entry, hash }
    }

    /// Whether the entry was given this place, and is as it was then.
    pub fn holds(self, audited: &Audited) -> bool {
        audited.index == self.next && audited.hash == self.hash_of(&audited.entry)
    }

    fn hash_of(self, entry: &Entry) -> AuditHash {
        let mut content = self.before.0.to_vec();
        content.extend_from_slice(&self.next.to_be_bytes());
        // Writing to memory cannot fail.
        let _ = minicbor::encode(entry, &mut content);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, &content).as_ref());
        AuditHash(hash)
    }
}

impl Entry {
    pub fn new(at: Timestamp, actor: Party, action: Action) -> Self {
        Self { at, actor, from: None, action, workspace: None, app: None, target: None, detail: Vec::new() }
    }

    pub fn from(mut self, ip: IpAddr) -> Self {
        self.from = Some(Origin { ip: ip.to_canonical(), prefix: None });
        self
    }

    pub fn on(mut self, target: Party) -> Self {
        self.target = Some(target);
        self
    }

    /// Something worth knowing.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.detail.push(Detail { name: name.to_owned(), from: None, to: Some(short(&value.to_string())) });
        self
    }

    /// Something that was different before, if it was.
    pub fn changed(mut self, name: &str, from: impl fmt::Display, to: impl fmt::Display) -> Self {
        let (from, to) = (short(&from.to_string()), short(&to.to_string()));
        if from != to {
            self.detail.push(Detail { name: name.to_owned(), from: Some(from), to: Some(to) });
        }
        self
    }

    /// Something that is different now, and that nobody may read here.
    pub fn replaced(mut self, name: &str) -> Self {
        self.detail.push(Detail { name: name.to_owned(), from: None, to: None });
        self
    }
}

impl Party {
    pub fn new(kind: PartyKind, id: impl fmt::Display, name: impl fmt::Display) -> Self {
        Self { kind, id: short(&id.to_string()), name: short(&name.to_string()) }
    }

    pub fn machine() -> Self {
        Self::new(PartyKind::Machine, "", "")
    }

    pub fn stranger() -> Self {
        Self::new(PartyKind::Stranger, "", "")
    }
}

impl<T> Place<T> {
    pub fn new(id: T, name: impl fmt::Display) -> Self {
        Self { id, name: short(&name.to_string()) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            None => write!(f, "{}", self.ip),
            Some(prefix) => write!(f, "{}/{prefix}", self.ip),
        }
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(TEXT_MOST) {
        None => text.to_owned(),
        Some((end, _)) => text.get(..end).map_or_else(String::new, |kept| format!("{kept}…")),
    }
}

#[cfg(test)]
mod tests;
