//! Records for tests: one of each kind, with every field filled, and small worlds of users and sessions.

use std::time::Duration;

use crate::domain::audit::{Action, Audited, Entry, Link, Party, PartyKind, Place};
use crate::domain::{
    AccessMode, AcmeAccount, AcmeTrouble, ApiKey, App, AppId, Assignment, Balance, CertificateIssuer, Day, DeviceId,
    Grants, HostCertificate, HostHeader, Icon, IconKind, Identity, IdentityPreset, Invitation, InvitationId,
    InvitationState, InviteCode, Key, KeyId, KeyScope, Language, LastUse, Letter, LocalAuthority, Mail, MailId,
    MasterPassword, Member, Permission, Proposal, ProviderCache, Purpose, Record, Registration, Role, RoleId, Secrets,
    Session, SessionToken, Slug, Tally, Theme, Ticket, TicketCode, Timestamp, User, UserId, UserProof, Username,
    Workspace, WorkspaceId,
};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_u64(1);
pub(crate) const APP: AppId = AppId::from_u64(2);
const INVITATION: InvitationId = InvitationId::from_u64(7);
const THEN: Timestamp = Timestamp::from_millis(1_800_000_000_123);

pub(crate) fn username(number: u64) -> Username {
    format!("user{number}@example.com").parse().unwrap()
}

pub(crate) fn user(number: u64) -> Record {
    Record::User(Box::new(User {
        id: UserId::from_u64(number),
        workspace: WORKSPACE,
        username: username(number),
        given_name: "Dima".to_owned(),
        family_name: "Müller 赵".to_owned(),
        password: Some("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()),
        epoch: 3,
        suspended: false,
        created_at: THEN,
        identities: vec![identity()],
        email_verified: true,
    }))
}

pub(crate) fn bond(number: u64, invited: bool) -> Record {
    let user = UserId::from_u64(number);
    Record::Registration(Registration { app: APP, user, invited, registered_at: THEN, waiting: false })
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
        name: user.is_none().then(|| "Schicht 2".to_owned()),
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
        approval: true,
        sign_up_domains: vec!["plant.example".parse().unwrap()],
        name_question: true,
        providers: Some(vec![slug("google")]),
        hosted_domain: Some("plant.example".parse().unwrap()),
        keeps_apart: true,
        more_upstreams: vec!["http://127.0.0.1:1881".parse().unwrap()],
        balance: Balance::Sticky,
        health_path: Some("/healthz".parse().unwrap()),
        health_interval: Some(Duration::from_secs(20)),
        description: "Press 3".to_owned(),
        icon: Some(Icon { kind: IconKind::Webp, bytes: vec![1, 2, 3] }),
        upstream_http2: true,
    }))
}

fn identity() -> Identity {
    let issuer = "https://accounts.google.com".to_owned();
    Identity { issuer, subject: "4711".to_owned(), email: "user5@example.com".parse().ok(), linked_at: THEN }
}

pub(crate) fn workspace() -> Record {
    let title = "Default Workspace".to_owned();
    Record::Workspace(Workspace { id: WORKSPACE, name: slug("default"), title, created_at: THEN })
}

fn invitation(id: InvitationId, state: InvitationState) -> Invitation {
    Invitation {
        id,
        app: APP,
        username: username(6),
        given_name: String::new(),
        family_name: "Weiß".to_owned(),
        language: Some(Language::De),
        created_at: THEN,
        expires_at: THEN.plus(Duration::from_hours(336)),
        state,
        handed: Some(InviteCode::from_bytes([9; 32]).id()),
        mailed: Some(InviteCode::from_bytes([10; 32]).id()),
        mail: Some(MailId::from_u64(1)),
        grants: Some(Box::new(Grants { owner: true, roles: Vec::new() })),
    }
}

fn ticket(number: u8, purpose: Purpose) -> Record {
    Record::Ticket(Box::new(Ticket {
        id: TicketCode::from_bytes([number; 32]).id(),
        user: UserId::from_u64(5),
        epoch: 3,
        app: APP,
        purpose,
        created_at: THEN,
        expires_at: THEN.plus(Duration::from_hours(1)),
        username: username(5),
    }))
}

fn mail(number: u64, letter: Letter) -> Record {
    Record::Mail(Box::new(Mail {
        id: MailId::from_u64(number),
        to: "user6@example.com".parse().unwrap(),
        letter,
        language: Some(Language::De),
        created_at: THEN,
        next_try_at: THEN.plus(Duration::from_mins(1)),
        tries: 1,
        last_error: Some("421 later".to_owned()),
        is_stuck: false,
    }))
}

/// One record of each kind, and one of each shape where a kind has several.
pub(crate) fn all_kinds() -> Vec<Record> {
    vec![
        Record::Secrets(Box::new(Secrets { pepper: [1; 32], signing_seeds: vec![[3; 32].into(), [4; 32].into()] })),
        workspace(),
        Record::NamesWorkspace(WORKSPACE, slug("default")),
        app(),
        Record::NamesApp(WORKSPACE, slug("hmi"), APP),
        user(5),
        Record::NamesUser(WORKSPACE, username(5), UserId::from_u64(5)),
        bond(5, true),
        session(1, None),
        session(2, Some(5)),
        Record::Invitation(Box::new(invitation(INVITATION, InvitationState::Pending))),
        Record::Invitation(Box::new(invitation(
            InvitationId::from_u64(8),
            InvitationState::Accepted { at: THEN, user: UserId::from_u64(5) },
        ))),
        Record::Invitation(Box::new(invitation(InvitationId::from_u64(9), InvitationState::Withdrawn { at: THEN }))),
        Record::NamesInvitation(APP, username(6), INVITATION),
        Record::OpensInvitation(InviteCode::from_bytes([9; 32]).id(), APP, INVITATION),
        Record::NamesFederated(WORKSPACE, identity().id(), UserId::from_u64(5)),
        ticket(1, Purpose::Reset { mailed: true }),
        ticket(2, Purpose::Address { email: "new@example.com".parse().unwrap() }),
        mail(1, Letter::Invite { app: APP, invitation: INVITATION }),
        mail(2, Letter::Reset { app: APP, user: UserId::from_u64(5) }),
        mail(3, Letter::Address { app: APP, user: UserId::from_u64(5) }),
        Record::Provider(Box::new(ProviderCache {
            issuer: identity().issuer,
            metadata: "{}".to_owned(),
            keys: r#"{"keys":[]}"#.to_owned(),
            fetched_at: THEN,
        })),
        Record::Authority(Box::new(LocalAuthority {
            certificate: vec![0x30, 1].into(),
            key: vec![0x30, 2].into(),
            made_at: THEN,
        })),
        Record::Member(Box::new(Member {
            id: UserId::from_u64(11),
            owner: false,
            roles: vec![Assignment { workspace: WORKSPACE, role: RoleId::from_u64(12) }],
            since: THEN,
            theme: Some(Theme::Dark),
            language: Some(Language::De),
        })),
        Record::Role(Box::new(Role {
            id: RoleId::from_u64(12),
            name: "Operators".to_owned(),
            permissions: [Permission::SeeApps, Permission::EditWorkspace].into_iter().collect(),
            created_at: THEN,
        })),
        key(1, KeyScope::Personal),
        key(2, KeyScope::Account),
        key(3, KeyScope::Workspace(WORKSPACE)),
        key(4, KeyScope::App(APP)),
        certificate(CertificateIssuer::Local, ""),
        certificate(CertificateIssuer::Acme, "hmi.plant.example"),
        Record::AuditStart(Link::behind(&audited())),
        Record::Audit(Box::new(Link::behind(&audited()).chain(entry()))),
        Record::Tally(Tally { app: APP, day: Day::from_u32(20_779), views: 4711, devices: 12, users: 7 }),
        certificate(CertificateIssuer::Acme, "plc.plant.example"),
        acme_account(),
    ]
}

fn audited() -> Audited {
    Link::START.chain(entry())
}

fn entry() -> Entry {
    let entry =
        Entry::new(THEN, Party::new(PartyKind::Member, UserId::from_u64(11), "ada@example.com"), Action::AppChange);
    Entry { workspace: Some(Place::new(WORKSPACE, "default")), app: Some(Place::new(APP, "hmi")), ..entry }
        .from("fe80::1".parse().unwrap())
        .on(Party::new(PartyKind::User, UserId::from_u64(5), username(5)))
        .changed("title", "Line 4", "Line 5")
        .replaced("master_password")
}

fn key(number: u8, scope: KeyScope) -> Record {
    Record::ApiKey(Box::new(ApiKey {
        id: KeyId::from_u64(number.into()),
        name: "MES".to_owned(),
        hash: [number; 32],
        owner: UserId::from_u64(11),
        scope,
        enabled: true,
        created_at: THEN,
        expires_at: Some(THEN.plus(Duration::from_hours(1))),
        last_used: Some(LastUse { at: THEN, ip: [10, 0, 0, 5].into() }),
    }))
}

fn acme_account() -> Record {
    Record::AcmeAccount(Box::new(AcmeAccount {
        directory: "https://acme.example/directory".to_owned(),
        credentials: "{}".to_owned(),
        made_at: THEN,
        bound_to: Some("kid-1".to_owned()),
        troubles: vec![AcmeTrouble {
            host: "plc.plant.example".to_owned(),
            failures: 2,
            next_try_at: THEN,
            reason: "nobody answers".to_owned(),
        }],
    }))
}

fn certificate(issuer: CertificateIssuer, host: &str) -> Record {
    Record::Certificate(Box::new(HostCertificate {
        issuer,
        host: host.to_owned(),
        names: vec!["10.0.0.5".to_owned(), "localhost".to_owned()],
        chain: vec![vec![0x30, 3].into(), vec![0x30, 4].into()],
        key: vec![0x30, 5].into(),
        directory: host.starts_with("plc").then(|| "https://acme.example/directory".to_owned()),
    }))
}

/// A user with address, bond and a session, as signing up writes them.
pub(crate) fn sign_up(number: u64) -> Proposal {
    Proposal::new()
        .create(user(number))
        .create(Record::NamesUser(WORKSPACE, username(number), UserId::from_u64(number)))
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
