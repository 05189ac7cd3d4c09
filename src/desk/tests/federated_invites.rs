//! Invites accepted by a provider (T16).

use super::federated::*;
use super::kit::*;
use crate::desk::{EnterError, Errand, FederatedError};
use crate::domain::AccessMode;

#[tokio::test]
async fn an_invite_is_for_the_address_that_it_names() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let invite = house.invite(app, ANNA).await;
    let again = || crate::domain::InviteCode::from_bytes(*invite.as_bytes());
    for wrong in [identity("9", "eve@evil.example"), unverified("9", ANNA), identity("9", "none")] {
        let refused = house.knock(app, Errand::Accept(again()), wrong).await.unwrap_err();
        assert_eq!(refused, FederatedError::OtherAddress);
    }
    assert!(house.user(ANNA).is_none());
    let session = entered(house.knock(app, Errand::Accept(again()), identity("1", ANNA)).await).token.id();
    assert!(house.passes(app, session));
    let user = house.user(ANNA).unwrap();
    assert_eq!((user.given_name.as_str(), user.family_name.as_str()), ("Ina", "Vited"), "as the invite had it");
    let refused = house.knock(app, Errand::Accept(again()), identity("1", ANNA)).await.unwrap_err();
    assert_eq!(refused, FederatedError::Enter(EnterError::InviteGone));
    entered(house.knock(app, Errand::SignIn, identity("1", ANNA)).await);
}

#[tokio::test]
async fn an_invite_by_user_name_is_for_whoever_holds_it() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let invite = house.invite(app, "4711").await;
    entered(house.knock(app, Errand::Accept(invite), unverified("5", "private@x.example")).await);
    assert_eq!(house.user("4711").unwrap().identities.len(), 1);
    entered(house.knock(app, Errand::SignIn, identity("5", "none")).await);

    let invite = house.invite(app, "4712").await;
    let refused = house.knock(app, Errand::Accept(invite), identity("5", "none")).await.unwrap_err();
    assert_eq!(refused, FederatedError::Elsewhere, "one identity, one person");
}

#[tokio::test]
async fn an_invite_does_not_open_an_account_that_has_a_password() {
    let house = house_with_provider().await;
    let (open, app) = (house.app("open", AccessMode::Signup).await, house.app("hmi", AccessMode::InviteOnly).await);
    house.proven(open, ANNA).await;
    // An access link for somebody who is there would register them at once: the invite was older.
    let user = house.user(ANNA).unwrap();
    house.put(crate::domain::Record::User(Box::new(crate::domain::User { password: None, ..user.clone() }))).await;
    let invite = house.invite(app, ANNA).await;
    house.put(crate::domain::Record::User(Box::new(user))).await;
    let code = asked(house.knock(app, Errand::Accept(invite), identity("1", ANNA)).await);
    let wrong = house.reply(app, &code, "wrong password").await.unwrap_err();
    assert_eq!(wrong, FederatedError::Enter(EnterError::WrongCredentials));
    let session = entered(house.reply(app, &code, PASSWORD).await).token.id();
    assert!(house.passes(app, session));
}

#[tokio::test]
async fn t16_an_invite_that_ends_on_the_way_lets_nobody_in() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let code = |invite| house.code(app, &browser(1), Errand::Accept(invite), identity("1", ANNA)).unwrap();
    let gone = FederatedError::Enter(EnterError::InviteGone);

    let replaced = code(house.invite(app, ANNA).await);
    let outdated = code(house.invite(app, ANNA).await);
    assert_eq!(house.hand_in(app, &browser(1), &replaced).await.unwrap_err(), gone, "replaced");
    house.switch(app, AccessMode::Signup).await;
    assert_eq!(house.hand_in(app, &browser(1), &outdated).await.unwrap_err(), gone, "of another mode");
    house.switch(app, AccessMode::InviteOnly).await;
    let expired = code(house.invite(app, ANNA).await);
    house.pass_time(DAY * 15);
    assert!(house.hand_in(app, &browser(1), &expired).await.is_err());
    let bad = house.code(app, &browser(1), Errand::Accept(crate::domain::InviteCode::random()), identity("1", ANNA));
    assert_eq!(bad.unwrap_err(), gone);
    assert!(house.user(ANNA).is_none());
}
