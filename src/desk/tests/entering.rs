use super::kit::*;
use crate::desk::{AppChange, EnterError, Field, FieldError, FieldProblem, SignIn, SignUp};
use crate::domain::{AccessMode, Record, User};

#[tokio::test]
async fn who_signs_up_is_in_and_who_signs_out_is_out() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let session = house.sign_up(app, &browser(1), "Anna@Example.com").await.unwrap().token.id();
    assert!(house.passes(app, session));
    assert_eq!(house.user("anna@example.com").unwrap().name(), "Anna Muster");
    house.desk.sign_out(app, session).await.unwrap();
    assert!(!house.passes(app, session));
    assert_eq!(house.desk.sign_out(app, session).await, Ok(()), "twice is fine");
}

#[tokio::test]
async fn a_sign_in_renews_the_token_and_keeps_the_device() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let first = house.sign_up(app, &browser(1), "a@x").await.unwrap().token;
    house.pass_time(std::time::Duration::from_secs(30));
    let second = house.sign_in(app, &with(&browser(1), &first), "a@x").await.unwrap().token;
    assert!(!house.passes(app, first.id()), "a planted session stays dead");
    assert!(house.passes(app, second.id()));
    let live = house.desk.directory().session(&second.id()).unwrap();
    assert_eq!(live.device, browser(1).device);
}

#[tokio::test]
async fn tabs_that_sign_in_beside_each_other_do_not_end_each_other_and_go_together() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let first = house.sign_up(app, &browser(1), "a@x").await.unwrap().token;
    let second = house.sign_in(app, &with(&browser(1), &first), "a@x").await.unwrap().token;
    assert!(house.passes(app, first.id()), "its answer may be on the way still");
    let elsewhere = house.sign_in(app, &browser(2), "a@x").await.unwrap().token;
    let other = house.sign_up(app, &with(&browser(1), &second), "b@x").await.unwrap().token;
    assert!(!house.passes(app, second.id()), "another person takes the seat");
    house.desk.sign_out(app, first.id()).await.unwrap();
    assert!(!house.passes(app, first.id()));
    assert!(house.passes(app, elsewhere.id()) && house.passes(app, other.id()), "others feel nothing");
    let third = house.sign_in(app, &browser(1), "a@x").await.unwrap().token;
    let fourth = house.sign_in(app, &with(&browser(1), &third), "a@x").await.unwrap().token;
    house.desk.sign_out(app, fourth.id()).await.unwrap();
    assert!(!house.passes(app, third.id()), "all tabs of this browser follow");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "a@x").await.unwrap();
    let known = house.desk.sign_in(app, &browser(2), sign_in_form("a@x", "wrong horse")).await;
    let unknown = house.desk.sign_in(app, &browser(2), sign_in_form("b@x", "wrong horse")).await;
    assert_eq!(known.err(), Some(EnterError::WrongCredentials));
    assert_eq!(unknown.err(), Some(EnterError::WrongCredentials));
}

#[tokio::test]
async fn every_mistake_of_a_form_is_told_at_once() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let form = SignUp {
        email: "nobody".into(),
        password: "short".into(),
        given_name: "x".repeat(101),
        family_name: "a\nb".into(),
        master_password: None,
    };
    let Err(EnterError::Fields(flaws)) = house.desk.sign_up(app, &browser(1), form).await else { unreachable!() };
    let flaw = |field, problem| FieldError { field, problem };
    assert_eq!(
        flaws,
        [
            flaw(Field::Email, FieldProblem::Invalid),
            flaw(Field::Password, FieldProblem::TooShort { least: 8 }),
            flaw(Field::GivenName, FieldProblem::TooLong { most: 100 }),
            flaw(Field::FamilyName, FieldProblem::Invalid),
        ]
    );
}

#[tokio::test]
async fn to_sign_up_with_a_taken_address_takes_its_password() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "a@x").await.unwrap();
    let thief = SignUp { password: "another horse".into(), ..sign_up_form("a@x") };
    assert_eq!(house.desk.sign_up(other, &browser(2), thief).await.err(), Some(EnterError::WrongCredentials));
    let owner = house.sign_up(other, &browser(1), "a@x").await.unwrap().token;
    assert!(house.passes(other, owner.id()));
    assert!(!house.passes(app, owner.id()), "a session opens one app only");
}

#[tokio::test]
async fn the_modes_decide_who_is_registered_by_a_sign_in() {
    let house = house().await;
    let open = house.app("open", AccessMode::Signup).await;
    let closed = house.app("closed", AccessMode::InviteOnly).await;
    house.sign_up(open, &browser(1), "a@x").await.unwrap();
    assert_eq!(house.sign_in(closed, &browser(1), "a@x").await.err(), Some(EnterError::NotInvited));
    assert_eq!(house.sign_up(closed, &browser(1), "b@x").await.err(), Some(EnterError::SignUpClosed));
    house.switch(closed, AccessMode::Signup).await;
    let session = house.sign_in(closed, &browser(1), "a@x").await.unwrap().token.id();
    assert!(house.passes(closed, session));
    house.switch(closed, AccessMode::InviteOnly).await;
    assert!(!house.passes(closed, session), "registered, and not invited");
}

#[tokio::test]
async fn both_proofs_come_in_any_order_or_together() {
    let house = house().await;
    let app = house.app("both", AccessMode::SignupAndMasterPassword).await;
    let user = house.sign_up(app, &browser(1), "a@x").await.unwrap().token;
    assert!(!house.passes(app, user.id()));
    let both = house.desk.give_master_password(app, &with(&browser(1), &user), given(MASTER)).await.unwrap().token;
    assert!(house.passes(app, both.id()));

    let master = house.desk.give_master_password(app, &browser(2), given(MASTER)).await.unwrap().token;
    assert!(!house.passes(app, master.id()));
    let both = house.sign_in(app, &with(&browser(2), &master), "a@x").await.unwrap().token;
    assert!(house.passes(app, both.id()));

    let form = SignIn { master_password: Some(MASTER.into()), ..sign_in_form("a@x", PASSWORD) };
    let both = house.desk.sign_in(app, &browser(3), form).await.unwrap().token;
    assert!(house.passes(app, both.id()));
    let form = SignIn { master_password: Some("wrong sesame".into()), ..sign_in_form("a@x", PASSWORD) };
    assert_eq!(house.desk.sign_in(app, &browser(3), form).await.err(), Some(EnterError::WrongMasterPassword));
}

#[tokio::test]
async fn a_new_master_password_voids_the_old_proof() {
    let house = house().await;
    let app = house.app("master", AccessMode::MasterPassword).await;
    let wrong = house.desk.give_master_password(app, &browser(1), given("wrong sesame")).await;
    assert_eq!(wrong.err(), Some(EnterError::WrongMasterPassword));
    let old = house.desk.give_master_password(app, &browser(1), given(MASTER)).await.unwrap().token;
    assert!(house.passes(app, old.id()));
    let change = AppChange { master_password: Some("close sesame".into()), ..AppChange::default() };
    let changed = house.desk.change_app(app, change).await.unwrap();
    assert_eq!(changed.master_version(), Some(2));
    assert!(!house.passes(app, old.id()));
    let late = house.desk.give_master_password(app, &with(&browser(1), &old), given(MASTER)).await;
    assert_eq!(late.err(), Some(EnterError::WrongMasterPassword));
}

#[tokio::test]
async fn an_absolute_limit_cannot_be_stretched_with_the_master_password() {
    let house = house().await;
    let mut new = new_app("both", AccessMode::SignupAndMasterPassword);
    new.rest.absolute_limit = Some(Some(10 * DAY));
    let app = house.create(new).await.unwrap().id;
    let mut token = house.sign_up(app, &browser(1), "a@x").await.unwrap().token;
    for _ in 0..3 {
        house.pass_time(4 * DAY);
        let caller = with(&browser(1), &token);
        token = house.desk.give_master_password(app, &caller, given(MASTER)).await.unwrap().token;
    }
    assert!(!house.passes(app, token.id()));
}

#[tokio::test]
async fn the_suspended_and_the_outdated_stay_out() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let session = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let user = house.user("a@x").unwrap();
    house.put(Record::User(Box::new(User { epoch: user.epoch + 1, ..user.clone() }))).await;
    assert!(!house.passes(app, session), "an epoch ends all sessions");
    let renewed = house.sign_in(app, &browser(1), "a@x").await.unwrap().token.id();
    assert!(house.passes(app, renewed));
    house.put(Record::User(Box::new(User { suspended: true, ..user }))).await;
    assert_eq!(house.sign_in(app, &browser(1), "a@x").await.err(), Some(EnterError::WrongCredentials));
}

#[tokio::test]
async fn guessing_ends_and_the_owner_gets_in_all_the_same() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let owner = house.sign_up(app, &browser(1), "a@x").await.unwrap().token;
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(house.desk.sign_in(app, &browser(9), sign_in_form("a@x", "wrong horse")).await.err());
    }
    assert!(matches!(answers.last(), Some(Some(EnterError::TooMany { .. }))));
    assert!(house.sign_in(app, &with(&browser(1), &owner), "a@x").await.is_ok());
}

#[tokio::test]
async fn a_user_has_so_many_sessions_and_no_more() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let first = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    for _ in 0..100 {
        house.pass_time(std::time::Duration::from_secs(1));
        house.sign_in(app, &browser(1), "a@x").await.unwrap();
    }
    assert_eq!(house.desk.directory().sessions_of(app), 100);
    assert!(!house.passes(app, first), "the one unseen for longest made room");
}

#[tokio::test]
async fn the_throttle_counts_browsers_that_come_without_a_session() {
    let house = house().await;
    let app = house.app("master", AccessMode::MasterPassword).await;
    for _ in 0..1000 {
        drop(house.desk.throttle().newcomer(browser(1).ip).ok().unwrap());
    }
    let newcomer = house.desk.give_master_password(app, &browser(1), given(MASTER)).await;
    assert!(matches!(newcomer.err(), Some(EnterError::TooMany { .. })));
    let elsewhere = house.desk.give_master_password(app, &browser(2), given(MASTER)).await.unwrap().token;
    let moved = with(&browser(1), &elsewhere);
    assert!(house.desk.give_master_password(app, &moved, given(MASTER)).await.is_ok());
}
