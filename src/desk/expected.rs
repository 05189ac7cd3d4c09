//! What whoever changes something has read of it: a change to what is no longer so is refused.

use crate::domain::Revision;

use super::AdminError;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// However it stands.
    #[default]
    Anything,
    /// As it stood in one of these revisions.
    OneOf(Vec<Revision>),
}

impl Expected {
    pub(super) fn check(&self, now: Revision) -> Result<(), AdminError> {
        match self {
            Self::OneOf(revisions) if !revisions.contains(&now) => Err(AdminError::Stale),
            Self::Anything | Self::OneOf(_) => Ok(()),
        }
    }
}
