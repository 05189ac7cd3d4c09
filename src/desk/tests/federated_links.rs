//! Identities that people link to the account that they are signed in to.

use super::federated::*;
use super::kit::*;
use crate::desk::{Arrived, Caller, Claim, Errand, FederatedError};
use crate::domain::{AccessMode, AppId};

const SURE: Errand = Errand::Link { is_sure: true };

async fn bob(house: &House, app: AppId) -> Caller {
    house.proven(app, "bob@plant.example").await;
    let signed_in = house.sign_in(app, &browser(1), "bob@plant.example").await.unwrap();
    with(&browser(1), &signed_in.token)
}

#[tokio::test]
async fn a_linked_identity_signs_in_as_its_person() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let bob = bob(&house, app).await;
    for _ in 0..2 {
        let code = house.code(app, &bob, SURE, unverified("b", "private@x.example")).unwrap();
        assert!(matches!(house.hand_in(app, &bob, &code).await, Ok(Arrived::Linked)));
    }
    assert!(house.passes(app, bob.session.unwrap()), "stays signed in");
    assert_eq!(house.user("bob@plant.example").unwrap().identities.len(), 1);
    entered(house.knock(app, Errand::SignIn, identity("b", "none")).await);
    assert_eq!(house.desk.directory().person_count(), 1);
}

#[tokio::test]
async fn nobody_links_for_somebody_else() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    entered(house.knock(app, Errand::SignIn, identity("a", ANNA)).await);
    let bob = bob(&house, app).await;
    let refused = house.code(app, &browser(2), SURE, identity("b", "none")).unwrap_err();
    assert_eq!(refused, FederatedError::SignedOut, "a stranger");
    let theirs = house.code(app, &bob, SURE, identity("a", "none")).unwrap();
    assert_eq!(house.hand_in(app, &bob, &theirs).await.unwrap_err(), FederatedError::Elsewhere);
    let code = house.code(app, &bob, SURE, identity("b", "none")).unwrap();
    house.desk.sign_out(app, bob.session.unwrap()).await.unwrap();
    assert_eq!(house.hand_in(app, &bob, &code).await.unwrap_err(), FederatedError::SignedOut);
    assert!(house.user("bob@plant.example").unwrap().identities.is_empty());
}

#[tokio::test]
async fn whoever_was_sent_by_another_site_is_asked_first() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let bob = bob(&house, app).await;
    let code = house.code(app, &bob, Errand::Link { is_sure: false }, identity("b", "none")).unwrap();
    let code = asked(house.hand_in(app, &bob, &code).await);
    let claim = Claim { app, provider: &works(), code: &code, key: Some(key(1)) };
    assert!(!house.desk.question(&claim).unwrap().wants_password);
    assert!(house.user("bob@plant.example").unwrap().identities.is_empty());
    assert!(matches!(house.desk.answer(&bob, &claim, "").await, Ok(Arrived::Linked)));
    assert_eq!(house.user("bob@plant.example").unwrap().identities.len(), 1);
}

/// The session may be a trap: somebody signed up with the address of the person whom they let sit before it.
#[tokio::test]
async fn t17_the_owner_of_an_unproven_address_is_asked_for_the_password_that_only_its_setter_knows() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let trap = house.sign_up(app, &browser(1), ANNA).await.unwrap();
    let there = with(&browser(1), &trap.token);
    let code = asked({
        let code = house.code(app, &there, SURE, identity("a", ANNA)).unwrap();
        house.hand_in(app, &there, &code).await
    });
    let claim = Claim { app, provider: &works(), code: &code, key: Some(key(1)) };
    assert!(house.desk.question(&claim).unwrap().wants_password);
    assert!(house.user(ANNA).unwrap().identities.is_empty());
    assert!(matches!(house.desk.answer(&there, &claim, PASSWORD).await, Ok(Arrived::Linked)));
    assert!(house.user(ANNA).unwrap().email_verified);
}
