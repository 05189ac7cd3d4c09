//! What an operator or a program can be told.

use std::fmt;
use std::time::Duration;

use crate::domain::Permission;
use crate::ledger::LedgerError;
use crate::passwords::Busy;
use crate::store::StoreError;

use super::{Clash, Fixed, InUse, Moving, Refusal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminError {
    NotFound,
    Conflict(Clash),
    Invalid(Vec<Flaw>),
    NotAllowed(Refusal),
    /// The only owner is neither removed nor demoted.
    LastOwner,
    Fixed(Fixed),
    InUse(InUse),
    /// Somebody has changed it since it was read.
    Stale,
    Busy {
        retry_after: Duration,
    },
    /// Logged where it was made.
    Unavailable,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub field: String,
    pub detail: String,
}

impl Flaw {
    pub fn new(field: &str, detail: impl fmt::Display) -> Self {
        Self { field: field.to_owned(), detail: detail.to_string() }
    }
}

impl AdminError {
    pub(super) fn flaw(field: &str, detail: impl fmt::Display) -> Self {
        Self::Invalid(vec![Flaw::new(field, detail)])
    }

    pub(super) fn owners_only() -> Self {
        Self::NotAllowed(Refusal::OwnersOnly)
    }

    pub(super) fn needs(permission: Permission) -> Self {
        Self::NotAllowed(Refusal::Needs(permission))
    }

    pub(super) fn never_still(moving: Moving) -> Self {
        Self::Conflict(Clash::NeverStill(moving))
    }

    pub(super) fn unavailable(error: &dyn fmt::Display) -> Self {
        tracing::error!(%error, "a change or read by an operator failed");
        Self::Unavailable
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::unavailable(&error)
    }
}

impl From<LedgerError> for AdminError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Conflict => Self::Conflict(Clash::Meanwhile),
            LedgerError::Overloaded | LedgerError::Store(_) | LedgerError::Closed => Self::unavailable(&error),
        }
    }
}

impl From<Busy> for AdminError {
    fn from(busy: Busy) -> Self {
        Self::Busy { retry_after: busy.retry_after }
    }
}

impl fmt::Display for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Conflict(clash) => clash.fmt(f),
            Self::InUse(what) => what.fmt(f),
            Self::NotAllowed(refusal) => refusal.fmt(f),
            Self::LastOwner => f.write_str("there must be an owner: make somebody else one first"),
            Self::Fixed(what) => what.fmt(f),
            Self::Stale => f.write_str("it has been changed since you read it: read it again"),
            Self::Invalid(flaws) => flaws.iter().enumerate().try_for_each(|(n, flaw)| {
                let comma = if n > 0 { "; " } else { "" };
                write!(f, "{comma}{}: {}", flaw.field, flaw.detail)
            }),
            Self::Busy { .. } => f.write_str("too many passwords are being hashed just now"),
            Self::Unavailable => f.write_str("the store is not available; the log says why"),
        }
    }
}

impl std::error::Error for AdminError {}
