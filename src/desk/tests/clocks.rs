//! Clocks that are wrong (T25): nobody is signed out for good, and nothing that is over comes back.

use std::time::Duration;

use super::kit::*;
use crate::desk::EnterError;
use crate::domain::{AccessMode, AppId, SessionId, Timestamp};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
/// What a board without a battery says until somebody tells it the time.
const NEVER_SET: Timestamp = Timestamp::from_millis(0);

/// As the data plane notes a use.
fn seen(house: &House, session: SessionId, every: Duration) -> bool {
    let directory = house.desk.directory();
    let live = directory.session(&session).unwrap();
    directory.touch(&session, &live, house.desk.clock().now(), every)
}

async fn limited(house: &House, access: AccessMode, idle: Duration) -> AppId {
    let mut new = new_app("hmi", access);
    new.rest.idle_limit = Some(Some(idle));
    new.rest.absolute_limit = Some(Some(90 * DAY));
    house.create(new).await.unwrap().id
}

#[tokio::test]
async fn a_clock_that_was_never_set_locks_nobody_out() {
    let house = house().await;
    let app = limited(&house, AccessMode::Signup, 30 * DAY).await;
    let right = house.desk.clock().now();
    house.pass_time(2 * MINUTE);
    let before = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    house.set_clock(NEVER_SET);
    assert!(house.passes(app, before));
    assert!(!seen(&house, before, MINUTE), "or it would look unseen since 1970");
    let meanwhile = house.sign_in(app, &browser(2), "a@x").await.unwrap().token.id();
    assert!(house.passes(app, meanwhile));
    assert_eq!(house.desk.sweep().await, Ok(0));
    house.set_clock(right);
    house.pass_time(29 * DAY);
    assert!(house.passes(app, before));
}

#[tokio::test]
async fn a_clock_a_day_ahead_ends_nothing_for_good() {
    let house = house().await;
    let app = limited(&house, AccessMode::InviteOnly, 12 * HOUR).await;
    let right = house.desk.clock().now();
    let code = house.invite(app, "a@x").await;
    let session = house.desk.accept_invite(app, &browser(1), &code, accept_form(PASSWORD)).await.unwrap().token.id();
    let open = house.invite(app, "b@x").await;
    house.pass_time(DAY);
    assert!(!house.passes(app, session), "the limit counts by what the clock says");
    assert_eq!(house.desk.sweep().await, Ok(0));
    assert!(house.desk.open_invite(app, &open).await.is_ok());
    house.set_clock(right);
    assert!(house.passes(app, session));
}

#[tokio::test]
async fn a_clock_that_steps_back_revives_nothing() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let used = house.invite(app, "a@x").await;
    let session = house.desk.accept_invite(app, &browser(1), &used, accept_form(PASSWORD)).await.unwrap().token.id();
    let replaced = house.invite(app, "b@x").await;
    house.invite(app, "b@x").await;
    house.desk.end_session(app, session).await.unwrap();
    for back in [HOUR, DAY, 400 * DAY] {
        house.set_clock(Timestamp::from_millis(house.desk.clock().now().as_millis() - back.as_millis() as i64));
        assert!(!house.passes(app, session));
        for code in [&used, &replaced] {
            let again = house.desk.accept_invite(app, &browser(2), code, accept_form(PASSWORD)).await;
            assert_eq!(again.err(), Some(EnterError::InviteGone));
        }
    }
}

#[tokio::test]
async fn an_invite_that_is_made_before_the_clock_is_set_is_single_use_as_well() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    house.set_clock(NEVER_SET);
    let code = house.invite(app, "a@x").await;
    assert!(house.desk.accept_invite(app, &browser(1), &code, accept_form(PASSWORD)).await.is_ok());
    let again = house.desk.accept_invite(app, &browser(2), &code, accept_form(PASSWORD)).await;
    assert_eq!(again.err(), Some(EnterError::InviteGone));
}

#[tokio::test]
async fn a_use_is_news_once_a_minute_and_never_with_every_request() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let session = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let mut news = 0;
    for _ in 0..600 {
        house.pass_time(Duration::from_secs(1));
        news += u32::from(seen(&house, session, MINUTE));
    }
    assert_eq!(news, 10, "in ten minutes");
}

#[tokio::test]
async fn a_clock_that_was_ahead_leaves_no_use_in_the_future() {
    let house = house().await;
    let app = limited(&house, AccessMode::Signup, DAY).await;
    let session = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let right = house.desk.clock().now();
    house.pass_time(12 * HOUR);
    assert!(seen(&house, session, MINUTE));
    house.set_clock(right);
    house.pass_time(HOUR);
    assert!(seen(&house, session, MINUTE));
    house.pass_time(DAY + MINUTE);
    assert!(!house.passes(app, session));
}
