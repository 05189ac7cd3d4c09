//! Why a way through a provider ends without a session. What lies behind it is logged where it is made.

use crate::desk::EnterError;
use crate::domain::Domain;
use crate::federation::FederationError;
use crate::store::StoreError;
use crate::throttle::Wait;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FederatedError {
    /// No such provider, or the app does not offer it (any more).
    NotOffered,
    /// Unknown, used, too late, or of another browser.
    Lost,
    /// What the provider said, or did not.
    Provider(FederationError),
    /// The provider has not verified the address.
    Unverified,
    /// The app takes this organization only.
    OtherOrganization {
        domain: Domain,
    },
    /// The invite is for somebody else than the identity.
    OtherAddress,
    /// The identity is another person's here.
    Elsewhere,
    /// Somebody has the address who signs in by another provider.
    SignInAsBefore,
    /// The person may not sign in.
    Barred,
    /// The account page was left by somebody who is not signed in (any more).
    SignedOut,
    TooManyLinked,
    /// As with every other way in.
    Enter(EnterError),
}

impl From<EnterError> for FederatedError {
    fn from(error: EnterError) -> Self {
        Self::Enter(error)
    }
}

impl From<StoreError> for FederatedError {
    fn from(error: StoreError) -> Self {
        Self::Enter(crate::desk::entry::unavailable(&error))
    }
}

impl From<Wait> for FederatedError {
    fn from(wait: Wait) -> Self {
        Self::Enter(wait.into())
    }
}
