//! The one writer: propose → commit (batched) → apply → reply. Durable, then visible, then answered.

use std::fmt;
use std::sync::Arc;

use crate::directory::Directory;
use crate::domain::{Proposal, Seq};
use crate::store::Journal;

/// Why a proposal did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerError {
    /// A guard did not hold: somebody else was faster.
    Conflict,
    /// More proposals wait than the writer takes.
    Overloaded,
    /// The store refused; the text is for the log.
    Store(String),
    /// The gateway is shutting down.
    Closed,
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else changed the same thing first"),
            Self::Overloaded => f.write_str("too many changes are waiting"),
            Self::Store(text) => f.write_str(text),
            Self::Closed => f.write_str("the gateway is shutting down"),
        }
    }
}

impl std::error::Error for LedgerError {}
