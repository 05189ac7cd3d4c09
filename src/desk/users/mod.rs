//! An app's users: who is registered, from where, and ending it.

mod deregister;
mod list;

use crate::domain::{Identity, Timestamp, UserId, Username};

pub(super) use deregister::without_user;

use super::SessionView;

/// A registered user, as an app's operator sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    pub id: UserId,
    pub username: Username,
    pub given_name: String,
    pub family_name: String,
    pub has_password: bool,
    pub email_verified: bool,
    pub identities: Vec<Identity>,
    pub suspended: bool,
    pub invited: bool,
    /// Nobody has approved the registration yet.
    pub waiting: bool,
    pub registered_at: Timestamp,
    /// The latest of all devices.
    pub last_seen_at: Option<Timestamp>,
    pub open_connections: u32,
    /// One for each session, the latest seen first.
    pub devices: Vec<SessionView>,
}
