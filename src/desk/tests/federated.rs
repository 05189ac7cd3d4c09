//! What an identity is worth (T17). The helpers below serve the neighbours too.

use std::sync::Arc;

use super::kit::*;
use crate::desk::{
    AppChange, Arrived, Back, Caller, Claim, Departure, EnterError, Errand, FederatedError, Field, FieldProblem,
    SignedIn,
};
use crate::domain::{AccessMode, AppId, FlowKey, FlowKeyId, HandOverCode, Record, ReturnTo, Slug, User};
use crate::federation::{ClientSecret, Config, Federation, Verified};

pub(super) const ISSUER: &str = "http://127.0.0.1:9";
pub(super) const ANNA: &str = "anna@plant.example";

pub(super) fn works() -> Slug {
    "works".parse().unwrap()
}

fn config(id: &str) -> Config {
    Config {
        id: id.parse().unwrap(),
        title: "Works".into(),
        issuer: ISSUER.parse().unwrap(),
        client_id: "me".into(),
        client_secret: ClientSecret::new("secret"),
        scopes: vec!["openid".into()],
        ca: None,
    }
}

/// A house that knows the provider `works`, which nobody ever asks.
pub(super) async fn house_with_provider() -> House {
    let house = house().await;
    configure(&house, &["works"]);
    house
}

pub(super) fn configure(house: &House, ids: &[&str]) {
    let console = "http://console.test".parse().unwrap();
    let providers = ids.iter().map(|id| config(id)).collect();
    let federation = Federation::new(providers, &console, house.desk.clock().clone(), house.desk.provider_shelf());
    house.desk.set_federation(Some(Arc::new(federation)));
}

pub(super) fn identity(subject: &str, email: &str) -> Verified {
    Verified {
        issuer: ISSUER.into(),
        subject: subject.into(),
        email: email.parse().ok(),
        email_verified: true,
        given_name: "Anna".into(),
        family_name: "Müller".into(),
        hosted_domain: None,
    }
}

pub(super) fn unverified(subject: &str, email: &str) -> Verified {
    Verified { email_verified: false, ..identity(subject, email) }
}

pub(super) fn key(browser: u8) -> FlowKeyId {
    FlowKey::from_bytes([browser; 32]).id()
}

fn back() -> Back {
    Back { base: "http://hmi.test/.millgate".into(), return_to: ReturnTo::home(""), language: None }
}

impl House {
    /// Away and back, up to the code for the app's own address.
    pub(super) fn code(
        &self,
        app: AppId,
        caller: &Caller,
        errand: Errand,
        verified: Verified,
    ) -> Result<HandOverCode, FederatedError> {
        let departure = Departure { errand, key: key(1), back: back(), choose_account: false };
        self.desk.vouch(app, caller, &works(), departure, verified)
    }

    pub(super) async fn hand_in(
        &self,
        app: AppId,
        caller: &Caller,
        code: &HandOverCode,
    ) -> Result<Arrived, FederatedError> {
        let claim = Claim { app, provider: &works(), code, key: Some(key(1)) };
        self.desk.arrive(caller, &claim).await.map_err(|away| away.error)
    }

    pub(super) async fn knock(
        &self,
        app: AppId,
        errand: Errand,
        verified: Verified,
    ) -> Result<Arrived, FederatedError> {
        let code = self.code(app, &browser(1), errand, verified)?;
        self.hand_in(app, &browser(1), &code).await
    }

    pub(super) async fn reply(
        &self,
        app: AppId,
        code: &HandOverCode,
        password: &str,
    ) -> Result<Arrived, FederatedError> {
        let claim = Claim { app, provider: &works(), code, key: Some(key(1)) };
        self.desk.answer(&browser(1), &claim, password).await.map_err(|away| away.error)
    }

    pub(super) async fn change(&self, app: AppId, change: AppChange) {
        self.desk.change_app(app, change).await.unwrap();
    }

    /// Somebody with a password, whose address is proven.
    pub(super) async fn proven(&self, app: AppId, email: &str) -> User {
        self.sign_up(app, &browser(9), email).await.unwrap();
        let user = User { email_verified: true, ..self.user(email).unwrap() };
        self.put(Record::User(Box::new(user.clone()))).await;
        user
    }
}

#[track_caller]
pub(super) fn entered(arrived: Result<Arrived, FederatedError>) -> SignedIn {
    match arrived {
        Ok(Arrived::In { signed_in, .. }) => signed_in,
        other => panic!("not in: {other:?}"),
    }
}

#[track_caller]
pub(super) fn asked(arrived: Result<Arrived, FederatedError>) -> HandOverCode {
    match arrived {
        Ok(Arrived::Asked { code }) => code,
        other => panic!("not asked: {other:?}"),
    }
}

#[tokio::test]
async fn newcomers_come_where_anybody_may() {
    let house = house_with_provider().await;
    for (name, mode) in [("a", AccessMode::Signup), ("b", AccessMode::SignupAndMasterPassword)] {
        let app = house.app(name, mode).await;
        let email = format!("{name}@plant.example");
        let session = entered(house.knock(app, Errand::SignIn, identity(name, &email)).await).token.id();
        assert_eq!(house.passes(app, session), mode == AccessMode::Signup);
        let user = house.user(&email).unwrap();
        assert_eq!((user.given_name.as_str(), user.family_name.as_str()), ("Anna", "Müller"));
        assert!(user.email_verified && user.password.is_none() && user.identities.len() == 1);
    }
    for (name, mode, refusal) in [
        ("c", AccessMode::InviteOnly, EnterError::NotInvited),
        ("d", AccessMode::Public, EnterError::SignUpClosed),
        ("e", AccessMode::MasterPassword, EnterError::SignUpClosed),
    ] {
        let app = house.app(name, mode).await;
        let refused = house.knock(app, Errand::SignIn, identity(name, "new@plant.example")).await;
        assert_eq!(refused.unwrap_err(), FederatedError::Enter(refusal));
    }
    assert!(house.user("new@plant.example").is_none());
}

#[tokio::test]
async fn the_rules_for_newcomers_hold() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let domains = vec!["plant.example".parse().unwrap()];
    house.change(app, AppChange { sign_up_domains: Some(domains), approval: Some(true), ..AppChange::default() }).await;
    let refused = house.knock(app, Errand::SignIn, identity("1", "eve@evil.example")).await.unwrap_err();
    let FederatedError::Enter(EnterError::Fields(fields)) = refused else { panic!("{refused:?}") };
    assert_eq!(fields[0].field, Field::Email);
    assert!(matches!(&fields[0].problem, FieldProblem::OtherDomain { domains } if domains == "plant.example"));
    let session = entered(house.knock(app, Errand::SignIn, identity("2", ANNA)).await).token.id();
    assert!(!house.passes(app, session), "waits for approval");
}

#[tokio::test]
async fn the_organization_is_asked_of_everybody() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    entered(house.knock(app, Errand::SignIn, identity("1", ANNA)).await);
    let domain: crate::domain::Domain = "plant.example".parse().unwrap();
    house.change(app, AppChange { hosted_domain: Some(Some(domain.clone())), ..AppChange::default() }).await;
    for hosted_domain in [None, "sub.plant.example".parse().ok(), "example".parse().ok()] {
        let refused = house.knock(app, Errand::SignIn, Verified { hosted_domain, ..identity("1", ANNA) }).await;
        assert_eq!(refused.unwrap_err(), FederatedError::OtherOrganization { domain: domain.clone() });
    }
    let member = Verified { hosted_domain: Some(domain), ..identity("1", ANNA) };
    entered(house.knock(app, Errand::SignIn, member).await);
}

#[tokio::test]
async fn t17_a_person_is_an_issuer_and_a_subject_and_an_address_counts_when_it_is_verified() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let refused = house.knock(app, Errand::SignIn, unverified("1", ANNA)).await.unwrap_err();
    assert_eq!(refused, FederatedError::Unverified);
    entered(house.knock(app, Errand::SignIn, identity("1", ANNA)).await);
    for known in [unverified("1", "x@y.example"), identity("1", "married@plant.example"), identity("1", "none")] {
        entered(house.knock(app, Errand::SignIn, known).await);
    }
    assert_eq!(house.desk.directory().person_count(), 1);
    let refused = house.knock(app, Errand::SignIn, identity("2", ANNA)).await.unwrap_err();
    assert_eq!(refused, FederatedError::SignInAsBefore, "another subject with the same address");
}

#[tokio::test]
async fn t17_nothing_that_a_squatter_left_opens_the_account_to_them() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let squatter = house.sign_up(app, &browser(3), ANNA).await.unwrap().token;
    let there = with(&browser(3), &squatter);
    let code = house.code(app, &there, Errand::Link { is_sure: true }, identity("eve", "eve@evil.example")).unwrap();
    assert!(matches!(house.hand_in(app, &there, &code).await, Ok(Arrived::Linked)));
    assert!(house.passes(app, squatter.id()));

    let owner = entered(house.knock(app, Errand::SignIn, identity("1", ANNA)).await).token;
    assert!(house.passes(app, owner.id()) && !house.passes(app, squatter.id()));
    assert_eq!(house.sign_in(app, &browser(3), ANNA).await.unwrap_err(), EnterError::WrongCredentials);
    let user = house.user(ANNA).unwrap();
    assert_eq!((user.identities.len(), user.email_verified, user.epoch), (1, true, 1));
    entered(house.knock(app, Errand::SignIn, identity("eve", "eve@evil.example")).await);
    assert_eq!(house.desk.directory().person_count(), 2, "the squatter's identity is a person of its own now");
}

#[tokio::test]
async fn t17_a_proven_password_is_asked_for_once() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    house.proven(app, ANNA).await;
    let code = asked(house.knock(app, Errand::SignIn, identity("1", ANNA)).await);
    let claim = Claim { app, provider: &works(), code: &code, key: Some(key(1)) };
    let question = house.desk.question(&claim).unwrap();
    assert!(question.wants_password && question.username.as_str() == ANNA);
    assert_eq!(house.hand_in(app, &browser(1), &code).await.unwrap_err(), FederatedError::Lost, "no way around it");
    for wrong in ["wrong", ""] {
        let refused = house.reply(app, &code, wrong).await.unwrap_err();
        assert!(matches!(refused, FederatedError::Enter(EnterError::WrongCredentials | EnterError::Fields(_))));
    }
    let stranger = Claim { key: Some(key(2)), ..claim };
    let away = house.desk.answer(&browser(2), &stranger, PASSWORD).await.unwrap_err();
    assert_eq!(away.error, FederatedError::Lost);
    assert!(house.user(ANNA).unwrap().identities.is_empty());
    entered(house.reply(app, &code, PASSWORD).await);
    assert_eq!(house.reply(app, &code, PASSWORD).await.unwrap_err(), FederatedError::Lost, "used");
    entered(house.knock(app, Errand::SignIn, identity("1", ANNA)).await);
    house.sign_in(app, &browser(9), ANNA).await.unwrap();
}

#[tokio::test]
async fn whoever_may_not_come_may_not_come_by_a_provider() {
    let house = house_with_provider().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    entered(house.knock(app, Errand::SignIn, identity("1", ANNA)).await);
    let suspended = User { suspended: true, ..house.user(ANNA).unwrap() };
    house.put(Record::User(Box::new(suspended))).await;
    let refused = house.knock(app, Errand::SignIn, identity("1", ANNA)).await.unwrap_err();
    assert_eq!(refused, FederatedError::Barred);
    let refused = house.knock(app, Errand::SignIn, identity("2", ANNA)).await.unwrap_err();
    assert_eq!(refused, FederatedError::Barred);
}
