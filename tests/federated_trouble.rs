//! Providers that are offline, slow, endless or wrong cost little and close no other door (T19, T25, T26).

use serde_json::json;

use crate::federated::{ANNA, WORKS, assert_out, gate_in, press};
use crate::support::page::{attribute, button};
use crate::support::provider::{Algorithm, Bad, Endpoint};
use crate::support::tls::Authority;
use crate::support::{App, Browser, Gate, Mode, Provider, Recorder, Site, eventually};

fn status(site: &Site, id: &str) -> serde_json::Value {
    let answer = site.bare_get("/.millgate/oidc/status").expect(200);
    assert!(answer.header("cache-control").is_some_and(|control| control.contains("no-store")), "{}", answer.summary());
    let list = answer.json()["items"].as_array().expect("items").clone();
    list.into_iter().find(|item| item["id"] == id).expect("the provider")
}

fn sign_in_page(site: &Site) -> String {
    site.bare_get("/.millgate/sign-in").page(200)
}

#[test]
fn an_unreachable_provider_greys_its_button_with_a_reason_and_comes_back_by_itself() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    provider.go_offline();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let item = eventually("the provider is found out", || {
        Some(status(&site, WORKS)).filter(|item| item["reachable"] == false)
    });
    assert!(item["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{item}");
    assert_eq!(item["title"], WORKS);
    let page = sign_in_page(&site);
    let grey = button(&page, WORKS);
    assert_eq!(attribute(&grey, "aria-disabled").as_deref(), Some("true"), "{grey}");
    assert!(attribute(&grey, "href").is_none(), "{grey}");
    let mut browser = Browser::new();
    let arrival = press(&mut browser, &site, WORKS);
    assert_eq!(arrival.answer.status, 503, "{}", arrival.answer.summary());
    assert!(arrival.page(503).contains("/.millgate/sign-in"), "a way back");
    assert_eq!(gate.api().list("/api/v1/providers")[0]["reachable"], false);

    provider.go_online();
    eventually("the button comes back", || (status(&site, WORKS)["reachable"] == true).then_some(()));
    assert!(attribute(&button(&sign_in_page(&site), WORKS), "href").is_some());
    assert_eq!(press(&mut browser, &site, WORKS).user(), ANNA);
}

#[test]
fn t25_an_unreachable_provider_delays_neither_start_up_nor_other_ways_in() {
    let recorder = Recorder::start();
    let app = App::new("hmi", Mode::Signup, &recorder);
    // Addresses where nobody answers: refused, a name that is none, a documentation network.
    let table = |id: &str, issuer: &str| {
        format!(
            "[[oidc]]\nid = \"{id}\"\ntitle = \"{id}\"\nissuer = \"{issuer}\"\nclient_id = \"x\"\nclient_secret = \"y\"\n"
        )
    };
    let plan = Gate::plan()
        .app(app)
        .table(&table("refused", "http://127.0.0.1:9"))
        .table(&table("nowhere", "https://provider.invalid"))
        .table(&table("silent", "https://192.0.2.1"));
    let mut gate = plan.start();
    for _ in 0..2 {
        let mut visitor = gate.visitor("hmi");
        let page = visitor.get("/.millgate/sign-in").page(200);
        for id in ["refused", "nowhere", "silent"] {
            button(&page, id);
        }
        gate.restart();
    }
    gate.visitor("hmi").sign_up("ada@example.com").expect(303);
    let mut ada = gate.visitor("hmi");
    ada.sign_in("ada@example.com").expect(303);
    ada.get("/").expect(200);
    let link = gate.api().access_link("hmi", "bob@example.com")["link"].as_str().expect("a link").to_owned();
    gate.visitor("hmi").accept(&link).expect(303);
    for id in ["refused", "nowhere", "silent"] {
        let arrival = press(&mut Browser::new(), &gate.site("hmi"), id);
        assert!(matches!(arrival.answer.status, 502 | 503), "{id}: {}", arrival.answer.summary());
    }
}

fn evils() -> Vec<(&'static str, Bad)> {
    vec![
        ("stalls", Bad::Stall),
        ("drips", Bad::Drip),
        ("is endless", Bad::Endless),
        ("sends interim answers for ever", Bad::Interim),
        ("sends a huge head", Bad::HugeHead),
        ("sends a huge document", Bad::Huge),
        ("redirects to a loop", Bad::Redirect("/.well-known/openid-configuration".to_owned())),
        ("redirects inside", Bad::Redirect("http://127.0.0.1:22/".to_owned())),
        ("fails", Bad::Status(500)),
        ("answers nothing", Bad::Status(204)),
        ("answers no JSON", Bad::Body("<html>".to_owned())),
        ("answers a list", Bad::Body("[]".to_owned())),
        ("answers deep JSON", Bad::Body("[".repeat(100_000))),
        ("answers no HTTP", Bad::Raw(b"\0\x01\x02\r\n\r\n".to_vec())),
        ("closes", Bad::Raw(Vec::new())),
    ]
}

/// One endpoint of the provider misbehaves in every way; each ends in a page in time, and memory stays.
#[track_caller]
fn suffers(endpoint: Endpoint) {
    let recorder = Recorder::start();
    for (how, bad) in evils() {
        let provider = Provider::start();
        let mut gate = gate_in(Mode::Signup, &recorder, &provider);
        let site = gate.site("hmi");
        gate.visitor("hmi").sign_up("ada@example.com").expect(303);
        let before = gate.process().resident_kib();
        provider.misbehave(endpoint, bad);
        let mut browser = Browser::new();
        let meanwhile = {
            let mut visitor = gate.visitor("hmi");
            std::thread::spawn(move || visitor.sign_in("ada@example.com").status)
        };
        let arrival = press(&mut browser, &site, WORKS);
        assert!(matches!(arrival.answer.status, 502 | 503), "{how}: {}", arrival.answer.summary());
        arrival.page(arrival.answer.status);
        assert_out(&mut browser, &site, how);
        assert_eq!(meanwhile.join().expect("an answer"), 303, "{how}: others sign in meanwhile");
        let grown = gate.process().resident_kib().saturating_sub(before);
        assert!(grown < 64 * 1024, "{how}: {grown} KiB");
        provider.behave();
        eventually("it recovers", || (press(&mut Browser::new(), &site, WORKS).answer.status == 200).then_some(()));
    }
}

#[test]
fn t19_a_bad_discovery_document_costs_little() {
    suffers(Endpoint::Discovery);
}

#[test]
fn t19_a_bad_token_endpoint_costs_little() {
    suffers(Endpoint::Token);
}

#[test]
fn t19_a_bad_key_endpoint_costs_little() {
    suffers(Endpoint::Keys);
}

#[test]
fn t19_metadata_that_leads_elsewhere_are_refused() {
    let recorder = Recorder::start();
    for (member, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(null)),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!(null)),
        ("authorization_endpoint", json!("file:///etc/passwd")),
        ("token_endpoint", json!("ftp://127.0.0.1/")),
        ("token_endpoint", json!(5)),
        ("jwks_uri", json!("not a url")),
    ] {
        let provider = Provider::start();
        provider.set_metadata(member, value.clone());
        let gate = gate_in(Mode::Signup, &recorder, &provider);
        let mut browser = Browser::new();
        let arrival = press(&mut browser, &gate.site("hmi"), WORKS);
        assert!(matches!(arrival.answer.status, 502 | 503), "{member} {value}: {}", arrival.answer.summary());
        assert_out(&mut browser, &gate.site("hmi"), member);
    }
}

#[test]
fn a_new_key_of_the_provider_is_fetched_when_it_is_first_seen() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let mut gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    press(&mut Browser::new(), &site, WORKS).user();
    let fetched = provider.requests(Endpoint::Keys).len();
    press(&mut Browser::new(), &site, WORKS).user();
    assert_eq!(provider.requests(Endpoint::Keys).len(), fetched, "keys are cached");
    provider.rotate_key(Algorithm::Es256);
    press(&mut Browser::new(), &site, WORKS).user();
    assert_eq!(provider.requests(Endpoint::Keys).len(), fetched + 1);
    let documents = provider.requests(Endpoint::Discovery).len();
    gate.restart();
    press(&mut Browser::new(), &site, WORKS).user();
    assert_eq!(provider.requests(Endpoint::Keys).len(), fetched + 1, "the cache outlives a restart");
    assert!(provider.requests(Endpoint::Discovery).len() <= documents + 1);
}

/// A flood of forged tokens with new key ids must not become a flood of requests to the provider.
#[test]
fn unknown_keys_are_not_fetched_over_and_over() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    press(&mut Browser::new(), &gate.site("hmi"), WORKS).user();
    let fetched = provider.requests(Endpoint::Keys).len();
    provider.tamper(|token| token.header["kid"] = json!(format!("kid-{}", jiff::Timestamp::now().as_nanosecond())));
    for _ in 0..12 {
        assert!(matches!(press(&mut Browser::new(), &gate.site("hmi"), WORKS).answer.status, 400 | 502));
    }
    let more = provider.requests(Endpoint::Keys).len() - fetched;
    assert!(more <= 6, "{more} fetches for 12 forgeries");
}

#[test]
fn a_provider_with_a_private_authority_is_trusted_only_with_its_file() {
    let recorder = Recorder::start();
    let authority = Authority::new();
    let provider = Provider::over_tls(authority.server(&["localhost"]));
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).expect("a file");
    let trusting = format!("{}ca_file = \"{}\"\n", provider.config(WORKS), file.display());
    for (table, expected) in [(trusting, 303), (provider.config(WORKS), 503)] {
        let gate = Gate::plan().app(App::new("hmi", Mode::Signup, &recorder)).table(&table).start();
        let answer = Browser::new().get(&gate.site("hmi").url("/.millgate/oidc/works"));
        assert!(answer.status == expected || (expected == 503 && answer.status == 502), "{}", answer.summary());
    }
}
