//! Codes are for one use, one browser and one app, and what changes on the way counts (T16, T24).

use std::sync::Arc;
use std::time::Duration;

use super::federated::*;
use super::kit::*;
use crate::desk::{AppChange, Claim, EnterError, Errand, FederatedError};
use crate::domain::{AccessMode, AppId, HandOverCode, Key, Proposal, Record, User};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_browsers_with_one_code_one_is_in() {
    let house = Arc::new(house_with_provider().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    let code = Arc::new(house.code(app, &browser(1), Errand::SignIn, identity("1", ANNA)).unwrap());
    let all: Vec<_> = (0..50)
        .map(|_| {
            let (house, code) = (house.clone(), code.clone());
            tokio::spawn(async move { house.hand_in(app, &browser(1), &code).await.is_ok() })
        })
        .collect();
    let mut won = 0;
    for one in all {
        won += usize::from(one.await.unwrap());
    }
    assert_eq!((won, house.desk.directory().session_count()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_tabs_of_one_newcomer_are_all_in_and_one_person() {
    let house = Arc::new(house_with_provider().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    let tabs: Vec<_> = (0..10)
        .map(|_| {
            let house = house.clone();
            tokio::spawn(async move { house.knock(app, Errand::SignIn, identity("1", ANNA)).await })
        })
        .collect();
    for tab in tabs {
        let session = entered(tab.await.unwrap()).token.id();
        assert!(house.passes(app, session));
    }
    assert_eq!(house.desk.directory().person_count(), 1);
}

#[tokio::test]
async fn a_code_is_for_its_browser_its_app_its_provider_and_two_minutes() {
    let house = house_with_provider().await;
    let (app, other) = (house.app("hmi", AccessMode::Signup).await, house.app("two", AccessMode::Signup).await);
    configure(&house, &["works", "second"]);
    let second = "second".parse().unwrap();
    let code = || house.code(app, &browser(1), Errand::SignIn, identity("1", ANNA)).unwrap();
    let held = code();
    let good = Claim { app, provider: &works(), code: &held, key: Some(key(1)) };
    let random = HandOverCode::random();
    for (why, claim) in [
        ("another app", Claim { app: other, ..good }),
        ("another browser", Claim { key: Some(key(2)), ..good }),
        ("no binding", Claim { key: None, ..good }),
        ("another provider", Claim { provider: &second, ..good }),
        ("another code", Claim { code: &random, ..good }),
    ] {
        let away = house.desk.arrive(&browser(1), &claim).await.unwrap_err();
        assert_eq!(away.error, FederatedError::Lost, "{why}");
    }
    assert!(house.desk.arrive(&browser(1), &good).await.is_ok(), "others do not use it up");
    assert_eq!(house.desk.arrive(&browser(1), &good).await.unwrap_err().error, FederatedError::Lost);
    let late = code();
    house.pass_time(Duration::from_secs(120));
    assert_eq!(house.hand_in(app, &browser(1), &late).await.unwrap_err(), FederatedError::Lost);
}

async fn half_done(house: &House, app: AppId) -> HandOverCode {
    entered(house.knock(app, Errand::SignIn, identity("1", ANNA)).await);
    house.code(app, &browser(1), Errand::SignIn, identity("1", ANNA)).unwrap()
}

#[tokio::test]
async fn t24_a_half_done_sign_in_ends_with_what_it_depends_on() {
    let house = house_with_provider().await;
    let app = house.app("a", AccessMode::Signup).await;
    let code = half_done(&house, app).await;
    house.change(app, AppChange { providers: Some(Some(Vec::new())), ..AppChange::default() }).await;
    let refused = house.hand_in(app, &browser(1), &code).await.unwrap_err();
    assert_eq!(refused, FederatedError::NotOffered, "the app no longer offers it");

    let app = house.app("b", AccessMode::Signup).await;
    let code = half_done(&house, app).await;
    configure(&house, &["second"]);
    assert_eq!(house.hand_in(app, &browser(1), &code).await.unwrap_err(), FederatedError::NotOffered);
    configure(&house, &["works"]);

    let app = house.app("c", AccessMode::Signup).await;
    let code = half_done(&house, app).await;
    house.switch(app, AccessMode::InviteOnly).await;
    let refused = house.hand_in(app, &browser(1), &code).await.unwrap_err();
    assert_eq!(refused, FederatedError::Enter(EnterError::NotInvited));

    let code = half_done_again(&house, app).await;
    house.change(app, AppChange { running: Some(false), ..AppChange::default() }).await;
    let refused = house.hand_in(app, &browser(1), &code).await.unwrap_err();
    assert_eq!(refused, FederatedError::Enter(EnterError::Unavailable));
}

async fn half_done_again(house: &House, app: AppId) -> HandOverCode {
    house.switch(app, AccessMode::Signup).await;
    half_done(house, app).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t24_no_session_outlives_its_person_or_their_suspension() {
    let house = Arc::new(house_with_provider().await);
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    for round in 0..10_u64 {
        let (email, subject) = (format!("u{round}@x"), round.to_string());
        let invite = house.invite(app, &email).await;
        entered(house.knock(app, Errand::Accept(invite), identity(&subject, &email)).await);
        let user = house.user(&email).unwrap();
        let knocks: Vec<_> = (0..4)
            .map(|_| {
                let (house, who) = (house.clone(), identity(&subject, &email));
                tokio::spawn(async move { house.knock(app, Errand::SignIn, who).await })
            })
            .collect();
        tokio::task::yield_now().await;
        if round % 2 == 0 {
            house.deregister(app, user.id).await;
        } else {
            let suspended = User { suspended: true, epoch: user.epoch + 1, ..user.clone() };
            house.put(Record::User(Box::new(suspended))).await;
        }
        for knock in knocks {
            if let Ok(crate::desk::Arrived::In { signed_in, .. }) = knock.await.unwrap() {
                assert!(!house.passes(app, signed_in.token.id()), "round {round}");
            }
        }
        assert!(house.knock(app, Errand::SignIn, identity(&subject, &email)).await.is_err(), "round {round}");
    }
}

#[tokio::test]
async fn t16_an_address_that_is_made_again_is_another_person() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let code = half_done(&house, app).await;
    let old = house.user(ANNA).unwrap();
    house.deregister(app, old.id).await;
    assert!(house.store_has(&Key::Federated(house.workspace, old.identities[0].id())).await.is_none());
    let session = entered(house.hand_in(app, &browser(1), &code).await).token.id();
    assert!(house.passes(app, session));
    assert_ne!(house.user(ANNA).unwrap().id, old.id);
}

impl House {
    async fn store_has(&self, key: &Key) -> Option<Record> {
        use crate::store::Archive;
        self.ledger.propose(Proposal::new()).await.unwrap();
        self.store.get(key).unwrap().map(|(record, _)| record)
    }
}
