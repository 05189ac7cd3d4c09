//! Everything that happens, as values: what is put, what is removed, and on what condition.

use minicbor::{Decode, Encode};

use super::audit::{Audited, Entry, Link};
use super::{
    AcmeAccount, ApiKey, App, AppId, CertificateIssuer, Day, HostCertificate, IdentityId, Invitation, InvitationId,
    InviteId, KeyId, LocalAuthority, Mail, MailId, Member, ProviderCache, Registration, Role, RoleId, Secrets, Session,
    SessionId, Slug, Tally, Ticket, TicketId, User, UserId, Username, Workspace, WorkspaceId,
};

/// The number of a commit; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

/// The commit that last wrote a record.
pub type Revision = Seq;

/// Where a record stands. Keys sort so that what belongs together lies together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Secrets,
    Workspace(WorkspaceId),
    /// A workspace's name is taken.
    WorkspaceName(Slug),
    App(AppId),
    /// An app's name is taken in its workspace.
    AppName(WorkspaceId, Slug),
    User(UserId),
    /// A user name is taken in a workspace.
    Username(WorkspaceId, Username),
    Registration(AppId, UserId),
    Session(AppId, Option<UserId>, SessionId),
    Invitation(AppId, InvitationId),
    /// The pending invitation of a user name to an app.
    InvitationFor(AppId, Username),
    /// A code that opens an invitation.
    InviteCode(InviteId),
    /// An identity provider's account is linked in a workspace.
    Federated(WorkspaceId, IdentityId),
    Ticket(TicketId),
    Mail(MailId),
    /// An identity provider, by its issuer.
    Provider(Box<str>),
    /// The gateway's own certificate authority.
    Authority,
    /// A host's certificate.
    Certificate(CertificateIssuer, Box<str>),
    /// The account with an ACME server.
    AcmeAccount,
    Member(UserId),
    Role(RoleId),
    ApiKey(KeyId),
    /// An entry of the audit record; 0 is where the record begins.
    Audit(u64),
    /// An app's figures of one day.
    Tally(AppId, Day),
}

/// What is kept, as CBOR like its parts: a number is never used twice.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Record {
    #[n(0)]
    Secrets(#[n(0)] Box<Secrets>),
    #[n(1)]
    Workspace(#[n(0)] Workspace),
    #[n(2)]
    App(#[n(0)] Box<App>),
    #[n(3)]
    User(#[n(0)] Box<User>),
    #[n(4)]
    Registration(#[n(0)] Registration),
    #[n(5)]
    Session(#[n(0)] Box<Session>),
    // 6 and 10 were the invites of the first format.
    /// What a `WorkspaceName` points to.
    #[n(7)]
    NamesWorkspace(#[n(0)] WorkspaceId, #[n(1)] Slug),
    /// What an `AppName` points to.
    #[n(8)]
    NamesApp(#[n(0)] WorkspaceId, #[n(1)] Slug, #[n(2)] AppId),
    /// What a `Username` points to.
    #[n(9)]
    NamesUser(#[n(0)] WorkspaceId, #[n(1)] Username, #[n(2)] UserId),
    #[n(11)]
    Invitation(#[n(0)] Box<Invitation>),
    /// What an `InvitationFor` points to.
    #[n(12)]
    NamesInvitation(#[n(0)] AppId, #[n(1)] Username, #[n(2)] InvitationId),
    /// What an `InviteCode` points to.
    #[n(13)]
    OpensInvitation(#[n(0)] InviteId, #[n(1)] AppId, #[n(2)] InvitationId),
    /// What a `Federated` points to.
    #[n(14)]
    NamesFederated(#[n(0)] WorkspaceId, #[n(1)] IdentityId, #[n(2)] UserId),
    #[n(15)]
    Ticket(#[n(0)] Box<Ticket>),
    #[n(16)]
    Mail(#[n(0)] Box<Mail>),
    #[n(17)]
    Provider(#[n(0)] Box<ProviderCache>),
    #[n(18)]
    Authority(#[n(0)] Box<LocalAuthority>),
    #[n(19)]
    Certificate(#[n(0)] Box<HostCertificate>),
    #[n(20)]
    AcmeAccount(#[n(0)] Box<AcmeAccount>),
    #[n(21)]
    Member(#[n(0)] Box<Member>),
    #[n(22)]
    Role(#[n(0)] Box<Role>),
    #[n(23)]
    ApiKey(#[n(0)] Box<ApiKey>),
    #[n(24)]
    Audit(#[n(0)] Box<Audited>),
    /// Where the audit record begins, once its oldest entries were dropped.
    #[n(28)]
    AuditStart(#[n(0)] Link),
    #[n(25)]
    Tally(#[n(0)] Tally),
}

impl Key {
    /// Before all entries.
    pub const AUDIT_START: Self = Self::Audit(0);
}

impl Record {
    /// A record knows its place, so that it can never be filed under another's key.
    pub fn key(&self) -> Key {
        match self {
            Self::Secrets(_) => Key::Secrets,
            Self::Workspace(workspace) => Key::Workspace(workspace.id),
            Self::App(app) => Key::App(app.id),
            Self::User(user) => Key::User(user.id),
            Self::Registration(bond) => Key::Registration(bond.app, bond.user),
            Self::Session(session) => session.key(),
            Self::NamesWorkspace(_, name) => Key::WorkspaceName(name.clone()),
            Self::NamesApp(workspace, name, _) => Key::AppName(*workspace, name.clone()),
            Self::NamesUser(workspace, username, _) => Key::Username(*workspace, username.clone()),
            Self::Invitation(invitation) => Key::Invitation(invitation.app, invitation.id),
            Self::NamesInvitation(app, username, _) => Key::InvitationFor(*app, username.clone()),
            Self::OpensInvitation(code, ..) => Key::InviteCode(*code),
            Self::NamesFederated(workspace, identity, _) => Key::Federated(*workspace, *identity),
            Self::Ticket(ticket) => Key::Ticket(ticket.id),
            Self::Mail(mail) => Key::Mail(mail.id),
            Self::Provider(cache) => Key::Provider(cache.issuer.as_str().into()),
            Self::Authority(_) => Key::Authority,
            Self::Member(member) => Key::Member(member.id),
            Self::Role(role) => Key::Role(role.id),
            Self::ApiKey(key) => Key::ApiKey(key.id),
            Self::Audit(audited) => Key::Audit(audited.index),
            Self::AuditStart(_) => Key::AUDIT_START,
            Self::Tally(tally) => Key::Tally(tally.app, tally.day),
            Self::Certificate(certificate) => Key::Certificate(certificate.issuer, certificate.host.as_str().into()),
            Self::AcmeAccount(_) => Key::AcmeAccount,
        }
    }
}

impl Session {
    pub fn key(&self) -> Key {
        Key::Session(self.app, self.user.map(|proof| proof.user), self.id)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Put(Record),
    Remove(Key),
}

impl Change {
    pub fn key(&self) -> Key {
        match self {
            Self::Put(record) => record.key(),
            Self::Remove(key) => key.clone(),
        }
    }
}

/// What must be so at the moment of the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    Absent(Key),
    Present(Key),
    /// Nobody has written the record since it was read.
    At(Key, Revision),
}

/// Changes that happen together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposal {
    pub guards: Vec<Guard>,
    pub changes: Vec<Change>,
    /// What the audit record says of it; kept, chained and lost with the changes.
    pub entries: Vec<Entry>,
}

impl Proposal {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn expect(mut self, guard: Guard) -> Self {
        self.guards.push(guard);
        self
    }

    pub fn put(mut self, record: Record) -> Self {
        self.changes.push(Change::Put(record));
        self
    }

    /// Puts a record where there must be none.
    pub fn create(self, record: Record) -> Self {
        let key = record.key();
        self.expect(Guard::Absent(key)).put(record)
    }

    pub fn remove(mut self, key: Key) -> Self {
        self.changes.push(Change::Remove(key));
        self
    }

    /// Says what it is, for the audit record.
    pub fn record(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }
}

/// CBOR of a value that has a text form.
pub(super) mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use minicbor::encode::Write;
    use minicbor::{Decoder, Encoder};

    pub(in crate::domain) fn encode<C, T: Display, W: Write>(
        value: &T,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.str(&value.to_string())?.ok()
    }

    pub(in crate::domain) fn decode<C, T>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<T, minicbor::decode::Error>
    where
        T: FromStr,
        T::Err: Display,
    {
        decoder.str()?.parse().map_err(minicbor::decode::Error::message)
    }
}
