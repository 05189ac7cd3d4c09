//! People: who they are, where they are registered, and what their browsers have proven.

use std::net::IpAddr;

use minicbor::{Decode, Encode};

use super::{AppId, DeviceId, Email, IdentityId, SessionId, Timestamp, UserId, Username, WorkspaceId};

/// A person in one workspace; one per user name.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct User {
    #[n(0)]
    pub id: UserId,
    #[n(1)]
    pub workspace: WorkspaceId,
    #[n(2)]
    pub username: Username,
    #[n(3)]
    pub given_name: String,
    #[n(4)]
    pub family_name: String,
    /// Argon2id, as a PHC string; absent until the person has chosen one.
    #[n(5)]
    pub password: Option<String>,
    /// Raised by whatever ends all sessions at once; sessions of an older epoch are void.
    #[n(6)]
    pub epoch: u32,
    #[n(7)]
    pub suspended: bool,
    #[n(8)]
    pub created_at: Timestamp,
    /// Accounts with identity providers by which this person signs in.
    #[n(9)]
    #[cbor(default)]
    pub identities: Vec<Identity>,
    /// Whether the person has proven that the address is theirs: by an invite, a mailed link or an identity provider.
    #[n(10)]
    #[cbor(default)]
    pub email_verified: bool,
}

impl User {
    /// As somebody begins: without password, identities or proof of the address.
    pub fn new(workspace: WorkspaceId, username: Username, created_at: Timestamp) -> Self {
        Self {
            id: UserId::random(),
            workspace,
            username,
            given_name: String::new(),
            family_name: String::new(),
            password: None,
            epoch: 0,
            suspended: false,
            created_at,
            identities: Vec::new(),
            email_verified: false,
        }
    }

    /// Whether there is a way to sign in: without one, an invite or a reset link makes it.
    pub fn can_sign_in(&self) -> bool {
        self.password.is_some() || !self.identities.is_empty()
    }

    pub fn name(&self) -> String {
        let both = format!("{} {}", self.given_name, self.family_name);
        both.trim().to_owned()
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "User({}, epoch {})", self.id, self.epoch)
    }
}

/// A person's account with an identity provider: OpenID Connect's issuer and subject, which never change hands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Identity {
    #[n(0)]
    pub issuer: String,
    #[n(1)]
    pub subject: String,
    /// As the provider had it when it was linked; only to be shown.
    #[n(2)]
    pub email: Option<Email>,
    #[n(3)]
    pub linked_at: Timestamp,
}

impl Identity {
    pub fn id(&self) -> IdentityId {
        IdentityId::of(&self.issuer, &self.subject)
    }
}

/// The bond between a user and an app.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Registration {
    #[n(0)]
    pub app: AppId,
    #[n(1)]
    pub user: UserId,
    /// Came by invitation; the only ones whom `invite-only` lets in.
    #[n(2)]
    pub invited: bool,
    #[n(3)]
    pub registered_at: Timestamp,
    /// Signed up where somebody must approve it, and nobody has yet.
    #[n(4)]
    #[cbor(default)]
    pub waiting: bool,
}

/// Proof that a session's browser knew the user's credentials in that epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct UserProof {
    #[n(0)]
    pub user: UserId,
    #[n(1)]
    pub epoch: u32,
}

/// One browser on one app, with what it has proven.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Session {
    #[n(0)]
    pub id: SessionId,
    #[n(1)]
    pub app: AppId,
    /// Stays the same when a sign-in renews the session's id.
    #[n(2)]
    pub device: DeviceId,
    #[n(3)]
    pub user: Option<UserProof>,
    /// The version of the master password that was given.
    #[n(4)]
    pub master: Option<u32>,
    #[n(5)]
    pub created_at: Timestamp,
    #[n(6)]
    pub last_seen_at: Timestamp,
    #[cbor(n(7), with = "super::change::text")]
    pub ip: IpAddr,
    #[n(8)]
    pub agent: String,
    /// What somebody without a user calls themselves.
    #[n(9)]
    pub name: Option<String>,
}
