//! Reads of the archive, typed: each key gives its own kind of record.

use std::sync::Arc;
use std::time::Duration;

use crate::directory::Census;
use crate::domain::{
    ApiKey, App, AppId, IdentityId, Invitation, InvitationId, InviteId, Key, KeyId, Mail, MailId, Member, Record,
    Registration, Revision, Role, RoleId, Session, Ticket, TicketId, User, UserId, Username, Workspace, WorkspaceId,
};
use crate::store::{Archive, Group, StoreError};

use super::Desk;

/// Workers answer within microseconds; one that needs longer than this is stuck.
const CENSUS_PATIENCE: Duration = Duration::from_secs(2);

/// Records that are read or removed at a time: enough to be quick, few enough to keep others waiting only briefly.
pub(super) const BATCH: usize = 500;

macro_rules! typed {
    ($($name:ident($($arg:ident: $type:ty),+) => $key:expr, $record:ident($bind:pat) -> $out:ty = $value:expr;)+) => {$(
        pub(super) fn $name(archive: &dyn Archive, $($arg: $type),+) -> Result<Option<($out, Revision)>, StoreError> {
            match archive.get(&$key)? {
                Some((Record::$record($bind), revision)) => Ok(Some(($value, revision))),
                Some(_) => Err(StoreError::Damaged { what: "a record under another's key".to_owned() }),
                None => Ok(None),
            }
        }
    )+};
}

typed! {
    app(id: AppId) => Key::App(id), App(app) -> App = *app;
    user(id: UserId) => Key::User(id), User(user) -> User = *user;
    registration(app: AppId, user: UserId) => Key::Registration(app, user), Registration(bond) -> Registration = bond;
    invitation(app: AppId, id: InvitationId) => Key::Invitation(app, id), Invitation(record) -> Invitation = *record;
    mail(id: MailId) => Key::Mail(id), Mail(mail) -> Mail = *mail;
    ticket(id: TicketId) => Key::Ticket(id), Ticket(ticket) -> Ticket = *ticket;
    member(id: UserId) => Key::Member(id), Member(member) -> Member = *member;
    role(id: RoleId) => Key::Role(id), Role(role) -> Role = *role;
    api_key(id: KeyId) => Key::ApiKey(id), ApiKey(key) -> ApiKey = *key;
    workspace(id: WorkspaceId) => Key::Workspace(id), Workspace(workspace) -> Workspace = workspace;
}

/// The user who has a name in a workspace.
pub(super) fn user_with(
    archive: &dyn Archive,
    workspace: WorkspaceId,
    username: &Username,
) -> Result<Option<(User, Revision)>, StoreError> {
    match archive.get(&Key::Username(workspace, username.clone()))? {
        Some((Record::NamesUser(_, _, id), _)) => user(archive, id),
        Some(_) => Err(StoreError::Damaged { what: "a record under another's key".to_owned() }),
        None => Ok(None),
    }
}

/// The user who has linked an identity provider's account in a workspace.
pub(super) fn user_by_identity(
    archive: &dyn Archive,
    workspace: WorkspaceId,
    identity: IdentityId,
) -> Result<Option<(User, Revision)>, StoreError> {
    match archive.get(&Key::Federated(workspace, identity))? {
        Some((Record::NamesFederated(_, _, id), _)) => user(archive, id),
        Some(_) => Err(StoreError::Damaged { what: "a record under another's key".to_owned() }),
        None => Ok(None),
    }
}

/// The pending invitation of somebody to an app.
pub(super) fn invitation_for(
    archive: &dyn Archive,
    app: AppId,
    username: &Username,
) -> Result<Option<(Invitation, Revision)>, StoreError> {
    match archive.get(&Key::InvitationFor(app, username.clone()))? {
        Some((Record::NamesInvitation(_, _, id), _)) => invitation(archive, app, id),
        Some(_) => Err(StoreError::Damaged { what: "a record under another's key".to_owned() }),
        None => Ok(None),
    }
}

/// The invitation that a code opens.
pub(super) fn invitation_by(
    archive: &dyn Archive,
    code: InviteId,
) -> Result<Option<(Invitation, Revision)>, StoreError> {
    match archive.get(&Key::InviteCode(code))? {
        Some((Record::OpensInvitation(_, app, id), _)) => invitation(archive, app, id),
        Some(_) => Err(StoreError::Damaged { what: "a record under another's key".to_owned() }),
        None => Ok(None),
    }
}

/// The sessions of one user on one app, or of those without a user; all of them, up to a bound.
pub(super) fn sessions_of_user(
    archive: &dyn Archive,
    app: AppId,
    user: Option<UserId>,
    most: usize,
) -> Result<Vec<Session>, StoreError> {
    let records = archive.scan(Group::SessionsOfUser(app, user), None, most)?;
    Ok(records.into_iter().filter_map(as_session).collect())
}

pub(super) fn as_session(record: Record) -> Option<Session> {
    match record {
        Record::Session(session) => Some(*session),
        _ => None,
    }
}

impl Desk {
    /// Runs longer reads where they hold nobody up.
    pub(super) async fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Archive) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let archive = Arc::clone(&self.archive);
        let done = tokio::task::spawn_blocking(move || read(&*archive)).await;
        done.unwrap_or_else(|error| Err(StoreError::Engine(format!("a read ended early: {error}"))))
    }

    /// How many exchanges each session has open. A worker that does not answer is left out: a list without its numbers
    /// is better than none.
    pub async fn census(&self) -> Census {
        let counted = tokio::time::timeout(CENSUS_PATIENCE, self.directory.orders().census()).await;
        counted.unwrap_or_else(|_| {
            tracing::warn!("a worker did not count its connections in time");
            Census::default()
        })
    }
}
