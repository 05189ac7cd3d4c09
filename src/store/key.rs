//! Keys as bytes whose order is the order of keys, so that every group is one range.

use std::ops::{Bound, Range};

use crate::domain::{
    AppId, CertificateIssuer, Day, IdentityId, InvitationId, InviteId, Key, KeyId, MailId, RoleId, SessionId, TicketId,
    UserId, WorkspaceId,
};

use super::Group;

/// First byte of a key. Part of the format: a tag is never given to another kind.
mod tag {
    pub(super) const SECRETS: u8 = 1;
    pub(super) const WORKSPACE: u8 = 2;
    pub(super) const WORKSPACE_NAME: u8 = 3;
    pub(super) const APP: u8 = 4;
    pub(super) const APP_NAME: u8 = 5;
    pub(super) const USER: u8 = 6;
    pub(super) const USERNAME: u8 = 7;
    pub(super) const REGISTRATION: u8 = 8;
    pub(super) const SESSION: u8 = 9;
    // 10 and 11 were the invites of the first format.
    pub(super) const INVITATION: u8 = 12;
    pub(super) const INVITATION_FOR: u8 = 13;
    pub(super) const INVITE_CODE: u8 = 14;
    pub(super) const FEDERATED: u8 = 15;
    pub(super) const TICKET: u8 = 16;
    pub(super) const MAIL: u8 = 17;
    pub(super) const PROVIDER: u8 = 18;
    pub(super) const AUTHORITY: u8 = 19;
    pub(super) const CERTIFICATE: u8 = 20;
    pub(super) const ACME_ACCOUNT: u8 = 21;
    pub(super) const MEMBER: u8 = 22;
    pub(super) const ROLE: u8 = 23;
    pub(super) const API_KEY: u8 = 24;
    pub(super) const AUDIT: u8 = 25;
    pub(super) const TALLY: u8 = 26;
}

/// The keys of a kind that there are many of, as a range.
pub(super) type Family = Range<&'static [u8]>;

pub(super) const USERS: Family = &[tag::USER]..&[tag::USER + 1];
pub(super) const REGISTRATIONS: Family = &[tag::REGISTRATION]..&[tag::REGISTRATION + 1];
pub(super) const SESSIONS: Family = &[tag::SESSION]..&[tag::SESSION + 1];
/// Members, roles and keys: few, and all of them in the directory.
pub(super) const STAFF: Family = &[tag::MEMBER]..&[tag::API_KEY + 1];

/// Ends a text field. No slug and no address contains it, and it sorts before everything that they do contain.
const END: u8 = 0;

pub(super) fn encode(key: &Key) -> Vec<u8> {
    let bytes = Bytes::new(tag_of(key));
    let bytes = match key {
        Key::Secrets => bytes,
        Key::Workspace(workspace) => bytes.number(workspace.to_u64()),
        Key::WorkspaceName(name) => bytes.text(name.as_str()),
        Key::App(app) => bytes.number(app.to_u64()),
        Key::AppName(workspace, name) => bytes.number(workspace.to_u64()).text(name.as_str()),
        Key::User(user) => bytes.number(user.to_u64()),
        Key::Username(workspace, name) => bytes.number(workspace.to_u64()).text(name.as_str()),
        Key::Federated(workspace, id) => bytes.number(workspace.to_u64()).raw(id.as_bytes()),
        Key::Registration(app, user) => bytes.number(app.to_u64()).number(user.to_u64()),
        Key::Session(app, user, id) => bytes.number(app.to_u64()).perhaps(*user).raw(id.as_bytes()),
        Key::Invitation(app, id) => bytes.number(app.to_u64()).number(id.to_u64()),
        Key::InvitationFor(app, name) => bytes.number(app.to_u64()).text(name.as_str()),
        Key::InviteCode(id) => bytes.raw(id.as_bytes()),
        Key::Ticket(id) => bytes.raw(id.as_bytes()),
        Key::Mail(id) => bytes.number(id.to_u64()),
        Key::Provider(issuer) => bytes.text(issuer),
        Key::Authority => bytes,
        Key::Member(user) => bytes.number(user.to_u64()),
        Key::Role(id) => bytes.number(id.to_u64()),
        Key::ApiKey(id) => bytes.number(id.to_u64()),
        Key::Audit(index) => bytes.number(*index),
        Key::Tally(app, day) => bytes.number(app.to_u64()).raw(&day.to_u32().to_be_bytes()),
        Key::Certificate(issuer, host) => bytes.raw(&[issuer_byte(*issuer)]).text(host),
        Key::AcmeAccount => bytes,
    };
    bytes.0
}

/// `None` for bytes that no key is written as.
pub(super) fn decode(bytes: &[u8]) -> Option<Key> {
    let (tag, rest) = bytes.split_first()?;
    let mut fields = Fields(rest);
    let key = match *tag {
        tag::SECRETS => Key::Secrets,
        tag::WORKSPACE => Key::Workspace(fields.workspace()?),
        tag::WORKSPACE_NAME => Key::WorkspaceName(fields.text()?.parse().ok()?),
        tag::APP => Key::App(fields.app()?),
        tag::APP_NAME => Key::AppName(fields.workspace()?, fields.text()?.parse().ok()?),
        tag::USER => Key::User(fields.user()?),
        tag::USERNAME => Key::Username(fields.workspace()?, fields.text()?.parse().ok()?),
        tag::FEDERATED => Key::Federated(fields.workspace()?, IdentityId::from_bytes(*fields.raw::<32>()?)),
        tag::REGISTRATION => Key::Registration(fields.app()?, fields.user()?),
        tag::SESSION => {
            Key::Session(fields.app()?, fields.perhaps_user()?, SessionId::from_bytes(*fields.raw::<32>()?))
        }
        tag::INVITATION => Key::Invitation(fields.app()?, InvitationId::from_u64(fields.number()?)),
        tag::INVITATION_FOR => Key::InvitationFor(fields.app()?, fields.text()?.parse().ok()?),
        tag::INVITE_CODE => Key::InviteCode(InviteId::from_bytes(*fields.raw::<32>()?)),
        tag::TICKET => Key::Ticket(TicketId::from_bytes(*fields.raw::<32>()?)),
        tag::MAIL => Key::Mail(MailId::from_u64(fields.number()?)),
        tag::PROVIDER => Key::Provider(fields.text()?.into()),
        tag::AUTHORITY => Key::Authority,
        tag::MEMBER => Key::Member(fields.user()?),
        tag::ROLE => Key::Role(RoleId::from_u64(fields.number()?)),
        tag::API_KEY => Key::ApiKey(KeyId::from_u64(fields.number()?)),
        tag::AUDIT => Key::Audit(fields.number()?),
        tag::TALLY => Key::Tally(fields.app()?, Day::from_u32(u32::from_be_bytes(*fields.raw()?))),
        tag::CERTIFICATE => Key::Certificate(fields.issuer()?, fields.text()?.into()),
        tag::ACME_ACCOUNT => Key::AcmeAccount,
        _ => return None,
    };
    // One key has one spelling: a parser that accepts another (an address in capitals) must not make it pass.
    (fields.0.is_empty() && encode(&key) == bytes).then_some(key)
}

/// The range of a group, beginning behind `after`.
pub(super) fn range(group: Group, after: Option<&Key>) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let prefix = match group {
        Group::Workspaces => Bytes::new(tag::WORKSPACE),
        Group::Apps => Bytes::new(tag::APP),
        Group::RegistrationsOf(app) => Bytes::new(tag::REGISTRATION).number(app.to_u64()),
        Group::SessionsOf(app) => Bytes::new(tag::SESSION).number(app.to_u64()),
        Group::SessionsOfUser(app, user) => Bytes::new(tag::SESSION).number(app.to_u64()).perhaps(user),
        Group::InvitationsOf(app) => Bytes::new(tag::INVITATION).number(app.to_u64()),
        Group::Tickets => Bytes::new(tag::TICKET),
        Group::Mails => Bytes::new(tag::MAIL),
        Group::Certificates => Bytes::new(tag::CERTIFICATE),
        Group::Audit => Bytes::new(tag::AUDIT),
        Group::TalliesOf(app) => Bytes::new(tag::TALLY).number(app.to_u64()),
    };
    let end = successor(&prefix.0);
    let start = match (after.map(encode), &end) {
        // Behind the group: an empty range, begun where it ends, for engines panic at one that ends before it begins.
        (Some(after), Some(end)) if after >= *end => Bound::Included(end.clone()),
        (Some(after), _) if after >= prefix.0 => Bound::Excluded(after),
        _ => Bound::Included(prefix.0),
    };
    (start, end.map_or(Bound::Unbounded, Bound::Excluded))
}

/// The range of a group, ending before `before`.
pub(super) fn range_before(group: Group, before: Option<&Key>) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let (start, end) = range(group, None);
    match (before.map(encode), &start, &end) {
        (Some(before), Bound::Included(first), _) if before <= *first => {
            (start.clone(), Bound::Excluded(first.clone()))
        }
        (Some(before), _, Bound::Excluded(last)) if before < *last => (start, Bound::Excluded(before)),
        _ => (start, end),
    }
}

/// The least byte string that is greater than everything with this prefix.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let end = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut next = prefix.get(..=end)?.to_vec();
    *next.last_mut()? += 1;
    Some(next)
}

fn tag_of(key: &Key) -> u8 {
    match key {
        Key::Secrets => tag::SECRETS,
        Key::Workspace(_) => tag::WORKSPACE,
        Key::WorkspaceName(_) => tag::WORKSPACE_NAME,
        Key::App(_) => tag::APP,
        Key::AppName(..) => tag::APP_NAME,
        Key::User(_) => tag::USER,
        Key::Username(..) => tag::USERNAME,
        Key::Federated(..) => tag::FEDERATED,
        Key::Registration(..) => tag::REGISTRATION,
        Key::Session(..) => tag::SESSION,
        Key::Invitation(..) => tag::INVITATION,
        Key::InvitationFor(..) => tag::INVITATION_FOR,
        Key::InviteCode(_) => tag::INVITE_CODE,
        Key::Ticket(_) => tag::TICKET,
        Key::Mail(_) => tag::MAIL,
        Key::Provider(_) => tag::PROVIDER,
        Key::Authority => tag::AUTHORITY,
        Key::Certificate(..) => tag::CERTIFICATE,
        Key::AcmeAccount => tag::ACME_ACCOUNT,
        Key::Member(_) => tag::MEMBER,
        Key::Role(_) => tag::ROLE,
        Key::ApiKey(_) => tag::API_KEY,
        Key::Audit(_) => tag::AUDIT,
        Key::Tally(..) => tag::TALLY,
    }
}

const fn issuer_byte(issuer: CertificateIssuer) -> u8 {
    match issuer {
        CertificateIssuer::Local => 0,
        CertificateIssuer::Acme => 1,
    }
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn new(tag: u8) -> Self {
        Self(vec![tag])
    }

    fn number(self, number: u64) -> Self {
        self.raw(&number.to_be_bytes())
    }

    fn perhaps(self, user: Option<UserId>) -> Self {
        match user {
            None => self.raw(&[0]),
            Some(user) => self.raw(&[1]).number(user.to_u64()),
        }
    }

    fn text(self, text: &str) -> Self {
        self.raw(text.as_bytes()).raw(&[END])
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn raw<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(field)
    }

    fn number(&mut self) -> Option<u64> {
        self.raw().copied().map(u64::from_be_bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        let end = self.0.iter().position(|byte| *byte == END)?;
        let (text, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..)?;
        std::str::from_utf8(text).ok()
    }

    fn workspace(&mut self) -> Option<WorkspaceId> {
        self.number().map(WorkspaceId::from_u64)
    }

    fn app(&mut self) -> Option<AppId> {
        self.number().map(AppId::from_u64)
    }

    fn user(&mut self) -> Option<UserId> {
        self.number().map(UserId::from_u64)
    }

    fn issuer(&mut self) -> Option<CertificateIssuer> {
        match self.raw::<1>()? {
            [0] => Some(CertificateIssuer::Local),
            [1] => Some(CertificateIssuer::Acme),
            _ => None,
        }
    }

    fn perhaps_user(&mut self) -> Option<Option<UserId>> {
        match self.raw::<1>()? {
            [0] => Some(None),
            [1] => self.user().map(Some),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_key() -> impl Strategy<Value = Key> {
        let id = || prop_oneof![Just(0), Just(1), Just(255), Just(256), Just(u64::MAX), any::<u64>()];
        let app = || id().prop_map(AppId::from_u64);
        let workspace = || id().prop_map(WorkspaceId::from_u64);
        let user = || id().prop_map(UserId::from_u64);
        let slug = || "[a-c]{1,3}|[a-c0-9][a-c0-9-]{0,3}[a-c0-9]".prop_map(|text| text.parse().unwrap());
        let name = || "[a-c.+]{0,2}[a-cß赵](@[a-c]{1,2})?".prop_filter_map("a user name", |text| text.parse().ok());
        prop_oneof![
            Just(Key::Secrets),
            workspace().prop_map(Key::Workspace),
            slug().prop_map(Key::WorkspaceName),
            app().prop_map(Key::App),
            (workspace(), slug()).prop_map(|(workspace, name)| Key::AppName(workspace, name)),
            user().prop_map(Key::User),
            (workspace(), name()).prop_map(|(workspace, name)| Key::Username(workspace, name)),
            (app(), user()).prop_map(|(app, user)| Key::Registration(app, user)),
            (app(), prop::option::of(user()), any::<[u8; 32]>()).prop_map(|(app, user, id)| Key::Session(
                app,
                user,
                SessionId::from_bytes(id)
            )),
            (app(), id()).prop_map(|(app, id)| Key::Invitation(app, InvitationId::from_u64(id))),
            (app(), name()).prop_map(|(app, name)| Key::InvitationFor(app, name)),
            any::<[u8; 32]>().prop_map(|id| Key::InviteCode(InviteId::from_bytes(id))),
            (workspace(), any::<[u8; 32]>())
                .prop_map(|(workspace, id)| { Key::Federated(workspace, IdentityId::from_bytes(id)) }),
            any::<[u8; 32]>().prop_map(|id| Key::Ticket(TicketId::from_bytes(id))),
            id().prop_map(|id| Key::Mail(MailId::from_u64(id))),
            "[a-c:/]{1,3}".prop_map(|issuer| Key::Provider(issuer.into())),
            user().prop_map(Key::Member),
            id().prop_map(|id| Key::Role(RoleId::from_u64(id))),
            id().prop_map(|id| Key::ApiKey(KeyId::from_u64(id))),
            id().prop_map(Key::Audit),
            (app(), any::<u32>()).prop_map(|(app, day)| Key::Tally(app, Day::from_u32(day))),
            Just(Key::Authority),
            ("[a-c.]{0,3}", any::<bool>()).prop_map(|(host, acme)| {
                let issuer = if acme { CertificateIssuer::Acme } else { CertificateIssuer::Local };
                Key::Certificate(issuer, host.into())
            }),
            Just(Key::AcmeAccount),
        ]
    }

    proptest! {
        #[test]
        fn a_key_survives_its_bytes_and_keeps_its_order(one in any_key(), other in any_key()) {
            prop_assert_eq!(decode(&encode(&one)), Some(one.clone()));
            prop_assert_eq!(encode(&one).cmp(&encode(&other)), one.cmp(&other));
        }

        #[test]
        fn no_bytes_are_a_second_spelling(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            if let Some(key) = decode(&bytes) {
                prop_assert_eq!(encode(&key), bytes);
            }
        }
    }
}
