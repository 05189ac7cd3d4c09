use super::kit::*;
use crate::desk::{EnterError, InviteView, Reach, RegistrationStatus, UserStatus};
use crate::domain::{AccessMode, Record, User, Username};

#[tokio::test]
async fn an_unknown_address_gets_a_link_that_leads_to_a_password_and_in() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let link = house.desk.access_link(app, invitation("Ina@x"), Reach::Workspace).await.unwrap();
    assert_eq!((link.user_status, link.registration_status), (UserStatus::Unknown, RegistrationStatus::Invited));
    assert!(link.password_setup_required);
    assert!(link.link.starts_with("http://hmi.test:8080/.millgate/invite/"), "{}", link.link);
    let code = house.invite(app, "ina@x").await;
    let view = house.desk.open_invite(app, &code).await.unwrap();
    let username = "ina@x".parse().unwrap();
    let (given_name, family_name) = ("Ina".into(), "Vited".into());
    let expected = InviteView { username, given_name, family_name, has_password: false, language: None };
    assert_eq!(view, expected);
    let token = house.desk.accept_invite(app, &browser(1), &code, accept_form(PASSWORD)).await.unwrap().token;
    assert!(house.passes(app, token.id()));
    assert!(house.sign_in(app, &browser(2), "ina@x").await.is_ok());
    let again = house.desk.accept_invite(app, &browser(3), &code, accept_form(PASSWORD)).await;
    assert_eq!(again.err(), Some(EnterError::InviteGone));
}

#[tokio::test]
async fn a_new_invite_a_mode_change_and_time_end_the_old_link() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let first = house.invite(app, "ina@x").await;
    let second = house.invite(app, "ina@x").await;
    assert_eq!(house.desk.open_invite(app, &first).await, Err(EnterError::InviteGone));
    assert!(house.desk.open_invite(app, &second).await.is_ok());
    house.switch(app, AccessMode::Signup).await;
    house.switch(app, AccessMode::InviteOnly).await;
    assert_eq!(house.desk.open_invite(app, &second).await, Err(EnterError::InviteGone));
    let third = house.invite(app, "ina@x").await;
    house.pass_time(14 * DAY);
    assert_eq!(house.desk.open_invite(app, &third).await, Err(EnterError::InviteGone));
    let late = house.desk.accept_invite(app, &browser(1), &third, accept_form(PASSWORD)).await;
    assert_eq!(late.err(), Some(EnterError::InviteGone));
}

#[tokio::test]
async fn an_invite_opens_its_own_app_only() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let other = house.app("scada", AccessMode::InviteOnly).await;
    let code = house.invite(app, "ina@x").await;
    assert_eq!(house.desk.open_invite(other, &code).await, Err(EnterError::InviteGone));
}

#[tokio::test]
async fn an_active_user_is_registered_at_once_and_gets_the_plain_address() {
    let house = house().await;
    let open = house.app("open", AccessMode::Signup).await;
    let closed = house.app("closed", AccessMode::InviteOnly).await;
    house.sign_up(open, &browser(1), "a@x").await.unwrap();
    for _ in 0..2 {
        let link = house.desk.access_link(closed, invitation("a@x"), Reach::Workspace).await.unwrap();
        assert_eq!((link.user_status, link.registration_status), (UserStatus::Active, RegistrationStatus::Registered));
        assert_eq!((link.link.as_str(), link.password_setup_required), ("http://closed.test:8080", false));
    }
    let token = house.sign_in(closed, &browser(1), "a@x").await.unwrap().token;
    assert!(house.passes(closed, token.id()));
}

#[tokio::test]
async fn a_passwordless_user_is_asked_for_one() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let username = "p@x".parse::<Username>().unwrap();
    let user = User::new(house.workspace, username.clone(), house.desk.clock().now());
    house.put(Record::NamesUser(house.workspace, username, user.id)).await;
    house.put(Record::User(Box::new(user.clone()))).await;
    let link = house.desk.access_link(app, invitation("p@x"), Reach::Workspace).await.unwrap();
    assert_eq!((link.user_status, link.password_setup_required), (UserStatus::Passwordless, true));
    let code = house.invite(app, "p@x").await;
    house.desk.accept_invite(app, &browser(1), &code, accept_form(PASSWORD)).await.unwrap();
    assert_eq!(house.user("p@x").unwrap().id, user.id);
    assert_eq!(
        house.desk.access_link(app, invitation("p@x"), Reach::Workspace).await.unwrap().user_status,
        UserStatus::Active
    );
}

#[tokio::test]
async fn who_got_a_password_meanwhile_must_know_it() {
    let house = house().await;
    let closed = house.app("closed", AccessMode::InviteOnly).await;
    let open = house.app("open", AccessMode::Signup).await;
    let code = house.invite(closed, "a@x").await;
    house.sign_up(open, &browser(1), "a@x").await.unwrap();
    assert!(house.desk.open_invite(closed, &code).await.unwrap().has_password);
    let finder = house.desk.accept_invite(closed, &browser(2), &code, accept_form("another horse")).await;
    assert_eq!(finder.err(), Some(EnterError::WrongCredentials));
    let owner = house.desk.accept_invite(closed, &browser(1), &code, accept_form(PASSWORD)).await.unwrap();
    assert!(house.passes(closed, owner.token.id()));
}
