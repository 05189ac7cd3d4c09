//! What is kept of a provider, and for how long.

use super::*;
use crate::federation::Flaw;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn deaf(world: &World) {
    world.provider.misbehave(Endpoint::Discovery, Bad::Status(500));
    world.provider.misbehave(Endpoint::Keys, Bad::Status(500));
}

#[tokio::test]
async fn nothing_is_asked_before_it_is_needed_and_then_once() {
    let world = World::new();
    assert_eq!(world.asked(Endpoint::Discovery), 0);
    for _ in 0..3 {
        world.sign_in().await.unwrap();
    }
    assert_eq!((world.asked(Endpoint::Discovery), world.asked(Endpoint::Keys)), (1, 1));
    assert_eq!(world.shelf.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_restart_needs_no_provider() {
    let mut world = World::new();
    world.sign_in().await.unwrap();
    deaf(&world);
    world.restart();
    world.sign_in().await.unwrap();
    assert_eq!((world.asked(Endpoint::Discovery), world.asked(Endpoint::Keys)), (1, 1));
}

#[tokio::test]
async fn after_a_day_it_is_asked_anew_and_what_was_known_bridges_a_failure() {
    let mut world = World::new();
    world.sign_in().await.unwrap();
    world.set_ahead(DAY + 1000);
    world.provider.tamper(|token| {
        for claim in ["iat", "exp"] {
            token.claims[claim] = json!(token.claims[claim].as_i64().unwrap() + DAY / 1000);
        }
    });
    world.sign_in().await.unwrap();
    assert_eq!((world.asked(Endpoint::Discovery), world.asked(Endpoint::Keys)), (2, 2));
    assert_eq!(world.shelf.0.lock().unwrap().len(), 3, "the document, then the keys");
    world.set_ahead(0);
    world.provider.behave();
    deaf(&world);
    world.restart();
    world.sign_in().await.unwrap();
    assert_eq!((world.asked(Endpoint::Discovery), world.asked(Endpoint::Keys)), (3, 3), "what is from the future");
}

#[tokio::test]
async fn a_shelf_that_holds_nonsense_is_an_empty_one() {
    let world = World::new();
    let nonsense = |issuer: &str, metadata: &str| Cached {
        issuer: issuer.to_owned(),
        metadata: metadata.to_owned(),
        keys: "null".to_owned(),
        fetched_at: world.federation.providers[0].clock.now(),
    };
    let issuer = world.provider.issuer();
    let other = json!({
        "issuer": "https://evil.example",
        "authorization_endpoint": "https://evil.example/a",
        "token_endpoint": "https://evil.example/t",
        "jwks_uri": "https://evil.example/k",
    });
    for cached in [nonsense(issuer, "{"), nonsense(issuer, &other.to_string())] {
        world.shelf.keep(cached);
        let world_again = federation(config(&world.provider, None), &world.ahead, &world.shelf, Pace::default());
        let started = world_again.begin(&id(), Hints::default()).await.unwrap();
        assert!(started.url.starts_with(issuer), "{}", started.url);
    }
}

#[tokio::test]
async fn a_new_key_is_asked_for_once_a_minute() {
    let world = World::new();
    world.sign_in().await.unwrap();
    world.provider.rotate_key(Algorithm::Es256);
    world.sign_in().await.unwrap();
    assert_eq!(world.asked(Endpoint::Keys), 2);
    world.provider.rotate_key(Algorithm::Es256);
    for _ in 0..3 {
        assert_eq!(world.sign_in().await, Err(FederationError::BadToken(Flaw::UnknownKey)));
    }
    assert_eq!(world.asked(Endpoint::Keys), 2);
}

#[tokio::test]
async fn a_new_key_is_found_as_soon_as_asking_is_allowed() {
    let world = World::paced(Pace { key_refresh: Duration::ZERO, ..Pace::default() });
    for _ in 0..3 {
        world.provider.rotate_key(Algorithm::EdDsa);
        world.sign_in().await.unwrap();
    }
}

#[tokio::test]
async fn a_crowd_with_a_new_key_asks_once_and_all_get_in() {
    let world = World::new();
    world.sign_in().await.unwrap();
    world.provider.rotate_key(Algorithm::Es256);
    world.provider.misbehave(Endpoint::Keys, Bad::Slow(Duration::from_millis(300)));
    let (a, b, c) = tokio::join!(world.sign_in(), world.sign_in(), world.sign_in());
    assert!(a.is_ok() && b.is_ok() && c.is_ok(), "{a:?} {b:?} {c:?}");
    assert_eq!(world.asked(Endpoint::Keys), 2);
}

#[tokio::test]
async fn a_provider_whose_document_hangs_still_takes_back_whom_it_has() {
    let world = World::new();
    let started = world.begin().await.unwrap();
    world.provider.misbehave(Endpoint::Discovery, Bad::Stall);
    world.status();
    tokio::task::yield_now().await;
    let back = world.provider.visit(&started.url);
    world.federation.finish(started.flow, callback(&back).1).await.unwrap();
}
