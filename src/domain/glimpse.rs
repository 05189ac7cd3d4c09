//! What the hot path needs of the records that there are many of, read from their bytes without copying.
//!
//! The numbers are those of the whole records ([`super::Record`], [`super::User`], [`super::Session`]); what is not
//! named here is skipped.

use minicbor::Decode;

use super::{AppId, DeviceId, Registration, Session, SessionId, Timestamp, User, UserId, UserProof, WorkspaceId};

#[derive(Debug, Decode)]
pub enum Glimpse<'b> {
    #[n(3)]
    User(#[b(0)] UserGlimpse<'b>),
    #[n(4)]
    Registration(#[n(0)] Registration),
    #[n(5)]
    Session(#[b(0)] SessionGlimpse<'b>),
}

#[derive(Debug, Clone, Copy, Decode)]
pub struct UserGlimpse<'b> {
    #[n(0)]
    pub id: UserId,
    #[n(1)]
    pub workspace: WorkspaceId,
    #[b(2)]
    pub username: &'b str,
    #[b(3)]
    pub given_name: &'b str,
    #[b(4)]
    pub family_name: &'b str,
    #[n(6)]
    pub epoch: u32,
    #[n(7)]
    pub suspended: bool,
}

#[derive(Debug, Clone, Copy, Decode)]
pub struct SessionGlimpse<'b> {
    #[n(0)]
    pub id: SessionId,
    #[n(1)]
    pub app: AppId,
    #[n(2)]
    pub device: DeviceId,
    #[n(3)]
    pub user: Option<UserProof>,
    #[n(4)]
    pub master: Option<u32>,
    #[n(5)]
    pub created_at: Timestamp,
    #[n(6)]
    pub last_seen_at: Timestamp,
    #[b(9)]
    pub name: Option<&'b str>,
}

impl<'b> From<&'b User> for UserGlimpse<'b> {
    fn from(user: &'b User) -> Self {
        Self {
            id: user.id,
            workspace: user.workspace,
            username: user.username.as_str(),
            given_name: &user.given_name,
            family_name: &user.family_name,
            epoch: user.epoch,
            suspended: user.suspended,
        }
    }
}

impl<'b> From<&'b Session> for SessionGlimpse<'b> {
    fn from(session: &'b Session) -> Self {
        Self {
            id: session.id,
            app: session.app,
            device: session.device,
            user: session.user,
            master: session.master,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            name: session.name.as_deref(),
        }
    }
}
