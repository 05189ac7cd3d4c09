//! ID tokens, each with one thing changed.

use serde_json::{Value, json};

use super::double::{Key, Signed, Token};
use super::*;
use crate::federation::Flaw;

type Change = fn(&mut Token);

/// One change that voids a token, and what is said of it.
const BROKEN: [(&str, Change, Flaw); 38] = [
    ("another issuer", |t| t.claims["iss"] = json!("https://evil.example"), Flaw::Issuer),
    ("a slash more", |t| t.claims["iss"] = json!(format!("{}/", t.claims["iss"].as_str().unwrap())), Flaw::Issuer),
    ("google's bare name", |t| t.claims["iss"] = json!("accounts.google.com"), Flaw::Issuer),
    ("no issuer", |t| forget(t, "iss"), Flaw::Malformed),
    ("several issuers", |t| t.claims["iss"] = json!([t.claims["iss"]]), Flaw::Malformed),
    ("another audience", |t| t.claims["aud"] = json!("other"), Flaw::Audience),
    ("other audiences", |t| t.claims["aud"] = json!(["other", "millgate2"]), Flaw::Audience),
    ("no audience in the list", |t| t.claims["aud"] = json!([]), Flaw::Audience),
    ("no audience", |t| forget(t, "aud"), Flaw::Malformed),
    ("a numeric audience", |t| t.claims["aud"] = json!(7), Flaw::Malformed),
    ("shared, for nobody", |t| several(t, None), Flaw::AuthorizedParty),
    ("shared, for another", |t| several(t, Some("other")), Flaw::AuthorizedParty),
    ("for another party", |t| t.claims["azp"] = json!("other"), Flaw::AuthorizedParty),
    ("no expiry", |t| forget(t, "exp"), Flaw::Malformed),
    ("an expiry in words", |t| t.claims["exp"] = json!("tomorrow"), Flaw::Malformed),
    ("expired", |t| t.claims["exp"] = json!(t.claims["iat"].as_i64().unwrap() - 301), Flaw::Expired),
    ("expired long ago", |t| t.claims["exp"] = json!(i64::MIN), Flaw::Expired),
    ("no time of issue", |t| forget(t, "iat"), Flaw::Malformed),
    ("issued in the future", |t| t.claims["iat"] = json!(t.claims["iat"].as_i64().unwrap() + 360), Flaw::NotYet),
    ("not valid yet", |t| t.claims["nbf"] = json!(t.claims["iat"].as_i64().unwrap() + 360), Flaw::NotYet),
    ("no nonce", |t| forget(t, "nonce"), Flaw::Nonce),
    ("another nonce", |t| t.claims["nonce"] = json!("x".repeat(43)), Flaw::Nonce),
    ("no subject", |t| forget(t, "sub"), Flaw::Malformed),
    ("a numeric subject", |t| t.claims["sub"] = json!(42), Flaw::Malformed),
    ("an empty subject", |t| t.claims["sub"] = json!(""), Flaw::Subject),
    ("a long subject", |t| t.claims["sub"] = json!("x".repeat(256)), Flaw::Subject),
    ("a subject beyond ASCII", |t| t.claims["sub"] = json!("дима"), Flaw::Subject),
    ("a subject with a NUL", |t| t.claims["sub"] = json!("a\0b"), Flaw::Subject),
    ("another access token", |t| t.claims["at_hash"] = json!("x".repeat(22)), Flaw::AccessTokenHash),
    ("no claims", |t| t.claims = json!([]), Flaw::Malformed),
    ("no signature", |t| sign(t, "none", Signed::Nothing), Flaw::Algorithm),
    ("no signature, spelled", |t| sign(t, "nOnE", Signed::Nothing), Flaw::Algorithm),
    ("the client's secret", |t| sign(t, "HS256", Signed::Shared(CLIENT_SECRET.into())), Flaw::Algorithm),
    ("the public key as secret", |t| sign(t, "HS256", Signed::Shared(public_key())), Flaw::Algorithm),
    ("an algorithm not listed", |t| sign(t, "RS512", Signed::Well), Flaw::Algorithm),
    ("a broken signature", |t| t.signed = Signed::Broken, Flaw::Signature),
    ("an empty signature", |t| t.signed = Signed::Nothing, Flaw::Signature),
    ("something critical", |t| t.header["crit"] = json!(["exp"]), Flaw::Malformed),
];

fn forget(token: &mut Token, claim: &str) {
    token.claims.as_object_mut().unwrap().remove(claim);
}

fn several(token: &mut Token, azp: Option<&str>) {
    token.claims["aud"] = json!([CLIENT_ID, "other"]);
    match azp {
        Some(azp) => token.claims["azp"] = json!(azp),
        None => forget(token, "azp"),
    }
}

fn sign(token: &mut Token, algorithm: &str, signed: Signed) {
    token.header["alg"] = json!(algorithm);
    token.signed = signed;
}

fn public_key() -> Vec<u8> {
    Key::shared().public().to_string().into_bytes()
}

#[tokio::test]
async fn each_broken_claim_is_refused_by_its_name() {
    let world = World::new();
    for (name, change, flaw) in BROKEN {
        world.provider.tamper(change);
        let outcome = world.sign_in().await;
        assert_eq!(outcome, Err(FederationError::BadToken(flaw)), "{name}");
    }
    world.provider.behave();
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn what_is_only_unusual_is_accepted() {
    const UNUSUAL: [(&str, Change); 9] = [
        ("a list of one audience", |t| t.claims["aud"] = json!([CLIENT_ID])),
        ("shared, for us", |t| several(t, Some(CLIENT_ID))),
        ("no party", |t| forget(t, "azp")),
        ("no hash of the access token", |t| forget(t, "at_hash")),
        ("fractions of seconds", |t| t.claims["exp"] = json!(t.claims["exp"].as_f64().unwrap() + 0.5)),
        ("no key's name", |t| drop(t.header.as_object_mut().unwrap().remove("kid"))),
        ("a longest subject", |t| t.claims["sub"] = json!("x".repeat(255))),
        ("names that are none", |t| t.claims["given_name"] = json!({ "first": 1 })),
        ("claims that nobody knows", |t| t.claims["https://plant.example/role"] = json!(["a"])),
    ];
    let world = World::new();
    for (name, change) in UNUSUAL {
        world.provider.tamper(change);
        let outcome = world.sign_in().await;
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn clocks_may_differ_by_five_minutes() {
    let world = World::new();
    world.provider.tamper(|token| token.claims["exp"] = token.claims["iat"].clone());
    for (minutes, fine) in [(0, true), (4, true), (-4, true), (6, false), (-6, false)] {
        world.set_ahead(minutes * 60_000);
        let outcome = world.sign_in().await;
        match (&outcome, fine) {
            (Ok(_), true) => {}
            (Err(FederationError::BadToken(flaw)), false) if flaw.is_about_time() => {}
            _ => panic!("{minutes} minutes ahead: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn an_address_counts_as_verified_only_when_the_provider_says_so() {
    let world = World::new();
    let told: [(Value, bool); 8] = [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("TRUE"), false),
        (json!(1), false),
        (json!([true]), false),
        (Value::Null, false),
    ];
    for (value, verified) in told {
        world.provider.set_identity(Identity::new("1").email("a@b.example").claim("email_verified", value.clone()));
        assert_eq!(world.sign_in().await.unwrap().email_verified, verified, "{value}");
    }
    world.provider.set_identity(Identity::new("1").claim("email", json!("a@b.example")));
    assert!(!world.sign_in().await.unwrap().email_verified, "absent");
}

#[tokio::test]
async fn an_address_that_is_none_is_not_verified_either() {
    let world = World::new();
    world.provider.set_identity(Identity::new("1").email("a b@c"));
    let verified = world.sign_in().await.unwrap();
    assert_eq!((verified.email, verified.email_verified), (None, false));
}

#[tokio::test]
async fn names_are_tidied() {
    let world = World::new();
    world.provider.set_identity(Identity::new("1").claim("name", json!("Дима Müller")));
    assert_eq!(world.sign_in().await.unwrap().given_name, "Дима Müller");
    world.provider.set_identity(Identity::new("1").named(&"x".repeat(5000), "a\r\nb"));
    let verified = world.sign_in().await.unwrap();
    assert_eq!((verified.given_name.len(), &*verified.family_name), (100, "ab"));
}

#[tokio::test]
async fn every_algorithm_by_key_pairs_is_read() {
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
        let world = World::new();
        world.provider.rotate_key(algorithm);
        let outcome = world.sign_in().await;
        assert!(outcome.is_ok(), "{algorithm:?}: {outcome:?}");
        world.provider.tamper(|token| token.signed = Signed::Broken);
        assert_eq!(world.sign_in().await, Err(Flaw::Signature.into()), "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_provider_is_held_to_the_algorithms_that_it_lists() {
    for (listed, outcome) in [
        (json!(["ES256"]), Err(Flaw::Algorithm.into())),
        (json!(["HS256", "none"]), Err(Flaw::Algorithm.into())),
        (json!(["RS256"]), Ok(())),
        (Value::Null, Ok(())),
    ] {
        let world = World::new();
        world.provider.set_metadata("id_token_signing_alg_values_supported", listed.clone());
        assert_eq!(world.sign_in().await.map(drop), outcome, "{listed}");
    }
}

#[tokio::test]
async fn a_key_is_used_for_what_it_is_made_for() {
    let public = Key::shared().public();
    for (member, value) in [
        ("use", json!("enc")),
        ("alg", json!("RS512")),
        ("alg", json!("RSA-OAEP")),
        ("key_ops", json!(["encrypt"])),
        ("kty", json!("oct")),
        ("kid", json!("another")),
    ] {
        let world = World::new();
        let mut key = public.clone();
        key[member] = value.clone();
        let keys = json!({ "keys": [{ "kty": "unheard-of" }, 7, key] });
        world.provider.misbehave(Endpoint::Keys, Bad::Body(keys.to_string()));
        assert_eq!(world.sign_in().await, Err(Flaw::UnknownKey.into()), "{member} {value}");
    }
}

#[tokio::test]
async fn another_key_of_the_same_name_signs_nothing() {
    let world = World::new();
    let other = Key::generate(Algorithm::Rs256);
    world.provider.tamper(move |token| token.signed = Signed::By(other.clone()));
    assert_eq!(world.sign_in().await, Err(Flaw::Signature.into()));
    // Nor does a key of another kind that calls itself so.
    world.provider.tamper(|token| token.header["alg"] = json!("ES256"));
    assert_eq!(world.sign_in().await, Err(Flaw::UnknownKey.into()));
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let world = World::new();
    for token in ["", "a.b", "a.b.c", "e30.e30.", "e30.e30.e30.e30.e30"] {
        let answer = json!({ "access_token": "a", "token_type": "bearer", "id_token": token });
        world.provider.misbehave(Endpoint::Token, Bad::Body(answer.to_string()));
        let outcome = world.sign_in().await;
        assert!(matches!(outcome, Err(FederationError::BadToken(_))), "{token:?}: {outcome:?}");
    }
    world.provider.misbehave(Endpoint::Token, Bad::Body("{\"access_token\":\"a\",\"token_type\":\"bearer\"}".into()));
    assert_eq!(unreachable(world.sign_in().await), Some(Unreachable::BadAnswer));
}

#[tokio::test]
async fn an_address_that_the_token_leaves_out_is_asked_for() {
    let world = World::new();
    world.provider.set_identity(Identity::new("7").email("anna@plant.example").hiding_email());
    let verified = world.sign_in().await.unwrap();
    assert_eq!((verified.email, verified.email_verified), ("anna@plant.example".parse().ok(), true));
    world.provider.misbehave(Endpoint::UserInfo, Bad::Body(json!({ "sub": "8", "email": "x@y.example" }).to_string()));
    assert_eq!(world.sign_in().await, Err(Flaw::UserInfo.into()));
    world.provider.misbehave(Endpoint::UserInfo, Bad::Body(json!({ "email": "x@y.example" }).to_string()));
    assert_eq!(unreachable(world.sign_in().await), Some(Unreachable::BadAnswer));
    let asked = world.asked(Endpoint::UserInfo);
    world.provider.set_identity(Identity::new("7").email("anna@plant.example"));
    world.sign_in().await.unwrap();
    assert_eq!(world.asked(Endpoint::UserInfo), asked, "asked for nothing");
}
