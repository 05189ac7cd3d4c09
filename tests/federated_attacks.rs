//! Every broken, reused, late or planted piece of a federated sign-in: a clear page, no session, no 500 (T18).

use serde_json::json;
use url::Url;

use crate::federated::{ANNA, WORKS, assert_out, gate_in, is_in, press};
use crate::support::clock::MINUTE;
use crate::support::provider::{Algorithm, Key, Signed, Token};
use crate::support::{App, Browser, Clock, Gate, Mode, Provider, Recorder, Site};

/// Goes to the provider and comes back with the address of the callback, which nobody has opened yet.
#[track_caller]
fn callback(browser: &mut Browser, site: &Site, provider: &Provider) -> String {
    let start = browser.get(&site.url("/.millgate/oidc/works?return_to=%2F")).location().to_owned();
    provider.visit(&start)
}

/// The page of a failed sign-in: a reason, a way back, no session.
#[track_caller]
fn assert_refused(browser: &mut Browser, site: &Site, url: &str, why: &str) {
    let arrival = browser.open(url);
    assert!(matches!(arrival.answer.status, 400 | 403 | 502), "{why}: {}", arrival.answer.summary());
    let page = arrival.page(arrival.answer.status);
    assert!(page.contains("<main") && page.contains("<h1"), "{why}: {page}");
    assert_out(browser, site, why);
}

fn with(url: &str, change: impl Fn(&str, String) -> Option<String>) -> String {
    let mut changed = Url::parse(url).expect("a URL");
    let pairs: Vec<(String, String)> = changed.query_pairs().into_owned().collect();
    changed.query_pairs_mut().clear();
    for (name, value) in pairs {
        if let Some(value) = change(&name, value) {
            changed.query_pairs_mut().append_pair(&name, &value);
        }
    }
    changed.to_string()
}

#[test]
fn a_callback_works_once() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let mut browser = Browser::new();
    let url = callback(&mut browser, &site, &provider);
    assert_eq!(browser.open(&url).user(), ANNA);
    browser.at(&site, |visitor| visitor.sign_out().expect(303));
    assert_refused(&mut browser, &site, &url, "used twice");
    assert_refused(&mut Browser::new(), &site, &url, "used twice in another browser");
    assert_eq!(gate.api().sessions_of("hmi", ANNA).len(), 0);
}

#[test]
fn twenty_callbacks_at_once_give_one_session() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let mut browser = Browser::new();
    let url = callback(&mut browser, &site, &provider);
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let (mut browser, url) = (browser.clone(), url.clone());
            std::thread::spawn(move || browser.open(&url).answer.status)
        })
        .collect();
    let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
    assert_eq!(gate.api().sessions_of("hmi", ANNA).len(), 1);
}

#[test]
fn another_browser_gets_no_session_from_somebodys_callback() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let mut attacker = Browser::new();
    let mut victim = Browser::new();
    // Also one that has begun a sign-in of its own.
    callback(&mut victim, &site, &provider);
    for browser in [&mut Browser::new(), &mut victim] {
        let url = callback(&mut attacker, &site, &provider);
        let arrival = browser.open(&url);
        assert!((400..500).contains(&arrival.answer.status), "login CSRF: {}", arrival.answer.summary());
        assert_out(browser, &site, "another browser");
    }
}

#[test]
fn a_late_callback_is_refused() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let clock = Clock::new();
    let plan = Gate::plan().app(App::new("hmi", Mode::Signup, &recorder)).table(&provider.config(WORKS));
    let gate = clock.rules(plan).start();
    let site = gate.site("hmi");
    let mut browser = Browser::new();
    let url = callback(&mut browser, &site, &provider);
    clock.ahead(11 * MINUTE);
    assert_refused(&mut browser, &site, &url, "eleven minutes later");
    clock.ahead(0);
    assert_refused(&mut browser, &site, &url, "and not when the clock steps back either");
}

#[test]
fn the_last_step_is_for_one_use_two_minutes_one_browser_and_one_app() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let clock = Clock::new();
    let app = |name: &str| App::new(name, Mode::Signup, &recorder);
    let gate = clock.rules(Gate::plan().app(app("hmi")).app(app("two")).table(&provider.config(WORKS))).start();
    let (site, two) = (gate.site("hmi"), gate.site("two"));
    let step = |browser: &mut Browser| {
        let url = callback(browser, &site, &provider);
        let target = browser.get(&url).location().to_owned();
        assert!(target.starts_with(&site.url("/.millgate/oidc/works/return?code=")), "{target}");
        target
    };
    let mut browser = Browser::new();
    let late = step(&mut browser);
    clock.ahead(3 * MINUTE);
    assert_refused(&mut browser, &site, &late, "three minutes later");
    let url = step(&mut browser);
    let elsewhere = url.replace(&site.origin(), &two.origin());
    assert_refused(&mut Browser::new(), &two, &elsewhere, "at another app");
    assert_refused(&mut Browser::new(), &site, &url, "in another browser");
    let mut browser = Browser::new();
    let url = step(&mut browser);
    browser.open(&url).user();
    browser.at(&site, |visitor| visitor.sign_out().expect(303));
    assert_refused(&mut browser, &site, &url, "used twice");
    for code in ["", "x", &"A".repeat(43), "%00", &"A".repeat(5000)] {
        let url = site.url(&format!("/.millgate/oidc/works/return?code={code}"));
        let answer = browser.get(&url);
        assert!((400..500).contains(&answer.status), "{code}: {}", answer.summary());
    }
    assert!((400..500).contains(&browser.get(&site.url("/.millgate/oidc/works/return")).status));
}

#[test]
fn a_callback_that_is_not_what_was_asked_for_is_refused() {
    let recorder = Recorder::start();
    let (provider, other) = (Provider::start(), Provider::start());
    let app = App::new("hmi", Mode::Signup, &recorder);
    let gate = Gate::plan().app(app).table(&provider.config(WORKS)).table(&other.config("second")).start();
    let site = gate.site("hmi");
    let only = |wanted: &'static str| move |name: &str, value: String| (name != wanted).then_some(value);
    let set = |wanted: &'static str, to: &str| {
        let to = to.to_owned();
        move |name: &str, value: String| Some(if name == wanted { to.clone() } else { value })
    };
    type Change = Box<dyn Fn(&str) -> String>;
    let changes: Vec<(&str, Change)> = vec![
        ("no state", Box::new(move |url| with(url, only("state")))),
        ("no code", Box::new(move |url| with(url, only("code")))),
        ("an invented state", Box::new(move |url| with(url, set("state", &"A".repeat(43))))),
        ("an empty state", Box::new(move |url| with(url, set("state", "")))),
        ("a state of 8 KB", Box::new(move |url| with(url, set("state", &"A".repeat(8192))))),
        ("an invented code", Box::new(move |url| with(url, set("code", "invented")))),
        ("another issuer", Box::new(move |url| with(url, set("iss", "https://evil.example")))),
        ("no issuer though one was promised", Box::new(move |url| with(url, only("iss")))),
        ("state twice", Box::new(|url| format!("{url}&state=x"))),
        ("another provider", Box::new(|url| url.replace("/oidc/works/", "/oidc/second/"))),
        ("an unknown provider", Box::new(|url| url.replace("/oidc/works/", "/oidc/none/"))),
        ("a refused consent", Box::new(move |url| with(url, only("code")) + "&error=access_denied")),
        (
            "an error with a script",
            Box::new(move |url| with(url, only("code")) + "&error=%3Cscript%3Ealert(1)%3C/script%3E"),
        ),
    ];
    for (why, change) in changes {
        let mut browser = Browser::new();
        let url = change(&callback(&mut browser, &site, &provider));
        let arrival = browser.open(&url);
        assert!(matches!(arrival.answer.status, 400 | 403 | 404 | 502), "{why}: {}", arrival.answer.summary());
        assert!(!arrival.answer.text().contains("<script>alert"), "{why}");
        assert_out(&mut browser, &site, why);
    }
    assert!(gate.api().users("hmi").is_empty());
    let mut browser = Browser::new();
    provider.set_consent(false);
    let page = press(&mut browser, &site, WORKS).page(400);
    assert!(page.contains("/.millgate/sign-in"), "a way back to the app: {page}");
    provider.set_consent(true);
    press(&mut browser, &site, WORKS).user();
}

#[test]
fn the_callback_is_at_the_console_alone_and_takes_no_post() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let mut browser = Browser::new();
    let url = callback(&mut browser, &site, &provider);
    let query = Url::parse(&url).expect("a URL").query().expect("a query").to_owned();
    let at_the_app = browser.get(&site.url(&format!("/.millgate/oidc/works/callback?{query}")));
    assert!(matches!(at_the_app.status, 400 | 404 | 405), "{}", at_the_app.summary());
    let posted = browser.post(&url, &[]);
    assert!(matches!(posted.status, 400 | 403 | 404 | 405), "{}", posted.summary());
    assert_out(&mut browser, &site, "neither");
}

type Forgery = fn(&mut Token);

/// What may be wrong with an ID token, one thing at a time.
const FORGERIES: [(&str, Forgery); 22] = [
    ("another nonce", |token| token.claims["nonce"] = json!("another")),
    ("no nonce", |token| token.claims["nonce"] = json!(null)),
    ("another issuer", |token| token.claims["iss"] = json!("https://evil.example")),
    ("no issuer", |token| token.claims["iss"] = json!(null)),
    ("another audience", |token| token.claims["aud"] = json!("somebody else")),
    ("no audience", |token| token.claims["aud"] = json!([])),
    ("an audience of two, made for the other", |token| {
        token.claims["aud"] = json!(["millgate", "other"]);
        token.claims["azp"] = json!("other");
    }),
    ("an authorized party that is not us", |token| token.claims["azp"] = json!("other")),
    ("expired", |token| token.claims["exp"] = json!(jiff::Timestamp::now().as_second() - 400)),
    ("no expiry", |token| token.claims["exp"] = json!(null)),
    ("expiry as a text", |token| token.claims["exp"] = json!("tomorrow")),
    ("issued in an hour", |token| token.claims["iat"] = json!(jiff::Timestamp::now().as_second() + 3600)),
    ("not valid before an hour", |token| token.claims["nbf"] = json!(jiff::Timestamp::now().as_second() + 3600)),
    ("no subject", |token| token.claims["sub"] = json!(null)),
    ("an empty subject", |token| token.claims["sub"] = json!("")),
    ("another access token", |token| token.claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ("a broken signature", |token| token.signed = Signed::Broken),
    ("the key of somebody else", |token| token.signed = Signed::By(Key::generate(Algorithm::Rs256))),
    ("no signature", |token| token.signed = Signed::Nothing),
    ("the algorithm none", |token| {
        token.header["alg"] = json!("none");
        token.signed = Signed::Nothing;
    }),
    ("the client's secret as a key", |token| {
        token.header["alg"] = json!("HS256");
        token.signed = Signed::Shared(crate::support::provider::CLIENT_SECRET.as_bytes().to_vec());
    }),
    ("an unknown critical header", |token| {
        token.header["crit"] = json!(["x"]);
        token.header["x"] = json!(1);
    }),
];

#[test]
fn every_forged_id_token_is_refused() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    for (why, forgery) in FORGERIES {
        provider.tamper(forgery);
        let mut browser = Browser::new();
        let arrival = press(&mut browser, &site, WORKS);
        assert!(matches!(arrival.answer.status, 400 | 502), "{why}: {}", arrival.answer.summary());
        arrival.page(arrival.answer.status);
        assert_out(&mut browser, &site, why);
    }
    assert!(gate.api().users("hmi").is_empty());
    provider.behave();
    press(&mut Browser::new(), &site, WORKS).user();
}

#[test]
fn clocks_that_differ_by_less_than_five_minutes_are_forgiven() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let forgiven: [(&str, Forgery); 3] = [
        ("expired", |token| token.claims["exp"] = json!(jiff::Timestamp::now().as_second() - 240)),
        ("issued", |token| token.claims["iat"] = json!(jiff::Timestamp::now().as_second() + 240)),
        ("not before", |token| token.claims["nbf"] = json!(jiff::Timestamp::now().as_second() + 240)),
    ];
    for (why, forgery) in forgiven {
        provider.tamper(forgery);
        let mut browser = Browser::new();
        press(&mut browser, &site, WORKS).user();
        assert!(is_in(&mut browser, &site), "{why}");
    }
}

#[test]
fn every_sound_algorithm_is_taken() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
        provider.rotate_key(algorithm);
        // A gate asks for new keys once a minute.
        let gate = gate_in(Mode::Signup, &recorder, &provider);
        press(&mut Browser::new(), &gate.site("hmi"), WORKS).user();
    }
}

#[test]
fn t22_no_secret_of_a_flow_is_in_the_log_or_the_store() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let app = App::new("hmi", Mode::Signup, &recorder);
    let plan = Gate::plan().log("level = \"trace\"\naccess = true").app(app).table(&provider.config(WORKS));
    let mut gate = plan.start();
    let site = gate.site("hmi");
    let mut browser = Browser::new();
    let url = callback(&mut browser, &site, &provider);
    browser.open(&url).user();
    let code =
        Url::parse(&url).expect("a URL").query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    gate.terminate();
    let store = std::fs::read(gate.store()).expect("the store");
    for secret in [code.as_str(), "with / everything", "with%20%2F", "with+%2F"] {
        assert!(!gate.log().contains(secret), "{secret} is in the log");
        assert!(crate::support::raw::find(&store, secret.as_bytes()).is_none(), "{secret} is in the store");
    }
}
