use super::kit::*;
use crate::desk::{AdminError, AppChange, AppFromConfig, NewApp};
use crate::domain::{AccessMode, AppId, Key, Record, Session, SessionId, Timestamp};
use crate::store::{Archive, Group};

#[tokio::test]
async fn names_and_addresses_are_given_once() {
    let house = house().await;
    house.app("hmi", AccessMode::Public).await;
    let same_name = NewApp { url: "http://other.test".parse().unwrap(), ..new_app("hmi", AccessMode::Public) };
    assert!(matches!(house.create(same_name).await, Err(AdminError::Conflict(_))));
    let same_place = NewApp { url: "https://HMI.test:8080/".parse().unwrap(), ..new_app("b", AccessMode::Public) };
    assert!(matches!(house.create(same_place).await, Err(AdminError::Conflict(_))));
    let console = NewApp { url: "http://console.test".parse().unwrap(), ..new_app("c", AccessMode::Public) };
    assert!(matches!(house.create(console).await, Err(AdminError::Conflict(_))));
    let below = NewApp { url: "http://hmi.test:8080/b".parse().unwrap(), ..new_app("d", AccessMode::Public) };
    assert!(house.create(below).await.is_ok());
}

#[tokio::test]
async fn a_mode_that_asks_for_a_master_password_needs_one() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Public).await;
    let change = AppChange { access: Some(AccessMode::MasterPassword), ..AppChange::default() };
    let Err(AdminError::Invalid(flaws)) = house.desk.change_app(app, change.clone()).await else { unreachable!() };
    assert_eq!(flaws[0].field, "master_password");
    let change = AppChange { master_password: Some(MASTER.into()), ..change };
    assert_eq!(house.desk.change_app(app, change).await.unwrap().master_version(), Some(1));
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::MasterPassword).await;
    let before = house.desk.app(app).unwrap().app.clone();
    let change = AppChange { title: Some(" Line 4 ".into()), running: Some(false), ..AppChange::default() };
    let after = house.desk.change_app(app, change).await.unwrap();
    assert_eq!(after, crate::domain::App { title: "Line 4".into(), running: false, ..before });
    let renamed = AppChange { name: "line-4".parse().ok(), ..AppChange::default() };
    house.desk.change_app(app, renamed).await.unwrap();
    assert!(house.app("hmi-2", AccessMode::Public).await != app);
    assert!(house.store.get(&Key::AppName(house.workspace, "hmi".parse().unwrap())).unwrap().is_none());
}

#[tokio::test]
async fn a_deleted_app_takes_everything_with_it_but_users_of_other_apps() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "only@x").await.unwrap();
    house.sign_up(app, &browser(2), "both@x").await.unwrap();
    house.sign_in(other, &browser(2), "both@x").await.unwrap();
    house.invite(app, "ina@x").await;
    let only = house.user("only@x").unwrap();
    for n in 0..1200_u64 {
        house.put(Record::Session(Box::new(device_session(app, n)))).await;
    }
    house.desk.delete_app(app).await.unwrap();
    for group in [Group::SessionsOf(app), Group::RegistrationsOf(app), Group::InvitationsOf(app)] {
        assert_eq!(house.store.scan(group, None, 10).unwrap(), [], "{group:?}");
    }
    assert!(house.user("only@x").is_none() && house.desk.directory().person(only.id).is_none());
    assert!(house.user("both@x").is_some());
    assert_eq!(house.desk.directory().session_count(), 1);
    assert_eq!(house.desk.delete_app(app).await, Err(AdminError::NotFound));
    house.app("hmi", AccessMode::Signup).await;
}

pub(super) fn device_session(app: AppId, n: u64) -> Session {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&n.to_le_bytes());
    Session {
        id: SessionId::from_bytes(id),
        app,
        device: browser(0).device,
        user: None,
        master: None,
        created_at: Timestamp::default(),
        last_seen_at: Timestamp::default(),
        ip: browser(0).ip,
        agent: String::new(),
        name: None,
    }
}

#[tokio::test]
async fn deregistering_ends_the_bond_and_with_the_last_one_the_user() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    let here = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let there = house.sign_in(other, &browser(1), "a@x").await.unwrap().token.id();
    let user = house.user("a@x").unwrap().id;
    house.deregister(app, user).await;
    assert!(!house.passes(app, here) && house.passes(other, there));
    assert_eq!(house.desk.deregister(app, user).await, Err(AdminError::NotFound));
    house.deregister(other, user).await;
    assert!(!house.passes(other, there));
    assert!(house.user("a@x").is_none());
    house.sign_up(app, &browser(2), "a@x").await.unwrap();
    assert!(!house.passes(app, here), "the address came back, its cookies did not");
}

#[tokio::test]
async fn the_same_user_registered_anew_finds_no_old_session() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    let here = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    house.sign_in(other, &browser(1), "a@x").await.unwrap();
    let user = house.user("a@x").unwrap().id;
    house.deregister(app, user).await;
    house.sign_in(app, &browser(2), "a@x").await.unwrap();
    assert_eq!(house.user("a@x").unwrap().id, user);
    assert!(!house.passes(app, here));
}

#[tokio::test]
async fn the_config_rules_where_and_the_store_who() {
    let house = house().await;
    let wanted = |app: NewApp| AppFromConfig { workspace: "line-4".parse().unwrap(), app };
    let written = new_app("hmi", AccessMode::Signup);
    house.desk.reconcile_config_apps(vec![wanted(written.clone())]).await.unwrap();
    let snapshot = house.desk.directory().snapshot();
    let workspace = snapshot.workspace_named("line-4").unwrap().id;
    let app = snapshot.app_named(workspace, "hmi").unwrap().app.id;
    house.switch(app, AccessMode::InviteOnly).await;
    let mut moved = NewApp { upstream: "http://127.0.0.1:9999".parse().unwrap(), ..written };
    moved.rest.idle_limit = Some(Some(DAY));
    house.desk.reconcile_config_apps(vec![wanted(moved)]).await.unwrap();
    let after = house.desk.app(app).unwrap().app.clone();
    assert_eq!(after.access, AccessMode::InviteOnly);
    assert_eq!((after.upstream.to_string().as_str(), after.idle_limit), ("http://127.0.0.1:9999", Some(DAY)));
    let clash = wanted(new_app("two", AccessMode::Public));
    let mut same = clash.clone();
    same.app.name = "three".parse().unwrap();
    let error = house.desk.reconcile_config_apps(vec![clash, same]).await.unwrap_err();
    assert!(matches!(error, (1, AdminError::Conflict(_))), "{error:?}");
}
