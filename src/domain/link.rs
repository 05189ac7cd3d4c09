//! Rights that travel in a link, and the mails that carry them.

use minicbor::{Decode, Encode};

use super::{AppId, Email, Grants, InvitationId, InviteId, Language, MailId, TicketId, Timestamp, UserId, Username};

/// A right, bound to one person and one app, to register; single use, expiring, replaced by a new one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Invitation {
    #[n(0)]
    pub id: InvitationId,
    #[n(1)]
    pub app: AppId,
    #[n(2)]
    pub username: Username,
    #[n(3)]
    pub given_name: String,
    #[n(4)]
    pub family_name: String,
    /// Of the mail; without one, the app's.
    #[n(5)]
    pub language: Option<Language>,
    #[n(6)]
    pub created_at: Timestamp,
    #[n(7)]
    pub expires_at: Timestamp,
    #[n(8)]
    pub state: InvitationState,
    /// The code that was handed to whoever invited.
    #[n(9)]
    pub handed: Option<InviteId>,
    /// The code that went out by mail: made when it was sent, so that no secret waits in the queue.
    #[n(10)]
    pub mailed: Option<InviteId>,
    /// The letter that carries it: in the queue, or gone from there.
    #[n(11)]
    pub mail: Option<MailId>,
    /// What a future member is going to have; only of invitations to the console.
    #[n(12)]
    pub grants: Option<Box<Grants>>,
}

impl Invitation {
    /// The codes that open it.
    pub fn codes(&self) -> impl Iterator<Item = InviteId> {
        self.handed.into_iter().chain(self.mailed)
    }

    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == InvitationState::Pending && now < self.expires_at
    }
}

/// What became of an invitation. One that is pending past its time has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum InvitationState {
    #[n(0)]
    Pending,
    #[n(1)]
    Accepted {
        #[n(0)]
        at: Timestamp,
        #[n(1)]
        user: UserId,
    },
    /// By somebody, or because a new one, another access mode or the end of the registration replaced it.
    #[n(2)]
    Withdrawn {
        #[n(0)]
        at: Timestamp,
    },
}

/// A right of somebody who is known, used once. Void as soon as the user's epoch moves or they get another name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ticket {
    #[n(0)]
    pub id: TicketId,
    #[n(1)]
    pub user: UserId,
    /// The user's, when it was made.
    #[n(2)]
    pub epoch: u32,
    /// Where the link leads.
    #[n(3)]
    pub app: AppId,
    #[n(4)]
    pub purpose: Purpose,
    #[n(5)]
    pub created_at: Timestamp,
    #[n(6)]
    pub expires_at: Timestamp,
    /// The user's, when it was made: a link that lies in the old mailbox opens nothing.
    #[n(7)]
    pub username: Username,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Purpose {
    /// To choose a new password.
    #[n(0)]
    Reset {
        /// Whether the link went to the user's own address, and using it proves that it is theirs.
        #[n(0)]
        mailed: bool,
    },
    /// To take a new address, which the link was sent to.
    #[n(1)]
    Address {
        #[n(0)]
        email: Email,
    },
}

/// A mail that is still to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Mail {
    #[n(0)]
    pub id: MailId,
    #[n(1)]
    pub to: Email,
    #[n(2)]
    pub letter: Letter,
    #[n(3)]
    pub language: Option<Language>,
    #[n(4)]
    pub created_at: Timestamp,
    #[n(5)]
    pub next_try_at: Timestamp,
    #[n(6)]
    pub tries: u32,
    #[n(7)]
    pub last_error: Option<String>,
    /// Not tried again by itself.
    #[n(8)]
    pub is_stuck: bool,
}

/// What a mail is about. Its link is made when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Letter {
    #[n(0)]
    Invite {
        #[n(0)]
        app: AppId,
        #[n(1)]
        invitation: InvitationId,
    },
    #[n(1)]
    Reset {
        #[n(0)]
        app: AppId,
        #[n(1)]
        user: UserId,
    },
    /// To the address that the user wants to have.
    #[n(2)]
    Address {
        #[n(0)]
        app: AppId,
        #[n(1)]
        user: UserId,
    },
}

/// What an identity provider said of itself, for when it cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ProviderCache {
    #[n(0)]
    pub issuer: String,
    /// OpenID Connect Discovery 1.0, as JSON.
    #[n(1)]
    pub metadata: String,
    /// RFC 7517, as JSON.
    #[n(2)]
    pub keys: String,
    #[n(3)]
    pub fetched_at: Timestamp,
}
