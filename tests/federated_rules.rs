//! Who may come in by a provider: the rules of each app, invites, and what the sign-in page shows (T16, T17, C13).

use serde_json::json;

use crate::federated::{ANNA, WORKS, assert_out, gate_in, press};
use crate::support::api::text;
use crate::support::page::{attribute, button, tag_with};
use crate::support::{App, Arrival, Browser, Gate, Identity, Mode, Provider, Recorder, Request};

fn gate_with(recorder: &Recorder, provider: &Provider, mode: Mode, line: &str) -> Gate {
    Gate::plan().app(App::new("hmi", mode, recorder).with(line)).table(&provider.config(WORKS)).start()
}

/// Opens the invite and takes the provider's button there.
#[track_caller]
fn accept(browser: &mut Browser, gate: &Gate, link: &str) -> Arrival {
    let page = browser.open(link).page(200);
    let href = attribute(&button(&page, WORKS), "href").unwrap_or_else(|| panic!("no button: {page}"));
    let target = url::Url::parse(link).expect("a link").join(&href).expect("an address");
    assert!(target.query().is_some_and(|query| query.contains("invite=")), "{target}");
    assert!(target.as_str().starts_with(&gate.site("hmi").url("/.millgate/oidc/works")), "{target}");
    browser.open(target.as_str())
}

#[test]
fn in_invite_only_an_identity_alone_opens_nothing() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::InviteOnly, &recorder, &provider);
    let mut browser = Browser::new();
    let page = press(&mut browser, &gate.site("hmi"), WORKS).page(403);
    assert!(page.to_lowercase().contains("invit"), "{page}");
    assert_out(&mut browser, &gate.site("hmi"), "not invited");
    assert!(gate.api().users("hmi").is_empty());
}

#[test]
fn an_invite_is_accepted_by_the_identity_with_its_address_and_by_no_other() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::InviteOnly, &recorder, &provider);
    let site = gate.site("hmi");
    let link = text(&gate.api().invite("hmi", &json!({ "email": ANNA })), "link");
    for (why, wrong) in [
        ("another address", Identity::new("9").email("eve@example.com")),
        ("the address unverified", Identity::new("9").unverified(ANNA)),
        ("no address", Identity::new("9")),
    ] {
        provider.set_identity(wrong);
        let mut browser = Browser::new();
        let arrival = accept(&mut browser, &gate, &link);
        assert_eq!(arrival.answer.status, 403, "{why}: {}", arrival.answer.summary());
        assert_out(&mut browser, &site, why);
    }
    assert!(gate.api().users("hmi").is_empty());
    assert_eq!(gate.api().invites("hmi", "?state=pending").len(), 1, "the invite is not used up");
    provider.set_identity(Identity::new("1001").email("Anna@Plant.example").named("Anna", "M"));
    let mut browser = Browser::new();
    let arrival = accept(&mut browser, &gate, &link);
    assert_eq!(arrival.user(), ANNA);
    assert!(arrival.url.as_str().starts_with(&site.url("/")), "straight into the app: {}", arrival.url);
    assert_eq!(gate.api().invites("hmi", "?state=accepted").len(), 1);
    assert_eq!(press(&mut Browser::new(), &site, WORKS).user(), ANNA);
    assert!((400..500).contains(&browser.get(&link).status), "used");
}

#[test]
fn an_invite_by_user_name_is_accepted_by_any_identity_and_keeps_its_name() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    provider.set_identity(Identity::new("55"));
    let gate = gate_in(Mode::InviteOnly, &recorder, &provider);
    let link = text(&gate.api().invite("hmi", &json!({ "username": "4711" })), "link");
    assert_eq!(accept(&mut Browser::new(), &gate, &link).user(), "4711");
    assert_eq!(press(&mut Browser::new(), &gate.site("hmi"), WORKS).user(), "4711");
    let user = gate.api().person("hmi", "4711");
    assert_eq!((user["providers"].clone(), user["email"].is_null()), (json!([WORKS]), true), "{user}");
}

#[test]
fn t16_an_invite_that_ends_while_the_provider_is_asked_lets_nobody_in() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::InviteOnly, &recorder, &provider);
    let row = gate.api().invite("hmi", &json!({ "email": ANNA }));
    let code = text(&row, "link").rsplit('/').next().expect("a code").to_owned();
    let mut browser = Browser::new();
    let start = browser.get(&gate.site("hmi").url(&format!("/.millgate/oidc/works?invite={code}")));
    let callback = provider.visit(start.location());
    let place = crate::support::api::path("hmi", &format!("/invites/{}", crate::support::api::id(&row)));
    gate.api().delete(&place).expect(204);
    let arrival = browser.open(&callback);
    assert!((400..500).contains(&arrival.answer.status), "{}", arrival.answer.summary());
    assert_out(&mut browser, &gate.site("hmi"), "withdrawn");
    assert!(gate.api().users("hmi").is_empty());
}

#[test]
fn the_hosted_domain_must_be_in_the_token() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_with(&recorder, &provider, Mode::Signup, "hosted_domain = \"plant.example\"");
    let site = gate.site("hmi");
    for (why, identity) in [
        ("none", Identity::new("1").email(ANNA)),
        ("another", Identity::new("2").email("bob@plant.example").hosted_by("evil.example")),
        ("a part", Identity::new("3").email("cyd@plant.example").hosted_by("sub.plant.example")),
        ("a list", Identity::new("4").email("dan@plant.example").claim("hd", json!(["plant.example"]))),
    ] {
        provider.set_identity(identity);
        let mut browser = Browser::new();
        press(&mut browser, &site, WORKS).page(403);
        assert_out(&mut browser, &site, why);
    }
    assert!(gate.api().users("hmi").is_empty());
    provider.set_identity(Identity::new("5").email(ANNA).hosted_by("plant.example"));
    let start = Browser::new().get(&site.url("/.millgate/oidc/works"));
    assert!(start.location().contains("hd=plant.example"), "{}", start.location());
    assert_eq!(press(&mut Browser::new(), &site, WORKS).user(), ANNA);
    provider.set_identity(Identity::new("5").email(ANNA));
    let mut browser = Browser::new();
    press(&mut browser, &site, WORKS).page(403);
    assert_out(&mut browser, &site, "known, but no longer of the organization");
}

#[test]
fn the_domain_rule_and_approval_hold_for_newcomers_by_a_provider() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_with(&recorder, &provider, Mode::Signup, "sign_up_domains = [\"plant.example\"]\napproval = true");
    let site = gate.site("hmi");
    provider.set_identity(Identity::new("1").email("eve@evil.example"));
    let mut browser = Browser::new();
    let page = press(&mut browser, &site, WORKS).page(403);
    assert!(page.contains("plant.example"), "{page}");
    assert_out(&mut browser, &site, "another domain");
    assert!(gate.api().users("hmi").is_empty());
    provider.set_identity(Identity::new("2").email(ANNA));
    let mut browser = Browser::new();
    press(&mut browser, &site, WORKS).page(403);
    assert_eq!(browser.fetch(&site.url("/")).problem(403)["type"], "urn:millgate:problem:waiting");
    gate.api().post(&format!("{}/approve", gate.api().place_of("hmi", ANNA)), &json!({})).expect(200);
    assert_eq!(browser.open(&site.url("/")).user(), ANNA);
}

#[test]
fn a_suspended_person_does_not_come_in_by_a_provider_either() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    press(&mut Browser::new(), &gate.site("hmi"), WORKS).user();
    gate.api().patch(&gate.api().place_of("hmi", ANNA), &json!({ "suspended": true })).expect(200);
    let mut browser = Browser::new();
    assert!(press(&mut browser, &gate.site("hmi"), WORKS).answer.status < 500);
    assert_out(&mut browser, &gate.site("hmi"), "suspended");
}

/// C13. What is not configured is not shown.
#[test]
fn each_app_shows_the_providers_that_it_names() {
    let recorder = Recorder::start();
    let (one, two) = (Provider::start(), Provider::start());
    let app = |name: &str, line: &str| App::new(name, Mode::Signup, &recorder).with(line);
    let gate = Gate::plan()
        .app(app("all", ""))
        .app(app("first", "providers = [\"one\"]"))
        .app(app("none", "providers = []"))
        .app(App::new("prefix", Mode::Signup, &recorder).at_prefix("/hmi"))
        .table(&one.config("one"))
        .table(&two.config("two"))
        .start();
    for (app, shown) in
        [("all", vec!["one", "two"]), ("first", vec!["one"]), ("none", vec![]), ("prefix", vec!["one", "two"])]
    {
        let page = gate.visitor(app).get("/.millgate/sign-in").page(200);
        for id in ["one", "two"] {
            let is_shown = tag_with(&page, &format!("data-provider=\"{id}\"")).is_some();
            assert_eq!(is_shown, shown.contains(&id), "{app} {id}: {page}");
            let answer = Browser::new().get(&gate.site(app).url(&format!("/.millgate/oidc/{id}")));
            assert_eq!(answer.status == 303, shown.contains(&id), "{app} {id}: {}", answer.summary());
            assert!(answer.status < 500);
        }
    }
    let answer = Browser::new().get(&gate.site("all").url("/.millgate/oidc/three"));
    assert!(matches!(answer.status, 400 | 404), "{}", answer.summary());
    assert!(gate.visitor("none").get("/.millgate/sign-in").page(200).contains("name=\"password\""));
}

#[test]
fn in_app_browsers_are_told_to_open_a_real_one_for_google() {
    let recorder = Recorder::start();
    let (google, works) = (Provider::start(), Provider::start());
    let app = App::new("hmi", Mode::Signup, &recorder);
    let gate = Gate::plan().app(app).table(&google.config("google")).table(&works.config(WORKS)).start();
    let agents = [
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36",
            true,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/441.0]",
            true,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 309.0",
            true,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari Line/13.16.0",
            true,
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            false,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
            false,
        ),
    ];
    for (agent, told) in agents {
        for (language, words) in [("en", "browser"), ("de", "Browser")] {
            let request =
                Request::get("/.millgate/sign-in").header("User-Agent", agent).header("Accept-Language", language);
            let page = gate.visitor("hmi").send(&request).page(200);
            let link = tag_with(&page, "data-provider=\"google\"").and_then(|tag| attribute(&tag, "href"));
            assert_eq!(link.is_none(), told, "{agent}: {page}");
            assert!(!told || page.contains(words), "{agent}: {page}");
            assert!(attribute(&button(&page, WORKS), "href").is_some(), "others work there: {page}");
        }
    }
}

#[test]
fn buttons_speak_german_and_the_title_is_escaped() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let table = provider.config(WORKS).replace("title = \"works\"", "title = \"Werk <4>\"");
    let app = App::new("hmi", Mode::Signup, &recorder).with("language = \"de\"");
    let gate = Gate::plan().app(app).table(&table).start();
    let page = gate.visitor("hmi").get("/.millgate/sign-in").page(200);
    assert!(!page.contains("<4>") && page.contains("Werk &"), "{page}");
    assert!(page.contains("Weiter mit"), "{page}");
}
