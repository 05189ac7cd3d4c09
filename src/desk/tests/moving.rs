//! Apps copied, and moved to another workspace.

use crate::desk::{AdminError, AppCopy, Authority, NewUser, Reach};
use crate::domain::{AccessMode, AppId, Key, Record, User, WorkspaceId};

use super::kit::*;

async fn other(house: &House) -> WorkspaceId {
    let made = house.desk.create_workspace(&Authority::MACHINE, "other".parse().unwrap(), None).await.unwrap();
    made.workspace.id
}

fn user_in(house: &House, workspace: WorkspaceId, email: &str) -> Option<User> {
    let (record, _) = house.store_get(&Key::Username(workspace, email.parse().unwrap()))?;
    let Record::NamesUser(_, _, id) = record else { return None };
    match house.store_get(&Key::User(id)) {
        Some((Record::User(user), _)) => Some(*user),
        _ => None,
    }
}

fn invited(house: &House, app: AppId, user: &User) -> Option<bool> {
    match house.store_get(&Key::Registration(app, user.id)) {
        Some((Record::Registration(bond), _)) => Some(bond.invited),
        _ => None,
    }
}

#[tokio::test]
async fn a_copy_has_the_settings_and_needs_a_master_password_of_its_own() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::MasterPassword).await;
    let copy = AppCopy {
        name: "hmi-2".parse().unwrap(),
        title: None,
        url: "http://hmi-2.test".parse().unwrap(),
        master_password: None,
    };
    let lacking = house.desk.copy_app(app, house.workspace, copy.clone()).await;
    let Err(AdminError::Invalid(flaws)) = lacking else { unreachable!() };
    assert_eq!(flaws[0].field, "master_password");
    let copy = AppCopy { master_password: Some("close sesame".into()), ..copy };
    let made = house.desk.copy_app(app, house.workspace, copy).await.unwrap();
    let first = house.desk.app(app).unwrap().app.clone();
    assert_eq!((made.title, made.access, made.upstream), (first.title, first.access, first.upstream));
    assert!(made.id != app && made.master != first.master);
}

#[tokio::test]
async fn a_moved_app_takes_its_people_along_as_users_of_the_other_workspace() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let stays = house.app("scada", AccessMode::Signup).await;
    let target = other(&house).await;
    let only = house.sign_up(app, &browser(1), "only@x").await.unwrap();
    house.sign_up(app, &browser(2), "both@x").await.unwrap();
    house.sign_in(stays, &browser(2), "both@x").await.unwrap();
    let moved = house.desk.move_app(app, target).await.unwrap();
    assert!(moved.workspace == target && moved.running);
    assert!(!house.passes(app, only.token.id()), "sessions end");
    assert!(house.user("only@x").is_none(), "nobody else's any more");
    assert!(house.user("both@x").is_some_and(|user| invited(&house, stays, &user) == Some(false)));
    for email in ["only@x", "both@x"] {
        let user = user_in(&house, target, email).unwrap();
        assert_eq!(invited(&house, app, &user), Some(false), "{email}");
        assert!(house.sign_in(app, &browser(3), email).await.is_ok(), "the password is the same");
    }
    assert!(house.store_get(&Key::AppName(house.workspace, "hmi".parse().unwrap())).is_none());
    assert_eq!(house.desk.move_app(app, target).await.unwrap().workspace, target, "there already");
}

#[tokio::test]
async fn a_name_that_the_other_workspace_knows_is_that_user_and_gets_no_more_than_is_proven() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let target = other(&house).await;
    let there = house.desk.create_app(target, new_app("far", AccessMode::Signup)).await.unwrap();
    house.sign_up(there.id, &browser(1), "eve@x").await.unwrap();
    for name in ["eve@x", "4711"] {
        let user = NewUser { invitee: invitation(name), invite: false };
        house.desk.create_user(app, user, Reach::Workspace).await.unwrap();
    }
    house.desk.move_app(app, target).await.unwrap();
    let eve = user_in(&house, target, "eve@x").unwrap();
    assert_eq!(invited(&house, app, &eve), Some(false), "never proved that the address is theirs");
    assert!(house.sign_in(app, &browser(2), "eve@x").await.is_err());
    let badge = user_in(&house, target, "4711").unwrap();
    assert_eq!(invited(&house, app, &badge), Some(true));
}

#[tokio::test]
async fn an_app_does_not_move_over_another_of_its_name() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let target = other(&house).await;
    let taken = crate::desk::NewApp { url: "http://x.test".parse().unwrap(), ..new_app("hmi", AccessMode::Public) };
    house.desk.create_app(target, taken).await.unwrap();
    let session = house.sign_up(app, &browser(1), "anna@x").await.unwrap();
    assert!(matches!(house.desk.move_app(app, target).await, Err(AdminError::Conflict(_))));
    assert!(house.passes(app, session.token.id()), "nothing was done");
}
