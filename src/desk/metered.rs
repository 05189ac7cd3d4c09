//! Counting who gets in and who does not.

use crate::observe::{Entry, Outcome, Tally};

use super::{Desk, EnterError, FederatedError, TurnedAway};

/// Why somebody did not get in, as a label.
pub trait Failed {
    fn outcome(&self) -> Outcome;
}

impl Desk {
    pub fn tally(&self) -> &std::sync::Arc<Tally> {
        &self.tally
    }

    /// Passes an attempt's outcome on, and counts it.
    pub async fn metered<T, E: Failed>(
        &self,
        entry: Entry,
        attempt: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let outcome = attempt.await;
        self.tally.entry(entry, outcome.as_ref().err().map_or(Outcome::Ok, Failed::outcome));
        outcome
    }
}

impl Failed for EnterError {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Fields(_) => Outcome::Invalid,
            Self::WrongCredentials => Outcome::WrongCredentials,
            Self::WrongMasterPassword => Outcome::WrongMasterPassword,
            Self::NotInvited => Outcome::NotInvited,
            Self::SignUpClosed => Outcome::Closed,
            Self::InviteGone | Self::LinkGone | Self::SignedOut => Outcome::Gone,
            Self::TooMany { .. } => Outcome::TooMany,
            Self::Busy { .. } => Outcome::Busy,
            Self::Unavailable => Outcome::Unavailable,
        }
    }
}

impl Failed for TurnedAway {
    fn outcome(&self) -> Outcome {
        match &self.error {
            FederatedError::Enter(error) => error.outcome(),
            FederatedError::Lost | FederatedError::SignedOut => Outcome::Gone,
            FederatedError::NotOffered => Outcome::Closed,
            FederatedError::Provider(_) => Outcome::Unavailable,
            _ => Outcome::WrongCredentials,
        }
    }
}
