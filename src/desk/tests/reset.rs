use std::sync::Arc;
use std::time::Duration;

use super::kit::*;
use crate::desk::{EnterError, Field, FieldError, FieldProblem, Reset};
use crate::domain::{AccessMode, Identity, Language, Letter, Purpose, Record, Timestamp, User};

const NEW: &str = "an entirely new one";

#[tokio::test]
async fn a_link_sets_the_password_ends_the_sessions_and_signs_in() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let old = house.sign_up(app, &browser(1), "ada@x").await.unwrap().token.id();
    let code = house.ticket(app, "ada@x", Purpose::Reset { mailed: true }).await;
    assert_eq!(house.desk.open_reset(app, &code).await.unwrap().username.as_str(), "ada@x");
    let weak = house.desk.reset(app, &browser(2), &code, "short".into()).await;
    let problem = FieldProblem::TooShort { least: 8 };
    assert_eq!(weak.err(), Some(EnterError::Fields(vec![FieldError { field: Field::Password, problem }])));
    let Ok(Reset::SignedIn(new)) = house.desk.reset(app, &browser(2), &code, NEW.into()).await else { unreachable!() };
    assert!(house.passes(app, new.token.id()) && !house.passes(app, old));
    assert!(house.user("ada@x").unwrap().email_verified);
    assert_eq!(house.desk.reset(app, &browser(2), &code, NEW.into()).await.err(), Some(EnterError::LinkGone));
    assert!(house.desk.sign_in(app, &browser(3), sign_in_form("ada@x", NEW)).await.is_ok());
    assert_eq!(house.desk.directory().sessions_of(app), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_uses_of_one_link_one_succeeds() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "ada@x").await.unwrap();
    let code = Arc::new(house.ticket(app, "ada@x", Purpose::Reset { mailed: false }).await);
    let uses: Vec<_> = (0..50)
        .map(|n| {
            let (house, code) = (house.clone(), code.clone());
            tokio::spawn(async move { house.desk.reset(app, &browser(n), &code, format!("{NEW} {n}")).await })
        })
        .collect();
    let mut won = 0;
    for one in uses {
        match one.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert_eq!(error, EnterError::LinkGone),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(house.desk.directory().session_count(), 1);
    assert!(!house.user("ada@x").unwrap().email_verified, "an administrator's link proves no mailbox");
}

#[tokio::test]
async fn a_link_is_void_elsewhere_later_and_for_the_suspended() {
    let house = house().await;
    let (app, other) = (house.app("hmi", AccessMode::Signup).await, house.app("scada", AccessMode::Signup).await);
    house.sign_up(app, &browser(1), "ada@x").await.unwrap();
    let reset = Purpose::Reset { mailed: false };
    let code = house.ticket(app, "ada@x", reset.clone()).await;
    assert_eq!(house.desk.open_reset(other, &code).await.err(), Some(EnterError::LinkGone));
    house.pass_time(DAY);
    assert_eq!(house.desk.open_reset(app, &code).await.err(), Some(EnterError::LinkGone));
    let code = house.ticket(app, "ada@x", reset).await;
    house.put(Record::User(Box::new(User { suspended: true, ..house.user("ada@x").unwrap() }))).await;
    assert_eq!(house.desk.reset(app, &browser(2), &code, NEW.into()).await.err(), Some(EnterError::LinkGone));
}

#[tokio::test]
async fn where_the_mode_keeps_somebody_out_the_password_is_new_all_the_same() {
    let house = house().await;
    let (app, open) = (house.app("hmi", AccessMode::Signup).await, house.app("scada", AccessMode::Signup).await);
    house.sign_up(app, &browser(1), "ada@x").await.unwrap();
    house.sign_in(open, &browser(1), "ada@x").await.unwrap();
    let code = house.ticket(app, "ada@x", Purpose::Reset { mailed: true }).await;
    house.switch(app, AccessMode::InviteOnly).await;
    let Ok(Reset::Outside(doors)) = house.desk.reset(app, &browser(2), &code, NEW.into()).await else { unreachable!() };
    let titles: Vec<_> = doors.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(titles, ["hmi", "scada"]);
    assert!(house.desk.sign_in(open, &browser(3), sign_in_form("ada@x", NEW)).await.is_ok());
}

#[tokio::test]
async fn what_was_linked_before_the_owner_came_does_not_survive_their_arrival() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let squatters = Identity {
        issuer: "https://idp.example".into(),
        subject: "evil".into(),
        email: None,
        linked_at: Timestamp::from_millis(0),
    };
    for (email, proven) in [("ada@x", false), ("bob@x", true)] {
        house.sign_up(app, &browser(1), email).await.unwrap();
        let user = house.user(email).unwrap();
        let linked = User { identities: vec![squatters.clone()], email_verified: proven, ..user };
        house.put(Record::User(Box::new(linked))).await;
        let code = house.ticket(app, email, Purpose::Reset { mailed: true }).await;
        house.desk.reset(app, &browser(2), &code, NEW.into()).await.unwrap();
        assert_eq!(house.user(email).unwrap().identities.is_empty(), !proven, "{email}");
    }
}

#[tokio::test]
async fn a_mail_goes_to_who_may_come_back_and_a_few_times_only() {
    let house = house().await;
    let (app, club) = (house.app("hmi", AccessMode::Signup).await, house.app("club", AccessMode::InviteOnly).await);
    house.desk.set_mailer(Some(mailer()));
    let behind = tokio::spawn(house.desk.clone().answer_asks());
    house.sign_up(app, &browser(1), "ada@x").await.unwrap();
    house.sign_up(app, &browser(1), "bob@x").await.unwrap();
    let ask = |app, name: &str| house.desk.ask_reset(app, browser(9).ip, name, Language::En);
    for name in ["eve@x", "4711", "ADA@X", "ada@x", "ada@x", "ada@x", "ada@x"] {
        assert_eq!(ask(app, name), Ok(()), "{name}");
    }
    assert_eq!(ask(club, "bob@x"), Ok(()), "neither registered nor free to register there");
    assert!(matches!(ask(app, " "), Err(EnterError::Fields(_))));
    while house.mails().len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let user = house.user("ada@x").unwrap().id;
    let letters: Vec<_> = house.mails().into_iter().map(|mail| mail.letter).collect();
    assert_eq!(letters, [Letter::Reset { app, user }; 3]);
    let asked = (0..100).map(|n| ask(app, &format!("p{n}@x"))).find(Result::is_err);
    assert!(matches!(asked, Some(Err(EnterError::TooMany { .. }))));
    behind.abort();
}
