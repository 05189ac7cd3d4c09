//! The answer, as a value. Only `decide` can make a `Permit`, and forwarding takes one away.

use crate::domain::{AppId, DeviceId, UserId};

#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Forward(Permit),
    Challenge(Challenge),
    Refuse(Refusal),
}

/// Leave to forward one request to one app, as somebody. Neither copied nor made elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    pub(super) app: AppId,
    pub(super) principal: Principal,
}

impl Permit {
    pub fn app(&self) -> AppId {
        self.app
    }

    pub fn principal(&self) -> Principal {
        self.principal
    }
}

/// Whom the app behind is told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Principal {
    User(UserId),
    Device(DeviceId),
}

/// What is still to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    SignIn,
    MasterPassword,
    /// Both, together or one after the other.
    SignInAndMasterPassword,
}

impl Challenge {
    /// The reserved page on which the proof is given.
    pub fn page(self) -> &'static str {
        match self {
            Self::MasterPassword => "master-password",
            Self::SignIn | Self::SignInAndMasterPassword => "sign-in",
        }
    }
}

/// What no proof of this visitor would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotInvited,
    /// Registered, and not approved yet.
    Waiting,
    Stopped,
}
