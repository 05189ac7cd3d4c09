use super::kit::*;
use crate::desk::{Caller, EnterError, Field, FieldError, FieldProblem, NewPassword};
use crate::domain::{
    AccessMode, AppId, Identity, InvitationState, Key, Language, Letter, Purpose, Record, TicketCode, Timestamp, User,
};

const NEW: &str = "an entirely new one";

/// Somebody who has just signed up.
async fn ada(house: &House, app: AppId) -> Caller {
    let token = house.sign_up(app, &browser(1), "ada@x").await.unwrap().token;
    with(&browser(1), &token)
}

async fn elsewhere(house: &House, app: AppId, device: u8) -> Caller {
    let token = house.sign_in(app, &browser(device), "ada@x").await.unwrap().token;
    with(&browser(device), &token)
}

fn new_password(end_others: bool) -> NewPassword {
    NewPassword { old: PASSWORD.into(), new: NEW.into(), end_others }
}

fn flaw(field: Field, problem: FieldProblem) -> Option<EnterError> {
    Some(EnterError::Fields(vec![FieldError { field, problem }]))
}

fn google() -> Identity {
    let linked_at = Timestamp::from_millis(0);
    Identity { issuer: "https://accounts.google.com".into(), subject: "1".into(), email: None, linked_at }
}

async fn link(house: &House, identity: &Identity) {
    let user = house.user("ada@x").unwrap();
    house.put(Record::NamesFederated(user.workspace, identity.id(), user.id)).await;
    house.put(Record::User(Box::new(User { identities: vec![identity.clone()], ..user }))).await;
}

#[tokio::test]
async fn the_account_shows_my_living_sessions_on_all_apps_this_one_first() {
    let house = house().await;
    let (app, other) = (house.app("hmi", AccessMode::Signup).await, house.app("scada", AccessMode::Signup).await);
    let here = ada(&house, app).await;
    house.pass_time(DAY);
    let there = elsewhere(&house, other, 2).await;
    house.sign_up(app, &browser(3), "bob@x").await.unwrap();
    let view = house.desk.account(&house.me(app, &here)).await.unwrap();
    let seen: Vec<_> = view.sessions.iter().map(|own| (own.app_title.as_str(), own.is_this)).collect();
    assert_eq!(seen, [("hmi", true), ("scada", false)]);
    assert_eq!(view.sessions[1].session.id, there.session.unwrap());
    assert!(view.has_password && !view.email_verified && view.can_unlink());
    house.switch(other, AccessMode::Public).await;
    assert!(house.desk.me(other, there.session).is_some(), "in every mode");
    assert_eq!(house.desk.me(other, here.session), None, "a session is of one app");
    assert_eq!(house.desk.me(app, None), None);
}

#[tokio::test]
async fn a_new_name_is_there_at_once_and_a_bad_one_is_not() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let here = ada(&house, app).await;
    let me = house.me(app, &here);
    house.desk.rename_me(&me, " Augusta ", "King").await.unwrap();
    assert_eq!(house.user("ada@x").unwrap().name(), "Augusta King");
    assert_eq!(house.desk.rename_me(&me, "a\0b", "").await.err(), flaw(Field::GivenName, FieldProblem::Invalid));
    house.desk.sign_out(app, here.session.unwrap()).await.unwrap();
    assert_eq!(house.desk.rename_me(&me, "Eve", "").await.err(), Some(EnterError::SignedOut));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_only_when_that_is_wanted() {
    for ends in [false, true] {
        let house = house().await;
        let (app, other) = (house.app("hmi", AccessMode::Signup).await, house.app("scada", AccessMode::Signup).await);
        let here = ada(&house, app).await;
        let there = elsewhere(&house, other, 2).await;
        let before = house.user("ada@x").unwrap();
        let reset = house.ticket(app, "ada@x", Purpose::Reset { mailed: true }).await;
        house.desk.change_my_password(&house.me(app, &here), &here, new_password(ends)).await.unwrap();
        assert!(house.passes(app, here.session.unwrap()), "this browser stays");
        assert_eq!(house.passes(other, there.session.unwrap()), !ends);
        assert_eq!(house.user("ada@x").unwrap().epoch, before.epoch + u32::from(ends));
        assert!(house.desk.me(app, here.session).is_some());
        assert_eq!(house.desk.open_reset(app, &reset).await.err(), Some(EnterError::LinkGone));
        assert!(house.sign_in(app, &browser(3), "ada@x").await.is_err());
        assert!(house.desk.sign_in(app, &browser(3), sign_in_form("ada@x", NEW)).await.is_ok());
    }
}

#[tokio::test]
async fn the_old_password_is_asked_for_and_cannot_be_guessed() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let here = ada(&house, app).await;
    let me = house.me(app, &here);
    let wrong = || NewPassword { old: "wrong horse".into(), ..new_password(true) };
    assert_eq!(house.desk.change_my_password(&me, &here, wrong()).await.err(), Some(EnterError::WrongCredentials));
    let weak = NewPassword { new: "password".into(), ..new_password(true) };
    let common = flaw(Field::NewPassword, FieldProblem::TooCommon);
    assert_eq!(house.desk.change_my_password(&me, &here, weak).await.err(), common);
    let mut last = None;
    for _ in 0..12 {
        last = house.desk.change_my_password(&me, &here, wrong()).await.err();
    }
    assert!(matches!(last, Some(EnterError::TooMany { .. })));
    assert!(house.passes(app, here.session.unwrap()));
}

#[tokio::test]
async fn who_has_no_password_sets_one_without_an_old_one() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let here = ada(&house, app).await;
    link(&house, &google()).await;
    house.put(Record::User(Box::new(User { password: None, ..house.user("ada@x").unwrap() }))).await;
    let me = house.me(app, &here);
    let form = NewPassword { old: String::new(), ..new_password(false) };
    let last = flaw(Field::Identity, FieldProblem::LastWayIn);
    assert_eq!(house.desk.unlink_identity(&me, &google().id()).await.err(), last);
    house.desk.change_my_password(&me, &here, form).await.unwrap();
    house.desk.unlink_identity(&me, &google().id()).await.unwrap();
    house.desk.unlink_identity(&me, &google().id()).await.unwrap();
    let user = house.user("ada@x").unwrap();
    assert!(user.identities.is_empty() && !house.is_there(&Key::Federated(user.workspace, google().id())));
}

#[tokio::test]
async fn one_session_ends_or_all_of_them_and_never_anothers() {
    let house = house().await;
    let (app, other) = (house.app("hmi", AccessMode::Signup).await, house.app("scada", AccessMode::Signup).await);
    let here = ada(&house, app).await;
    let (phone, tablet) = (elsewhere(&house, other, 2).await, elsewhere(&house, app, 3).await);
    let bob = house.sign_up(app, &browser(4), "bob@x").await.unwrap().token.id();
    let me = house.me(app, &here);
    house.desk.end_my_session(&me, phone.session.unwrap()).await.unwrap();
    house.desk.end_my_session(&me, phone.session.unwrap()).await.unwrap();
    house.desk.end_my_session(&me, bob).await.unwrap();
    assert!(!house.passes(other, phone.session.unwrap()));
    assert!(house.passes(app, tablet.session.unwrap()) && house.passes(app, bob));
    house.desk.sign_me_out_everywhere(&me).await.unwrap();
    assert!(!house.passes(app, here.session.unwrap()) && !house.passes(app, tablet.session.unwrap()));
    assert!(house.passes(app, bob));
    assert_eq!(house.desk.sign_me_out_everywhere(&me).await.err(), Some(EnterError::SignedOut));
    assert_eq!(house.desk.directory().session_count(), 1);
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_that_opens_anything() {
    let house = house().await;
    let (app, other) = (house.app("hmi", AccessMode::Signup).await, house.app("scada", AccessMode::Signup).await);
    let club = house.app("club", AccessMode::InviteOnly).await;
    let here = ada(&house, app).await;
    let there = elsewhere(&house, other, 2).await;
    link(&house, &google()).await;
    let user = house.user("ada@x").unwrap();
    let reset = house.ticket(app, "ada@x", Purpose::Reset { mailed: false }).await;
    let me = house.me(app, &here);
    let delete = |password: &str, sure| house.desk.delete_me(&me, &here, password.to_owned(), sure);
    assert_eq!(delete(PASSWORD, false).await.err(), flaw(Field::Confirm, FieldProblem::Unconfirmed));
    assert_eq!(delete("wrong horse", true).await.err(), Some(EnterError::WrongCredentials));
    assert!(house.passes(other, there.session.unwrap()));
    delete(PASSWORD, true).await.unwrap();
    assert!(!house.passes(app, here.session.unwrap()) && !house.passes(other, there.session.unwrap()));
    for key in [
        Key::User(user.id),
        Key::Username(user.workspace, user.username.clone()),
        Key::Registration(app, user.id),
        Key::Registration(other, user.id),
        Key::Federated(user.workspace, google().id()),
        Key::Ticket(reset.id()),
    ] {
        assert!(!house.is_there(&key), "{key:?}");
    }
    house.sign_up(app, &browser(1), "ada@x").await.unwrap();
    assert!(house.desk.me(app, here.session).is_none(), "the same name is somebody else");
    assert!(house.desk.directory().sessions_of(club) == 0);
}

async fn confirmed(house: &House, app: AppId, to: &str) -> Result<(), EnterError> {
    let code: TicketCode = house.ticket(app, "ada@x", Purpose::Address { email: to.parse().unwrap() }).await;
    house.desk.confirm_address(app, &code).await.map(|_| ())
}

#[tokio::test]
async fn a_new_address_is_written_to_unless_somebody_has_it_and_the_answer_is_the_same() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    house.desk.set_mailer(Some(mailer()));
    let behind = tokio::spawn(house.desk.clone().answer_asks());
    let here = ada(&house, app).await;
    house.sign_up(app, &browser(2), "bob@x").await.unwrap();
    let me = house.me(app, &here);
    let ask = |email: &'static str, password: &'static str| {
        house.desk.ask_for_address(&me, &here, email, password.to_owned(), Language::De)
    };
    assert_eq!(ask("new@x", "wrong horse").await.err(), Some(EnterError::WrongCredentials));
    assert_eq!(ask("4711", PASSWORD).await.err(), flaw(Field::Email, FieldProblem::Invalid));
    assert_eq!(ask("bob@x", PASSWORD).await, Ok(()));
    assert_eq!(ask("new@x", PASSWORD).await, Ok(()));
    while house.mails().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let mails = house.mails();
    let letter = Letter::Address { app, user: house.user("ada@x").unwrap().id };
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].to.as_str(), mails[0].letter, mails[0].language), ("new@x", letter, Some(Language::De)));
    assert!(house.user("ada@x").is_some(), "nothing changes until the link is opened");
    behind.abort();
}

#[tokio::test]
async fn a_confirmed_address_takes_the_old_ones_place_and_its_links_with_it() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let club = house.app("club", AccessMode::InviteOnly).await;
    house.desk.set_mailer(Some(mailer()));
    let invite = house.invite(club, "ada@x").await;
    let here = ada(&house, app).await;
    let reset = house.ticket(app, "ada@x", Purpose::Reset { mailed: true }).await;
    confirmed(&house, app, "new@x").await.unwrap();
    assert!(house.user("ada@x").is_none());
    let user = house.user("new@x").unwrap();
    assert!(user.email_verified && house.passes(app, here.session.unwrap()), "sessions stay");
    assert_eq!(house.desk.open_reset(app, &reset).await.err(), Some(EnterError::LinkGone));
    assert_eq!(house.desk.open_invite(club, &invite).await.err(), Some(EnterError::InviteGone));
    let Some((Record::NamesInvitation(_, _, id), _)) =
        house.store_get(&Key::InvitationFor(club, "new@x".parse().unwrap()))
    else {
        unreachable!("the invitation is theirs")
    };
    let Some((Record::Invitation(invitation), _)) = house.store_get(&Key::Invitation(club, id)) else { unreachable!() };
    assert_eq!((invitation.state, invitation.codes().count()), (InvitationState::Pending, 0));
    let letters: Vec<_> = house.mails().into_iter().map(|mail| (mail.to.to_string(), mail.letter)).collect();
    assert_eq!(letters, [("new@x".to_owned(), Letter::Invite { app: club, invitation: id })]);
    assert!(house.sign_in(app, &browser(2), "new@x").await.is_ok());
}

#[tokio::test]
async fn an_address_that_somebody_else_took_meanwhile_is_theirs() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    ada(&house, app).await;
    house.sign_up(app, &browser(2), "bob@x").await.unwrap();
    assert_eq!(confirmed(&house, app, "bob@x").await.err(), Some(EnterError::LinkGone));
    assert_eq!(confirmed(&house, app, "ada@x").await, Ok(()), "one's own is merely proven");
    assert!(house.user("ada@x").unwrap().email_verified);
    let reset = house.ticket(app, "ada@x", Purpose::Reset { mailed: true }).await;
    assert_eq!(house.desk.open_address(app, &reset).await.err(), Some(EnterError::LinkGone));
}
