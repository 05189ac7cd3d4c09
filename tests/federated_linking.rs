//! When an identity meets an account that is there already: nothing is taken over, nothing unproven survives (T17).

use serde_json::json;

use crate::federated::{ANNA, WORKS, assert_out, gate_in, is_in, press};
use crate::support::api::{path, text};
use crate::support::page::{form, has_field, has_form};
use crate::support::{App, Browser, Gate, Identity, Mode, PASSWORD, Provider, Recorder, Site};

fn invited(gate: &Gate) -> Browser {
    let link = text(&gate.api().invite("hmi", &json!({ "email": ANNA })), "link");
    let mut browser = Browser::new();
    browser.at(&gate.site("hmi"), |visitor| visitor.accept(&link).expect(303));
    browser
}

fn signed_in(site: &Site) -> Browser {
    let mut browser = Browser::new();
    browser.at(site, |visitor| visitor.sign_in(ANNA).expect(303));
    browser
}

/// Links the identity to the account that this browser is signed in to.
fn link(browser: &mut Browser, site: &Site, provider: &str) -> crate::support::Arrival {
    browser.open(&site.url(&format!("/.millgate/oidc/{provider}?link=1")))
}

/// Somebody took the address before its owner came: the squatter's password and sessions end with the owner's arrival.
#[test]
fn a_password_set_by_someone_who_never_proved_the_address_does_not_survive() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let mut squatter = gate.visitor("hmi");
    squatter.sign_up(ANNA).expect(303);
    let mut socket = squatter.websocket("/ws?tag=squatter");
    let mut anna = Browser::new();
    assert_eq!(press(&mut anna, &site, WORKS).user(), ANNA);
    socket.assert_cut();
    squatter.fetch("/").problem(401);
    gate.visitor("hmi").sign_in(ANNA).expect(401);
    assert!(is_in(&mut anna, &site));
    let user = gate.api().user("hmi", ANNA);
    assert_eq!((user["providers"].clone(), user["email_verified"].as_bool()), (json!([WORKS]), Some(true)), "{user}");
}

#[test]
fn a_proven_account_is_linked_only_with_its_password() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::InviteOnly, &recorder, &provider);
    let site = gate.site("hmi");
    let mut old = invited(&gate);
    let mut browser = Browser::new();
    let arrival = press(&mut browser, &site, WORKS);
    let page = arrival.page(200);
    assert!(arrival.url.path().ends_with("/.millgate/oidc/works/link") && has_field(&page, "password"), "{page}");
    assert_out(&mut browser, &site, "before the password");
    let mut fields = form(&page, "/.millgate/oidc/works/link");
    let mut give = |browser: &mut Browser, password: &str| {
        fields.retain(|(name, _)| name != "password");
        fields.push(("password".to_owned(), password.to_owned()));
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.submit(&site.url("/.millgate/oidc/works/link"), &pairs)
    };
    give(&mut browser, "not the password").page(401);
    assert_out(&mut browser, &site, "a wrong password");
    let mut thief = Browser::new();
    assert!(give(&mut thief, PASSWORD).answer.status < 500);
    assert_out(&mut thief, &site, "another browser");
    let arrival = give(&mut browser, PASSWORD);
    assert_eq!(arrival.user(), ANNA);
    assert_eq!(arrival.url.as_str(), site.url("/line/4"));
    assert!(is_in(&mut old, &site), "nobody is thrown out: the owner has proven both");
    gate.visitor("hmi").sign_in(ANNA).expect(303);
    assert_eq!(press(&mut Browser::new(), &site, WORKS).user(), ANNA, "asked once");
}

#[test]
fn t20_the_question_for_the_password_is_no_place_to_guess() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::InviteOnly, &recorder, &provider);
    let site = gate.site("hmi");
    invited(&gate);
    let mut browser = Browser::new();
    let mut page = press(&mut browser, &site, WORKS).page(200);
    let limited = (0..40).any(|number| {
        let guess = format!("guess number {number}");
        let mut fields = form(&page, "/.millgate/oidc/works/link");
        fields.retain(|(name, _)| name != "password");
        let mut pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.push(("password", &guess));
        let answer = browser.post(&site.url("/.millgate/oidc/works/link"), &pairs);
        if !has_form(&answer.text(), "/.millgate/oidc/works/link") && answer.status != 429 {
            page = press(&mut browser, &site, WORKS).answer.text();
        }
        answer.status == 429 || !has_form(&page, "/.millgate/oidc/works/link")
    });
    assert!(limited, "forty guesses are too many");
}

#[test]
fn an_account_without_any_way_in_is_the_owners_who_proves_the_address() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::InviteOnly, &recorder, &provider);
    gate.api().post(&path("hmi", "/users"), &json!({ "email": ANNA })).expect(201);
    let id = gate.api().user("hmi", ANNA)["id"].clone();
    assert_eq!(press(&mut Browser::new(), &gate.site("hmi"), WORKS).user(), ANNA);
    assert_eq!(gate.api().user("hmi", ANNA)["id"], id);
}

#[test]
fn an_account_of_another_identity_is_not_taken_over() {
    let recorder = Recorder::start();
    let (one, two) = (Provider::start(), Provider::start());
    two.set_identity(Identity::new("evil").email(ANNA));
    let app = App::new("hmi", Mode::Signup, &recorder);
    let gate = Gate::plan().app(app).table(&one.config("one")).table(&two.config("two")).start();
    let site = gate.site("hmi");
    let mut anna = Browser::new();
    press(&mut anna, &site, "one").user();
    let mut other = Browser::new();
    let arrival = press(&mut other, &site, "two");
    let page = arrival.page(arrival.answer.status);
    assert!(arrival.answer.status < 500 && !has_field(&page, "password"), "{page}");
    assert_out(&mut other, &site, "another identity with the same address");
    one.set_identity(Identity::new("1002").email(ANNA));
    assert_out(
        &mut {
            let mut browser = Browser::new();
            press(&mut browser, &site, "one");
            browser
        },
        &site,
        "another subject of one issuer",
    );
    assert_eq!(gate.api().user("hmi", ANNA)["providers"], json!(["one"]));
    // Signed in as before, she links it herself.
    assert!(link(&mut anna, &site, "two").page(200).contains("two"));
    assert_eq!(press(&mut Browser::new(), &site, "two").user(), ANNA);
}

#[test]
fn an_identity_is_linked_and_unlinked_in_the_account() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    provider.set_identity(Identity::new("77").email("private@elsewhere.example"));
    let gate = gate_in(Mode::InviteOnly, &recorder, &provider);
    let site = gate.site("hmi");
    let mut anna = invited(&gate);
    let arrival = link(&mut anna, &site, WORKS);
    assert!(arrival.url.path().ends_with("/.millgate/account"), "{}", arrival.url);
    let page = arrival.page(200);
    assert!(page.contains("private@elsewhere.example"), "which identity it is: {page}");
    assert_eq!(press(&mut Browser::new(), &site, WORKS).user(), ANNA);
    assert_eq!(gate.api().user("hmi", ANNA)["providers"], json!([WORKS]));
    let fields = form(&page, "/.millgate/account/unlink");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = anna.submit(&site.url("/.millgate/account/unlink"), &fields).page(200);
    assert!(!page.contains("private@elsewhere.example"), "{page}");
    let mut gone = Browser::new();
    assert!(press(&mut gone, &site, WORKS).answer.status < 500);
    assert_out(&mut gone, &site, "unlinked");
    assert!(is_in(&mut anna, &site));
}

#[test]
fn the_last_way_in_cannot_be_unlinked() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    let mut anna = Browser::new();
    press(&mut anna, &site, WORKS).user();
    let page = anna.open(&site.url("/.millgate/account")).page(200);
    if has_form(&page, "/.millgate/account/unlink") {
        let fields = form(&page, "/.millgate/account/unlink");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = anna.post(&site.url("/.millgate/account/unlink"), &fields);
        assert!((400..500).contains(&answer.status), "{}", answer.summary());
    }
    assert_eq!(press(&mut Browser::new(), &site, WORKS).user(), ANNA);
    // With a password there are two ways in; no old one is asked for where there is none.
    let answer = anna.post(&site.url("/.millgate/account/password"), &[("new_password", PASSWORD)]);
    assert_eq!(answer.status, 303, "{}", answer.summary());
    gate.visitor("hmi").sign_in(ANNA).expect(303);
}

#[test]
fn nobody_links_what_belongs_to_somebody_else_or_without_being_signed_in() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    press(&mut Browser::new(), &site, WORKS).user();
    let mut bob = Browser::new();
    bob.at(&site, |visitor| visitor.sign_up("bob@example.com").expect(303));
    let arrival = link(&mut bob, &site, WORKS);
    assert!((400..500).contains(&arrival.answer.status), "{}", arrival.answer.summary());
    assert_eq!(gate.api().user("hmi", "bob@example.com")["providers"], json!([]));
    assert_eq!(press(&mut Browser::new(), &site, WORKS).user(), ANNA);
    let stranger = link(&mut Browser::new(), &site, WORKS);
    assert!(stranger.url.path().ends_with("/.millgate/sign-in"), "{}", stranger.url);
}

/// A link is meant for the person who began it, also when somebody else is signed in by the time it comes back.
#[test]
fn linking_ends_with_the_session_that_began_it() {
    let recorder = Recorder::start();
    let provider = Provider::start();
    provider.set_identity(Identity::new("eve").email("eve@example.com"));
    let gate = gate_in(Mode::Signup, &recorder, &provider);
    let site = gate.site("hmi");
    gate.visitor("hmi").sign_up(ANNA).expect(303);
    let mut browser = signed_in(&site);
    let start = browser.get(&site.url("/.millgate/oidc/works?link=1")).location().to_owned();
    let callback = provider.visit(&start);
    browser.at(&site, |visitor| visitor.sign_out().expect(303));
    browser.at(&site, |visitor| visitor.sign_up("bob@example.com").expect(303));
    let arrival = browser.open(&callback);
    assert!(arrival.answer.status < 500, "{}", arrival.answer.summary());
    for email in [ANNA, "bob@example.com"] {
        assert_eq!(gate.api().user("hmi", email)["providers"], json!([]), "{email}");
    }
}
