//! The first owner, and one who is locked out.

use crate::desk::{EnterError, SetUp, SetUpOffer};
use crate::domain::{AppId, TicketCode, Timestamp};

use super::kit::*;

fn form(email: &str, password: &str) -> SetUp {
    SetUp { given_name: "Olga".into(), family_name: "Owner".into(), email: email.into(), password: password.into() }
}

fn code(house: &House) -> TicketCode {
    let link = house.desk.set_up_link().unwrap();
    assert!(link.starts_with("http://console.test/.millgate/set-up/"), "{link}");
    TicketCode::parse(link.rsplit('/').next().unwrap().as_bytes()).unwrap()
}

#[tokio::test]
async fn the_link_makes_one_owner_and_is_used_up() {
    let house = house_with_console().await;
    let code = code(&house);
    assert!(!house.desk.set_up_view(&code).unwrap().has_owner);
    let short = house.desk.set_up(&code, &browser(1), form("olga@plant.example", "short")).await;
    assert!(matches!(short, Err(EnterError::Fields(_))));
    let made = house.desk.set_up(&code, &browser(1), form("Olga@plant.example", PASSWORD)).await.unwrap();
    assert!(house.passes(AppId::CONSOLE, made.token.id()));
    assert!(house.desk.has_owner());
    let again = house.desk.set_up(&code, &browser(2), form("eve@plant.example", PASSWORD)).await;
    assert_eq!(again.unwrap_err(), EnterError::LinkGone);
    assert!(house.sign_in(AppId::CONSOLE, &browser(2), "olga@plant.example").await.is_ok());
}

#[tokio::test]
async fn a_new_link_and_an_hour_void_the_old_one() {
    let house = house_with_console().await;
    let first = code(&house);
    let second = code(&house);
    assert_eq!(house.desk.set_up_view(&first), Err(EnterError::LinkGone));
    house.pass_time(std::time::Duration::from_secs(60 * 60));
    assert_eq!(house.desk.set_up_view(&second), Err(EnterError::LinkGone));
}

#[tokio::test]
async fn a_link_outlives_that_the_clock_is_set() {
    let house = house_with_console().await;
    house.set_clock(Timestamp::from_millis(0));
    let link = code(&house);
    house.set_clock(Timestamp::CLOCK_IS_SET_AFTER);
    assert!(house.desk.set_up_view(&link).is_ok());

    // Made while no gateway ran.
    let now = house.desk.clock.now();
    let offer = |expires_at| {
        let code = TicketCode::random();
        house.desk.take_set_up(&SetUpOffer { code: code.id(), expires_at });
        house.desk.set_up_view(&code)
    };
    assert!(offer(now.plus(std::time::Duration::from_secs(60))).is_ok());
    assert_eq!(offer(now), Err(EnterError::LinkGone));
}

#[tokio::test]
async fn of_many_at_once_one_becomes_owner() {
    let house = house_with_console().await;
    let code = code(&house);
    let (desk, one, two) = (&house.desk, browser(1), browser(2));
    let both = tokio::join!(
        desk.set_up(&code, &one, form("a@plant.example", PASSWORD)),
        desk.set_up(&code, &two, form("b@plant.example", PASSWORD)),
    );
    assert!(both.0.is_ok() != both.1.is_ok());
    assert_eq!(house.desk.directory().snapshot().staff.owners().count(), 1);
}

#[tokio::test]
async fn an_owner_who_is_locked_out_gets_a_new_password_and_the_old_sessions_end() {
    let house = house_with_console().await;
    let old = house.desk.set_up(&code(&house), &browser(1), form("olga@plant.example", PASSWORD)).await.unwrap();
    let link = code(&house);
    assert!(house.desk.set_up_view(&link).unwrap().has_owner);
    let new = form("olga@plant.example", "another good one");
    let fresh = house.desk.set_up(&link, &browser(2), new).await.unwrap();
    assert!(!house.passes(AppId::CONSOLE, old.token.id()));
    assert!(house.passes(AppId::CONSOLE, fresh.token.id()));
    assert!(house.sign_in(AppId::CONSOLE, &browser(3), "olga@plant.example").await.is_err());
    assert_eq!(house.desk.directory().snapshot().staff.owners().count(), 1);
}
