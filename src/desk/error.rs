//! What an operator or a program can be told.

use std::fmt;
use std::time::Duration;

use crate::domain::Permission;
use crate::ledger::LedgerError;
use crate::passwords::Busy;
use crate::store::StoreError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminError {
    NotFound,
    /// Something else has what was asked for; the sentence names it.
    Conflict(String),
    Invalid(Vec<Flaw>),
    /// Seen, but it takes a right that whoever asks has not.
    NotAllowed {
        permission: &'static str,
        detail: String,
    },
    /// The only owner is neither removed nor demoted.
    LastOwner,
    /// It belongs to every installation as it is.
    Fixed(&'static str),
    /// Something would be lost with it; the sentence names what.
    InUse(String),
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
        Self::NotAllowed { permission: "owner", detail: "Only an owner can do this.".to_owned() }
    }

    pub(super) fn needs(permission: Permission) -> Self {
        let detail = format!("Ask an owner for a role with the permission {permission}.");
        Self::NotAllowed { permission: permission.as_str(), detail }
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
            LedgerError::Conflict => Self::Conflict("somebody else changed the same thing at the same time".to_owned()),
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
            Self::Conflict(what) | Self::InUse(what) => f.write_str(what),
            Self::NotAllowed { detail, .. } => f.write_str(detail),
            Self::LastOwner => f.write_str("there must be an owner: make somebody else one first"),
            Self::Fixed(what) => f.write_str(what),
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
