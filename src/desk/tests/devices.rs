use std::sync::Arc;

use super::administration::device_session;
use super::kit::*;
use crate::desk::{Settings, Window};
use crate::directory::{Sighting, Sightings};
use crate::domain::{AccessMode, AppId, DeviceId, Record, Session, SessionId};

fn sighted(house: &House, app: AppId, n: u64) -> Sighting {
    let Session { id, ip, .. } = device_session(app, n);
    let device = DeviceId::from_bytes([u8::try_from(n).unwrap(); 10]);
    Sighting::Device { app, session: id, device, ip, agent: "A\u{7}gent".into(), at: house.desk.clock().now() }
}

async fn follow(house: &House, news: Vec<Sighting>) {
    let (sightings, receiver) = Sightings::channel();
    for one in news {
        assert!(sightings.report(one));
    }
    drop(sightings);
    Arc::clone(&house.desk).follow_sightings(receiver).await;
    // The ledger answers in order: this one stands behind all that was handed over.
    house.ledger.propose(crate::domain::Proposal::new().put(filler(house))).await.unwrap();
}

fn filler(house: &House) -> Record {
    Record::NamesWorkspace(house.workspace, "filler".parse().unwrap())
}

#[tokio::test]
async fn a_device_that_keeps_its_cookie_is_recorded_and_its_uses_are_noted() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Public).await;
    follow(&house, vec![sighted(&house, app, 1)]).await;
    let id = device_session(app, 1).id;
    let row = house.desk.session(app, id).await.unwrap();
    assert_eq!((row.agent.as_str(), row.user), ("Agent", None));
    house.pass_time(DAY);
    let at = house.desk.clock().now();
    follow(&house, vec![Sighting::Used { session: id, at }]).await;
    let rows = house.desk.sessions(app, Window { query: None, limit: 10, after: None }).await.unwrap().0;
    assert_eq!(rows.len(), 1);
    let (Record::Session(kept), _) =
        crate::store::Archive::get(&*house.store, &device_session(app, 1).key()).unwrap().unwrap()
    else {
        unreachable!()
    };
    assert_eq!(kept.last_seen_at, at);
}

#[tokio::test]
async fn a_session_that_ended_is_not_brought_back_by_its_last_use() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let id = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    house.desk.end_session(app, id).await.unwrap();
    follow(&house, vec![Sighting::Used { session: id, at: house.desk.clock().now() }]).await;
    assert!(house.desk.directory().session(&id).is_none());
}

#[tokio::test]
async fn devices_are_remembered_up_to_a_limit_and_the_long_unseen_make_room() {
    let house = house_with(Settings { anonymous_devices: 3, ..Settings::default() }).await;
    let app = house.app("hmi", AccessMode::Public).await;
    follow(&house, (1..=5).map(|n| sighted(&house, app, n)).collect()).await;
    assert_eq!(house.desk.directory().sessions_of(app), 3);
    house.pass_time(31 * DAY);
    follow(&house, vec![sighted(&house, app, 6)]).await;
    let live = |n| house.desk.directory().session(&device_session(app, n).id).is_some();
    assert!(live(6) && !live(1));
}

#[tokio::test]
async fn a_caller_whose_device_is_not_recorded_just_works() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let mut caller = browser(1);
    caller.session = Some(SessionId::from_bytes([9; 32]));
    let token = house.sign_up(app, &caller, "a@x").await.unwrap().token;
    assert!(house.passes(app, token.id()));
}

#[tokio::test]
async fn sweeping_takes_what_is_long_over_and_nothing_else() {
    let house = house().await;
    let mut new = new_app("hmi", AccessMode::Signup);
    new.rest.idle_limit = Some(Some(DAY));
    let app = house.create(new).await.unwrap().id;
    let forever = house.app("scada", AccessMode::Signup).await;
    let limited = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let unlimited = house.sign_in(forever, &browser(1), "a@x").await.unwrap().token.id();
    house.invite(app, "ina@x").await;
    house.pass_time(20 * DAY);
    assert_eq!(house.desk.sweep().await, Ok(0), "expired, and within the margin");
    house.pass_time(30 * DAY);
    assert_eq!(house.desk.sweep().await, Ok(4), "the session, and the invitation with its place and its code");
    assert!(house.desk.directory().session(&limited).is_none());
    assert!(house.passes(forever, unlimited));
}
