//! Signing in by an identity provider: from the button to the page that was asked for (T13, T17).

use serde_json::json;

use crate::support::page::{attribute, button};
use crate::support::provider::Endpoint;
use crate::support::{App, Arrival, Browser, Gate, Identity, Mode, Provider, Recorder, Site};

pub const ANNA: &str = "anna@plant.example";
pub const WORKS: &str = "works";

pub fn gate_in(mode: Mode, recorder: &Recorder, provider: &Provider) -> Gate {
    Gate::plan().app(App::new("hmi", mode, recorder)).table(&provider.config(WORKS)).start()
}

/// Presses the button and follows wherever it leads.
#[track_caller]
pub fn press(browser: &mut Browser, site: &Site, provider: &str) -> Arrival {
    let target = crate::support::visitor::escape(&format!("{}/line/4", site.prefix));
    browser.open(&site.url(&format!("/.millgate/oidc/{provider}?return_to={target}")))
}

pub fn is_in(browser: &mut Browser, site: &Site) -> bool {
    browser.fetch(&site.url("/")).status == 200
}

#[track_caller]
pub fn assert_out(browser: &mut Browser, site: &Site, why: &str) {
    let answer = browser.fetch(&site.url("/"));
    assert!(matches!(answer.status, 401 | 403), "{why}: a session: {}", answer.summary());
}

/// C13. Beside the password there may be a provider.
#[test]
fn a_newcomer_presses_the_button_and_lands_on_the_page_that_was_asked_for() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let mut browser = Browser::new();
    let site = gate.site("hmi");
    let page = browser.open(&site.url("/line/4?speed=1#/x")).page(200);
    let link = attribute(&button(&page, WORKS), "href").unwrap_or_else(|| panic!("not to be pressed: {page}"));
    assert!(page.contains("Continue with works"), "{page}");
    let start = url::Url::parse(&site.url("/.millgate/sign-in")).expect("a URL").join(&link).expect("a link");
    let arrival = browser.open(start.as_str());
    assert_eq!(arrival.user(), ANNA);
    assert_eq!(arrival.url.as_str(), site.url("/line/4?speed=1"));
    let user = gate.api().user("hmi", ANNA);
    assert_eq!((user["given_name"].as_str(), user["family_name"].as_str()), (Some("Anna"), Some("Müller")), "{user}");
    assert_eq!((user["providers"].clone(), user["email_verified"].as_bool()), (json!([WORKS]), Some(true)), "{user}");
}

#[test]
fn the_request_to_the_provider_is_as_the_standards_want_it() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let mut browser = Browser::new();
    let answer = browser.get(&gate.site("hmi").url("/.millgate/oidc/works?return_to=%2F"));
    let target = url::Url::parse(answer.location()).expect("a URL");
    assert_eq!(target.as_str().split('?').next(), Some(format!("{}/authorize", provider.issuer()).as_str()));
    let sent: std::collections::HashMap<String, String> = target.query_pairs().into_owned().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "millgate"),
        ("scope", "openid email profile"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", gate.console().url("/.millgate/oidc/works/callback").as_str()),
    ] {
        assert_eq!(sent.get(name).map(String::as_str), Some(value), "{name}: {target}");
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert!(sent.get(name).is_some_and(|value| value.len() >= 22), "{name}: {target}");
    }
    assert!(!target.as_str().contains("secret"), "{target}");
    let id = gate.api().app("hmi")["id"].as_str().expect("an id").to_owned();
    let cookie = answer.all("set-cookie").into_iter().find(|line| line.starts_with(&format!("millgate-flow-{id}=")));
    let cookie = cookie.unwrap_or_else(|| panic!("no binding cookie: {}", answer.summary())).to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Max-Age=600"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let again = browser.get(&gate.site("hmi").url("/.millgate/oidc/works")).location().to_owned();
    assert_ne!(again, target.as_str(), "state, nonce and challenge are new each time");
}

#[test]
fn it_works_at_every_kind_of_address_and_the_redirect_uri_is_always_one() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = Gate::plan()
        .app(App::new("host", Mode::Signup, &recorder))
        .app(App::new("prefix", Mode::Signup, &recorder).at_prefix("/hmi"))
        .app(App::new("port", Mode::Signup, &recorder).on_own_port())
        .table(&provider.config(WORKS))
        .start();
    for app in ["host", "prefix", "port"] {
        let arrival = press(&mut Browser::new(), &gate.site(app), WORKS);
        assert_eq!(arrival.user(), ANNA, "{app}");
        assert_eq!(arrival.url.as_str(), gate.site(app).url("/line/4"), "{app}");
    }
    let used: Vec<_> = provider.requests(Endpoint::Authorize).iter().map(|sent| sent["redirect_uri"].clone()).collect();
    assert!(used.iter().all(|uri| *uri == gate.console().url("/.millgate/oidc/works/callback")), "{used:?}");
    let row = gate.api().list("/api/v1/providers").pop().expect("a provider");
    assert_eq!((row["id"].as_str(), row["reachable"].as_bool()), (Some(WORKS), Some(true)), "{row}");
    assert_eq!((&row["redirect_uri"], &row["issuer"]), (&json!(used[0]), &json!(provider.issuer())));
}

#[test]
fn t17_a_person_is_who_the_issuer_and_subject_say_whatever_becomes_of_the_address() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    press(&mut Browser::new(), &site, WORKS).user();
    let first = gate.api().user("hmi", ANNA)["id"].clone();
    for identity in [
        Identity::new("1001").email("anna.married@plant.example"),
        Identity::new("1001").unverified("somebody@plant.example"),
        Identity::new("1001"),
        Identity::new("1001").email(ANNA).hiding_email(),
    ] {
        provider.set_identity(identity);
        let mut browser = Browser::new();
        press(&mut browser, &site, WORKS).user();
        let me = browser.fetch(&site.url("/.millgate/me")).expect(200).json();
        assert_eq!((&me["sub"], me["email"].as_str()), (&first, Some(ANNA)));
    }
    assert_eq!(gate.api().users("hmi").len(), 1);
}

#[test]
fn t17_the_same_subject_of_another_issuer_is_another_person() {
    let recorder = Recorder::start();
    let (one, two) = (Provider::start(), Provider::start());
    two.set_identity(Identity::new("1001").email("other@example.com"));
    let app = App::new("hmi", Mode::Signup, &recorder);
    let gate = Gate::plan().app(app).table(&one.config("one")).table(&two.config("two")).start();
    let site = gate.site("hmi");
    assert_eq!(press(&mut Browser::new(), &site, "one").user(), ANNA);
    assert_eq!(press(&mut Browser::new(), &site, "two").user(), "other@example.com");
    assert_eq!(gate.api().users("hmi").len(), 2);
}

#[test]
fn t17_an_address_counts_only_if_the_provider_has_verified_it() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    gate.visitor("hmi").sign_up(ANNA).expect(303);
    for (why, identity) in [
        ("unverified", Identity::new("7").unverified(ANNA)),
        ("not said", Identity::new("7").claim("email", json!(ANNA))),
        ("a text", Identity::new("7").unverified(ANNA).claim("email_verified", json!("false"))),
        ("null", Identity::new("7").unverified(ANNA).claim("email_verified", json!(null))),
        ("a number", Identity::new("7").unverified(ANNA).claim("email_verified", json!(1))),
        ("no address", Identity::new("7")),
        ("no address that is one", Identity::new("7").email("no-address")),
        ("two addresses", Identity::new("7").claim("email", json!([ANNA])).claim("email_verified", json!(true))),
    ] {
        provider.set_identity(identity);
        let mut browser = Browser::new();
        let arrival = press(&mut browser, &site, WORKS);
        assert!(matches!(arrival.answer.status, 400 | 403 | 502), "{why}: {}", arrival.answer.summary());
        arrival.page(arrival.answer.status);
        assert_out(&mut browser, &site, why);
    }
    assert_eq!(gate.api().users("hmi").len(), 1);
    gate.visitor("hmi").sign_in(ANNA).expect(303);
    provider.set_identity(Identity::new("7").unverified("new@plant.example"));
    let page = press(&mut Browser::new(), &site, WORKS).page(403);
    assert!(page.contains("has not verified"), "{page}");
}

#[test]
fn signing_in_by_a_provider_keeps_signing_in_by_password() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::SignupAndMasterPassword, &recorder, &provider);
    let site = gate.site("hmi");
    let mut browser = Browser::new();
    let arrival = press(&mut browser, &site, WORKS);
    assert!(arrival.url.path().ends_with("/.millgate/master-password"), "{}", arrival.url);
    browser.at(&site, |visitor| visitor.give_master_password().expect(303));
    assert!(is_in(&mut browser, &site));
    let mut ada = gate.visitor("hmi");
    ada.sign_up("ada@example.com").expect(303);
    ada.give_master_password().expect(303);
    ada.get("/").expect(200);
}

#[test]
fn t14_a_federated_sign_in_renews_the_session_and_sign_out_ends_it() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let mut browser = Browser::new();
    browser.at(&site, |visitor| visitor.sign_up("ada@example.com").expect(303));
    let before = browser.clone();
    press(&mut browser, &site, WORKS).user();
    let tokens = [&before, &browser]
        .map(|held| held.clone().at(&site, |visitor| visitor.session_cookie().expect("a session").1.to_owned()));
    assert_ne!(tokens[0], tokens[1]);
    let kept = browser.clone();
    browser.at(&site, |visitor| visitor.sign_out().expect(303));
    assert_out(&mut kept.clone(), &site, "signed out");
}

#[test]
fn return_to_stays_on_the_app() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    for target in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aX: y"] {
        let path = format!("/.millgate/oidc/works?return_to={}", crate::support::visitor::escape(target));
        let answer = Browser::new().get(&site.url(&path));
        if answer.status == 303 {
            let mut browser = Browser::new();
            let arrival = browser.open(&site.url(&path));
            assert!(arrival.url.as_str().starts_with(&site.origin()), "{target} -> {}", arrival.url);
        } else {
            assert!((400..500).contains(&answer.status), "{}", answer.summary());
        }
    }
}
