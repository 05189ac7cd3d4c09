use std::sync::Arc;

use super::kit::*;
use crate::desk::Figures;
use crate::directory::{Sighting, Sightings};
use crate::domain::{AccessMode, AppId, Day, Key, Proposal, Record, SessionId};

/// The data plane's news, and then its end, as when the gateway stops.
async fn follow(house: &House, news: Vec<Sighting>) {
    let (sightings, receiver) = Sightings::channel();
    for one in news {
        assert!(sightings.report(one));
    }
    drop(sightings);
    Arc::clone(&house.desk).follow_sightings(receiver).await;
    // The ledger answers in order: this one stands behind all that was handed over.
    let filler = Record::NamesWorkspace(house.workspace, "filler".parse().unwrap());
    house.ledger.propose(Proposal::new().put(filler)).await.unwrap();
}

fn views(house: &House, app: AppId, views: u32) -> Sighting {
    Sighting::Views { app, views, at: house.desk.clock().now() }
}

fn used(house: &House, session: SessionId) -> Sighting {
    Sighting::Used { session, at: house.desk.clock().now() }
}

/// Views, devices and people of each of the last days.
async fn days(house: &House, app: AppId, count: u32) -> Vec<(u64, u32, u32)> {
    let Figures { days, .. } = house.desk.figures(app, count).await.unwrap();
    days.into_iter().map(|tally| (tally.views, tally.devices, tally.users)).collect()
}

#[tokio::test]
async fn everybody_counts_once_a_day() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let panel = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let phone = house.sign_in(app, &browser(2), "a@x").await.unwrap().token;
    // The same browser anew is no other device.
    let phone = house.sign_in(app, &with(&browser(2), &phone), "a@x").await.unwrap().token.id();
    follow(&house, vec![used(&house, panel), used(&house, phone), views(&house, app, 3), views(&house, app, 4)]).await;
    assert_eq!(days(&house, app, 1).await, [(7, 2, 1)]);
    house.pass_time(DAY);
    follow(&house, vec![used(&house, phone), used(&house, phone), views(&house, app, 1)]).await;
    assert_eq!(days(&house, app, 3).await, [(0, 0, 0), (7, 2, 1), (1, 1, 1)]);
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_day_counts_nobody_twice() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let stays = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let leaves = house.sign_up(app, &browser(2), "b@x").await.unwrap().token.id();
    follow(&house, vec![views(&house, app, 5)]).await;
    house.desk.sign_out(app, leaves).await.unwrap();
    let again = house.restarted().await;
    follow(&again, vec![used(&again, stays), views(&again, app, 1)]).await;
    assert_eq!(days(&again, app, 1).await, [(6, 2, 2)]);
    again.sign_up(app, &browser(3), "c@x").await.unwrap();
    assert_eq!(days(&again, app, 1).await, [(6, 3, 3)]);
}

#[tokio::test]
async fn figures_go_with_their_app_and_with_their_time() {
    let house = house().await;
    let (app, other) = (house.app("hmi", AccessMode::Public).await, house.app("scada", AccessMode::Public).await);
    follow(&house, vec![views(&house, app, 5), views(&house, other, 2)]).await;
    let of = |app| Key::Tally(app, Day::of(crate::domain::Timestamp::from_millis(1_800_000_000_000)));
    assert!(house.is_there(&of(app)) && house.is_there(&of(other)));
    house.desk.delete_app(app).await.unwrap();
    assert!(!house.is_there(&of(app)), "nothing of an app outlives it");
    follow(&house, vec![views(&house, app, 1)]).await;
    assert!(!house.is_there(&of(app)), "nor comes back");
    house.pass_time(DAY * 400);
    house.desk.sweep().await.unwrap();
    assert!(house.is_there(&of(other)));
    house.pass_time(DAY);
    house.desk.sweep().await.unwrap();
    assert!(!house.is_there(&of(other)));
}

#[tokio::test]
async fn what_there_is_now_is_counted_too() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    let first = house.sign_up(app, &browser(1), "a@x").await.unwrap();
    house.sign_in(app, &with(&browser(1), &first.token), "a@x").await.unwrap();
    house.sign_up(other, &browser(1), "b@x").await.unwrap();
    let Figures { now, open_connections, .. } = house.desk.figures(app, 1).await.unwrap();
    assert_eq!((now.users, now.sessions, now.devices, open_connections), (1, 2, 1, 0));
}
