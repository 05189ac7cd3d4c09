//! Records for tests: one of each kind, with every field filled, and small worlds of users and sessions.

use std::time::Duration;

use crate::domain::{
    AccessMode, App, AppId, DeviceId, Email, HostHeader, IdentityPreset, Invite, InviteCode, Key, Language,
    MasterPassword, Proposal, Record, Registration, Secrets, Session, SessionToken, Slug, Timestamp, User, UserId,
    UserProof, Workspace, WorkspaceId,
};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_u64(1);
pub(crate) const APP: AppId = AppId::from_u64(2);
const THEN: Timestamp = Timestamp::from_millis(1_800_000_000_123);

pub(crate) fn email(number: u64) -> Email {
    format!("user{number}@example.com").parse().unwrap()
}

pub(crate) fn user(number: u64) -> Record {
    Record::User(Box::new(User {
        id: UserId::from_u64(number),
        workspace: WORKSPACE,
        email: email(number),
        given_name: "Dima".to_owned(),
        family_name: "Müller 赵".to_owned(),
        password: Some("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()),
        epoch: 3,
        suspended: false,
        created_at: THEN,
    }))
}

pub(crate) fn bond(number: u64, invited: bool) -> Record {
    let user = UserId::from_u64(number);
    Record::Registration(Registration { app: APP, user, invited, registered_at: THEN })
}

pub(crate) fn session(number: u8, user: Option<u64>) -> Record {
    Record::Session(Box::new(Session {
        id: SessionToken::from_bytes([number; 32]).id(),
        app: APP,
        device: DeviceId::from_bytes([number; 10]),
        user: user.map(|user| UserProof { user: UserId::from_u64(user), epoch: 3 }),
        master: Some(7),
        created_at: THEN,
        last_seen_at: THEN,
        ip: "fe80::1".parse().unwrap(),
        agent: "Mozilla/5.0".to_owned(),
    }))
}

pub(crate) fn app() -> Record {
    Record::App(Box::new(App {
        id: APP,
        workspace: WORKSPACE,
        name: slug("hmi"),
        title: "Line 4".to_owned(),
        url: "https://edge-01/hmi".parse().unwrap(),
        upstream: "http://127.0.0.1:1880/base".parse().unwrap(),
        access: AccessMode::SignupAndMasterPassword,
        master: Some(MasterPassword { hash: "$argon2id$…".to_owned(), version: 7 }),
        running: true,
        language: Some(Language::De),
        strip_prefix: true,
        host_header: HostHeader::Upstream,
        user_header: "X-User".parse().unwrap(),
        presets: vec![IdentityPreset::RemoteUser, IdentityPreset::XWebauthUser],
        identity_token: true,
        forwarded_header: false,
        idle_limit: Some(Duration::from_millis(1500)),
        absolute_limit: Some(Duration::from_hours(2160)),
        upstream_ca: Some("-----BEGIN CERTIFICATE-----".to_owned()),
        upstream_verify: false,
        connect_timeout: App::DEFAULT_CONNECT_TIMEOUT,
        response_timeout: App::DEFAULT_RESPONSE_TIMEOUT,
        created_at: THEN,
    }))
}

pub(crate) fn workspace() -> Record {
    let title = "Default Workspace".to_owned();
    Record::Workspace(Workspace { id: WORKSPACE, name: slug("default"), title, created_at: THEN })
}

/// One record of each kind, and one of each shape where a kind has several.
pub(crate) fn all_kinds() -> Vec<Record> {
    let invite = InviteCode::from_bytes([9; 32]).id();
    vec![
        Record::Secrets(Box::new(Secrets {
            pepper: [1; 32],
            device_key: [2; 32],
            signing_seeds: vec![[3; 32].into(), [4; 32].into()],
        })),
        workspace(),
        Record::NamesWorkspace(WORKSPACE, slug("default")),
        app(),
        Record::NamesApp(WORKSPACE, slug("hmi"), APP),
        user(5),
        Record::NamesUser(WORKSPACE, email(5), UserId::from_u64(5)),
        bond(5, true),
        session(1, None),
        session(2, Some(5)),
        Record::Invite(Box::new(Invite {
            id: invite,
            app: APP,
            email: email(6),
            given_name: String::new(),
            family_name: "Weiß".to_owned(),
            created_at: THEN,
            expires_at: THEN.plus(Duration::from_hours(336)),
        })),
        Record::NamesInvite(APP, email(6), invite),
    ]
}

/// A user with address, bond and a session, as signing up writes them.
pub(crate) fn sign_up(number: u64) -> Proposal {
    Proposal::new()
        .create(user(number))
        .create(Record::NamesUser(WORKSPACE, email(number), UserId::from_u64(number)))
        .put(bond(number, number.is_multiple_of(2)))
        .put(session(u8::try_from(number).unwrap(), Some(number)))
}

pub(crate) fn sign_out(number: u64) -> Proposal {
    let key = session(u8::try_from(number).unwrap(), Some(number)).key();
    Proposal::new().remove(key)
}

/// What deleting a user removes; nothing when it is not there.
pub(crate) fn delete(number: u64) -> Proposal {
    let keys = sign_up(number).changes.into_iter().map(|change| change.key());
    let key = Key::User(UserId::from_u64(number));
    keys.fold(Proposal::new().expect(crate::domain::Guard::Present(key)), Proposal::remove)
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}
