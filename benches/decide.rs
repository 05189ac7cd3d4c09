//! The decision and the lookups before it, with a million users and a million sessions in memory.

#[allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "shared by benches, which may stop when they cannot make their world"
)]
mod crowd;

use std::sync::LazyLock;

use crowd::{APP, app, registration, session, user, workspace};
use divan::{Bencher, black_box};
use millgate::directory::{Directory, Filling};
use millgate::domain::{
    Clock, DeviceId, Glimpse, Record, SessionGlimpse, SessionId, SessionToken, Timestamp, UserGlimpse, UserId,
};
use millgate::policy::{Proofs, Rules, Standing, Verdict, Visitor, decide};

const COUNT: u64 = 1_000_000;

fn main() {
    divan::main();
}

/// A directory with everybody in it, and their session ids.
struct World {
    directory: Directory,
    sessions: Vec<SessionId>,
    now: Timestamp,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let now = Clock::system().now();
    let directory = Directory::new(None);
    directory.load(vec![Record::Workspace(workspace(now)), Record::App(Box::new(app(now)))]);
    let people: Vec<_> = (0..COUNT).map(|number| user(number, now)).collect();
    let filling = Filling::of(&directory, 4 * people.len());
    people.iter().for_each(|user| filling.take(Glimpse::Registration(registration(user, now))));
    people.iter().for_each(|user| filling.take(Glimpse::User(UserGlimpse::from(user))));
    let session_of = |user| {
        let session = session(user, now);
        filling.take(Glimpse::Session(SessionGlimpse::from(&session)));
        session.id
    };
    let sessions = people.iter().map(session_of).collect();
    drop(filling);
    World { directory, sessions, now }
});

#[divan::bench]
fn decide_alone(bencher: Bencher) {
    let now = Clock::system().now();
    let rules = Rules::from(&app(now));
    let standing = Standing { user: UserId::from_u64(7), invited: false, waiting: false };
    let proofs = Proofs { app: APP, user: Some(standing), master: None, created_at: now, last_seen_at: now };
    let visitor = Visitor { device: DeviceId::from_bytes([1; 10]), proofs: Some(proofs) };
    bencher.bench(|| decide(black_box(&rules), black_box(&visitor), now));
}

#[divan::bench]
fn session_id_of_a_token(bencher: Bencher) {
    let token = SessionToken::from_bytes([9; 32]);
    bencher.bench(|| black_box(&token).id());
}

/// Session, user, registration and verdict, for another visitor each time.
#[divan::bench]
fn look_up_and_decide_among_a_million(bencher: Bencher) {
    let world = &*WORLD;
    let rules = Rules::from(&app(world.now));
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 611_953) % world.sessions.len();
        let id = world.sessions.get(at);
        let visitor = world.directory.visitor(APP, id, DeviceId::from_bytes([0; 10]));
        let verdict = decide(&rules, &visitor, world.now);
        assert!(matches!(verdict, Verdict::Forward(_)));
    });
}
