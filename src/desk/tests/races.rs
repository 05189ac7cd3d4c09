use std::sync::Arc;

use super::kit::*;
use crate::desk::{AdminError, EnterError};
use crate::domain::{AccessMode, Record, User};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_accepts_of_one_invite_one_succeeds() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let code = Arc::new(house.invite(app, "ina@x").await);
    let guests: Vec<_> = (0..50)
        .map(|n| {
            let (house, code) = (house.clone(), code.clone());
            tokio::spawn(async move { house.desk.accept_invite(app, &browser(n), &code, accept_form(PASSWORD)).await })
        })
        .collect();
    let mut won = 0;
    for guest in guests {
        match guest.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert_eq!(error, EnterError::InviteGone),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(house.desk.directory().person_count(), 1);
    assert_eq!(house.desk.directory().session_count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_sign_ups_with_one_address_make_one_user_and_all_are_in() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    let tabs: Vec<_> = (0..10)
        .map(|_| {
            let house = house.clone();
            tokio::spawn(async move { house.sign_up(app, &browser(1), "a@x").await })
        })
        .collect();
    for tab in tabs {
        let token = tab.await.unwrap().unwrap().token;
        assert!(house.passes(app, token.id()));
    }
    assert_eq!(house.desk.directory().person_count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_never_outlives_the_deletion_of_its_user() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    for round in 0..10 {
        let email = format!("u{round}@x");
        let code = house.invite(app, &email).await;
        house.desk.accept_invite(app, &browser(1), &code, accept_form(PASSWORD)).await.unwrap();
        let user = house.user(&email).unwrap().id;
        let tasks: Vec<_> = (0..4)
            .map(|n| {
                let (house, email) = (house.clone(), email.clone());
                tokio::spawn(async move { house.sign_in(app, &browser(n), &email).await })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(7 * round)).await;
        house.deregister(app, user).await;
        for task in tasks {
            if let Ok(signed_in) = task.await.unwrap() {
                assert!(!house.passes(app, signed_in.token.id()), "round {round}");
            }
        }
        assert_eq!(house.desk.directory().session_count(), 0, "round {round}");
        assert!(house.user(&email).is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_registers_elsewhere_during_a_deregistration_is_not_lost() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    for round in 0..10_u64 {
        let email = format!("u{round}@x");
        house.sign_up(app, &browser(1), &email).await.unwrap();
        let user = house.user(&email).unwrap().id;
        let elsewhere = {
            let (house, email) = (house.clone(), email.clone());
            tokio::spawn(async move { house.sign_in(other, &browser(1), &email).await })
        };
        tokio::time::sleep(std::time::Duration::from_millis(5 * round)).await;
        house.deregister(app, user).await;
        match elsewhere.await.unwrap() {
            Ok(signed_in) => assert!(house.passes(other, signed_in.token.id()), "round {round}"),
            Err(error) => assert_eq!(error, EnterError::WrongCredentials),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_that_began_before_an_epoch_ended_proves_nothing_after() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "a@x").await.unwrap();
    for round in 1..10 {
        let late = {
            let house = house.clone();
            tokio::spawn(async move { house.sign_in(app, &browser(1), "a@x").await })
        };
        tokio::time::sleep(std::time::Duration::from_millis(6 * round)).await;
        let user = house.user("a@x").unwrap();
        let epoch = user.epoch + 1;
        house.put(Record::User(Box::new(User { epoch, ..user }))).await;
        // Before or after, never with the old epoch in force.
        if let Ok(signed_in) = late.await.unwrap() {
            let live = house.desk.directory().session(&signed_in.token.id());
            let proof = live.and_then(|live| live.user).unwrap();
            assert_eq!(house.passes(app, signed_in.token.id()), proof.epoch == epoch);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_apps_with_one_address_one_is_made() {
    let house = Arc::new(house().await);
    let made: Vec<_> = (0..8)
        .map(|n| {
            let house = house.clone();
            tokio::spawn(async move {
                let mut new = new_app(&format!("app-{n}"), AccessMode::Public);
                new.url = "http://same.test".parse().unwrap();
                house.create(new).await
            })
        })
        .collect();
    let mut won = 0;
    for one in made {
        match one.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert!(matches!(error, AdminError::Conflict(_))),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_ins_during_the_deletion_of_their_app_leave_nothing_behind() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "a@x").await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let house = house.clone();
            tokio::spawn(async move { house.sign_up(app, &browser(n), &format!("n{n}@x")).await })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    house.desk.delete_app(app).await.unwrap();
    for task in tasks {
        let _ = task.await.unwrap();
    }
    assert_eq!(house.desk.directory().session_count(), 0);
    assert_eq!(house.desk.directory().person_count(), 0);
}
