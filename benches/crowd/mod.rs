// Shared by several benches: each uses a part.

//! A made-up crowd: one app and as many people as one likes.

use millgate::domain::{
    AccessMode, App, AppId, DeviceId, Registration, Session, SessionToken, Timestamp, User, UserId, UserProof,
    Workspace, WorkspaceId,
};

pub const APP: AppId = AppId::from_u64(1);
pub const WORKSPACE: WorkspaceId = WorkspaceId::from_u64(1);

/// As long as real ones: they are read at every start.
const PASSWORD: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";
const AGENT: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

pub fn workspace(now: Timestamp) -> Workspace {
    Workspace { id: WORKSPACE, name: text("default"), title: "Default".into(), created_at: now }
}

pub fn app(now: Timestamp) -> App {
    let (url, upstream) = (text("http://hmi.localhost:8080"), text("http://127.0.0.1:1880"));
    App { id: APP, access: AccessMode::Signup, ..App::new(WORKSPACE, text("hmi"), url, upstream, now) }
}

pub fn user(number: u64, now: Timestamp) -> User {
    User {
        id: UserId::from_u64(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        given_name: "Anna".into(),
        family_name: "Meier".into(),
        password: Some(PASSWORD.into()),
        ..User::new(WORKSPACE, text(&format!("person-{number}@plant.example")), now)
    }
}

pub fn registration(user: &User, now: Timestamp) -> Registration {
    Registration { app: APP, user: user.id, invited: false, registered_at: now, waiting: false }
}

pub fn session(user: &User, now: Timestamp) -> Session {
    Session {
        id: SessionToken::random().id(),
        app: APP,
        device: DeviceId::random(),
        user: Some(UserProof { user: user.id, epoch: 0 }),
        master: None,
        created_at: now,
        last_seen_at: now,
        ip: std::net::Ipv4Addr::LOCALHOST.into(),
        agent: AGENT.into(),
        name: None,
    }
}

/// Parses what is known to be right.
fn text<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}
