//! Providers that are not there, or wish they were not.

use super::*;
use tls::Authority;

fn hurried() -> Pace {
    Pace {
        call: Duration::from_secs(1),
        recheck: Duration::from_millis(50),
        failure: Duration::ZERO,
        ..Pace::default()
    }
}

/// What costs a call's time, and what costs a mebibyte at most.
fn evil() -> Vec<(Bad, &'static [Unreachable])> {
    use Unreachable::{BadAnswer, TimedOut};
    vec![
        (Bad::Stall, &[TimedOut]),
        (Bad::Drip, &[TimedOut]),
        (Bad::Slow(Duration::from_secs(3)), &[TimedOut]),
        (Bad::Endless, &[BadAnswer]),
        (Bad::Interim, &[BadAnswer, TimedOut]),
        (Bad::HugeHead, &[BadAnswer]),
        (Bad::Huge, &[BadAnswer]),
        (Bad::Redirect("http://127.0.0.1:1/".to_owned()), &[BadAnswer]),
        (Bad::Status(500), &[BadAnswer]),
        (Bad::Status(204), &[BadAnswer]),
        (Bad::Body("<html>Sign in to the hotel's network".to_owned()), &[BadAnswer]),
        (Bad::Body("{}".to_owned()), &[BadAnswer]),
        (Bad::Body("[".repeat(500_000)), &[BadAnswer]),
        (Bad::Raw(b"\x16\x03\x01\x02\x00 what?".to_vec()), &[BadAnswer]),
        (Bad::Raw(Vec::new()), &[BadAnswer]),
        (Bad::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec()), &[BadAnswer]),
    ]
}

#[tokio::test]
async fn no_endpoint_can_do_more_than_fail() {
    let mut endpoints = tokio::task::JoinSet::new();
    for endpoint in [Endpoint::Discovery, Endpoint::Token, Endpoint::Keys, Endpoint::UserInfo] {
        endpoints.spawn(async move {
            for (bad, reasons) in evil() {
                let world = World::paced(Pace { call: Duration::from_secs(2), ..Pace::default() });
                world.provider.set_identity(Identity::new("1").hiding_email());
                world.provider.misbehave(endpoint, bad.clone());
                let reason = unreachable(world.sign_in().await);
                let bad: String = format!("{bad:?}").chars().take(50).collect();
                assert!(reason.is_some_and(|reason| reasons.contains(&reason)), "{endpoint:?} {bad}: {reason:?}");
            }
        });
    }
    endpoints.join_all().await;
}

#[tokio::test]
async fn all_calls_of_one_return_have_one_end() {
    let pace = Pace { whole_return: Duration::from_secs(1), ..Pace::default() };
    let world = World::paced(pace);
    for endpoint in [Endpoint::Token, Endpoint::Keys] {
        world.provider.misbehave(endpoint, Bad::Slow(Duration::from_millis(700)));
    }
    assert_eq!(unreachable(world.sign_in().await), Some(Unreachable::TimedOut));
}

#[tokio::test]
async fn a_document_in_anothers_name_is_refused() {
    let issuer = World::new().provider.issuer().to_owned();
    for (name, value) in [
        ("issuer", json!("https://accounts.google.com")),
        ("issuer", json!(format!("{issuer}/"))),
        ("token_endpoint", json!("http://plant.example/token")),
        ("jwks_uri", json!("ftp://127.0.0.1/keys")),
        ("userinfo_endpoint", json!("https://user:secret@plant.example/")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!(7)),
        ("token_endpoint", json!(null)),
    ] {
        let world = World::new();
        world.provider.set_metadata(name, value.clone());
        assert_eq!(unreachable(world.begin().await), Some(Unreachable::BadAnswer), "{name} {value}");
    }
}

#[tokio::test]
async fn who_looks_sees_a_provider_go_and_come_back() {
    let world = World::paced(hurried());
    assert_eq!(world.status(), Reachability::Reachable, "not asked yet");
    world.sign_in().await.unwrap();
    world.provider.go_offline();
    world.wait_for(Reachability::Unreachable(Unreachable::Refused)).await;
    assert_eq!(unreachable(world.begin().await), Some(Unreachable::Refused), "although its document is known");
    world.provider.go_online();
    world.wait_for(Reachability::Reachable).await;
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn looking_never_waits_and_nobody_looking_asks_nothing() {
    let world = World::paced(Pace { recheck: Duration::from_millis(200), ..hurried() });
    world.provider.misbehave(Endpoint::Discovery, Bad::Stall);
    assert_eq!(world.status(), Reachability::Reachable);
    world.wait_for(Reachability::Unreachable(Unreachable::TimedOut)).await;
    world.provider.behave();
    world.wait_for(Reachability::Reachable).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = world.asked(Endpoint::Discovery);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.asked(Endpoint::Discovery), asked);
}

#[tokio::test]
async fn a_crowd_at_the_door_is_one_question_at_the_provider() {
    let world = World::paced(hurried());
    world.provider.misbehave(Endpoint::Discovery, Bad::Stall);
    let (a, b, c) = tokio::join!(world.begin(), world.begin(), world.begin());
    for outcome in [a, b, c] {
        assert_eq!(unreachable(outcome), Some(Unreachable::TimedOut));
    }
    assert_eq!(world.asked(Endpoint::Discovery), 1);
    world.provider.behave();
    let (a, b) = tokio::join!(world.begin(), world.begin());
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(world.asked(Endpoint::Discovery), 2);
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_told_as_such() {
    let world = World::paced(hurried());
    let config = Config { issuer: "https://no-such-host.invalid".parse().unwrap(), ..config(&world.provider, None) };
    let federation = federation(config, &world.ahead, &world.shelf, hurried());
    let reason = unreachable(federation.begin(&id(), Hints::default()).await);
    // A resolver may take its time over it.
    assert!(matches!(reason, Some(Unreachable::Dns | Unreachable::TimedOut)), "{reason:?}");
}

#[tokio::test]
async fn a_certificate_is_trusted_by_the_operators_authority_or_not_at_all() {
    let authority = Authority::new();
    let trusting = || Some(authority.pem());
    let known = World::with(Provider::over_tls(authority.server(&["localhost"])), hurried(), trusting());
    assert!(known.begin().await.is_ok());
    let unknown = World::with(Provider::over_tls(authority.server(&["localhost"])), hurried(), None);
    assert_eq!(unreachable(unknown.begin().await), Some(Unreachable::Tls));
    let other = World::with(Provider::over_tls(authority.server(&["other.example"])), hurried(), trusting());
    assert_eq!(unreachable(other.begin().await), Some(Unreachable::Tls));
}

#[tokio::test]
async fn plain_text_on_a_tls_port_is_no_tls() {
    let world = World::paced(hurried());
    let issuer = world.provider.issuer().replace("http://", "https://");
    let config = Config { issuer: issuer.parse().unwrap(), ..config(&world.provider, None) };
    let federation = federation(config, &world.ahead, &world.shelf, hurried());
    let reason = unreachable(federation.begin(&id(), Hints::default()).await);
    // The double waits for the end of a line that never comes, or gives up.
    assert!(matches!(reason, Some(Unreachable::Tls | Unreachable::TimedOut)), "{reason:?}");
}

#[test]
fn a_log_line_names_the_reason_and_stays_short() {
    let trouble = Trouble::bad_answer("x".repeat(10_000));
    assert!(trouble.to_string().starts_with("it answers wrongly: xxx"));
    assert!(trouble.to_string().len() < 300);
}
