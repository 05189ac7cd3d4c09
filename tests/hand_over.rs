//! One sign-in per workspace: who is signed in to one app continues at another with one click (T14, T16, T23).

use serde_json::json;

use crate::support::page::{form, has_form};
use crate::support::{App, Arrival, Browser, Gate, MASTER, Mode, Recorder, Site};

pub const ADA: &str = "ada@example.com";

/// The three ways in which two apps can stand beside each other: two hosts, two ports of one address, two paths.
pub fn neighbors(recorder: &Recorder) -> Vec<(&'static str, Gate)> {
    let pair = |place: fn(App, &str) -> App, other: &str| {
        let app = |name: &str| place(App::new(name, Mode::Signup, recorder), name).with(other);
        Gate::plan().app(app("a")).app(app("b")).start()
    };
    vec![
        ("two hosts", pair(|app, _| app, "")),
        ("two ports", pair(|app, _| app.on_own_port(), "")),
        ("two paths", pair(|app, name| app.at_prefix(&format!("/{name}")), "")),
    ]
}

pub fn signed_up(gate: &Gate, app: &str, email: &str) -> Browser {
    let mut browser = Browser::new();
    browser.at(&gate.site(app), |visitor| visitor.sign_up(email).expect(303));
    browser
}

pub fn is_offered(page: &str) -> bool {
    has_form(page, "/.millgate/hand-over")
}

/// Opens the app, which must offer to continue, and answers with the fields of the offer.
#[track_caller]
pub fn offer(browser: &mut Browser, site: &Site, path: &str) -> Vec<(String, String)> {
    let arrival = browser.open(&site.url(path));
    assert!(arrival.way.len() <= 6, "{:?}", arrival.way);
    let page = arrival.page(200);
    assert!(is_offered(&page) && page.contains(ADA), "no offer to continue at {}: {page}", arrival.url);
    assert!(arrival.url.as_str().starts_with(&site.url("/.millgate/sign-in")), "{}", arrival.url);
    form(&page, "/.millgate/hand-over")
}

#[track_caller]
pub fn click(browser: &mut Browser, site: &Site, fields: &[(String, String)]) -> Arrival {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.submit(&site.url("/.millgate/hand-over"), &fields)
}

fn enters(browser: &mut Browser, site: &Site) -> bool {
    browser.fetch(&site.url("/")).status == 200
}

#[test]
fn one_click_leads_on_to_the_page_that_was_asked_for() {
    let recorder = Recorder::start();
    for (place, gate) in neighbors(&recorder) {
        let mut browser = signed_up(&gate, "a", ADA);
        let (a, b) = (gate.site("a"), gate.site("b"));
        let fields = offer(&mut browser, &b, "/line/4?speed=1");
        assert!(!enters(&mut browser, &b), "{place}: nothing happens without the click");
        assert!(gate.api().users("b").is_empty(), "{place}");
        let arrival = click(&mut browser, &b, &fields);
        assert_eq!(arrival.user(), ADA, "{place}");
        assert_eq!(arrival.url.as_str(), b.url("/line/4?speed=1"), "{place}");
        let ids = ["a", "b"].map(|app| gate.api().user(app, ADA)["id"].clone());
        assert_eq!(ids[0], ids[1], "{place}: one person");
        assert!(enters(&mut browser, &a), "{place}: the first session goes on");
        assert_eq!(gate.api().sessions("b").iter().filter(|row| row["kind"] == "user").count(), 1, "{place}");
    }
}

#[test]
fn a_stranger_and_a_second_browser_get_the_plain_page_without_wandering() {
    let recorder = Recorder::start();
    for (place, gate) in neighbors(&recorder) {
        let fresh = Browser::new().open(&gate.site("b").url("/"));
        assert!(fresh.way.len() <= 2 && !is_offered(&fresh.page(200)), "{place}: {:?}", fresh.way);
        let _signed_in = signed_up(&gate, "a", ADA);
        for agent in ["the same", "Another/1.0"] {
            let mut other = Browser::new();
            if agent != "the same" {
                other = other.with_header("User-Agent", agent);
            }
            let arrival = other.open(&gate.site("b").url("/x"));
            let page = arrival.page(200);
            assert!(arrival.way.len() <= 5 && !is_offered(&page) && !page.contains(ADA), "{place}: {page}");
            assert!(page.contains("name=\"password\""), "{place}: signing in as usual: {page}");
        }
    }
}

#[test]
fn t16_an_offer_is_for_one_use_in_one_browser() {
    let recorder = Recorder::start();
    for (place, gate) in neighbors(&recorder) {
        let mut browser = signed_up(&gate, "a", ADA);
        let b = gate.site("b");
        let fields = offer(&mut browser, &b, "/");
        let mut thief = Browser::new();
        let stolen = click(&mut thief, &b, &fields);
        assert!(stolen.answer.status < 500, "{place}: {}", stolen.answer.summary());
        assert!(!enters(&mut thief, &b), "{place}: a stolen code opens nothing elsewhere");
        let fields = offer(&mut browser, &b, "/");
        click(&mut browser, &b, &fields).user();
        browser.at(&b, |visitor| visitor.sign_out().expect(303));
        let again = click(&mut browser, &b, &fields);
        assert!(again.answer.status < 500, "{place}: {}", again.answer.summary());
        assert!(!enters(&mut browser, &b), "{place}: a used code is worth nothing");
        assert_eq!(gate.api().sessions_of("b", ADA).len(), 0, "{place}");
    }
}

#[test]
fn an_offer_lasts_five_minutes() {
    let recorder = Recorder::start();
    let clock = crate::support::Clock::new();
    let plan = Gate::plan().app(App::new("a", Mode::Signup, &recorder)).app(App::new("b", Mode::Signup, &recorder));
    let gate = clock.rules(plan).start();
    let mut browser = signed_up(&gate, "a", ADA);
    let fields = offer(&mut browser, &gate.site("b"), "/");
    clock.ahead(6 * 60);
    assert!(click(&mut browser, &gate.site("b"), &fields).answer.status < 500);
    assert!(!enters(&mut browser, &gate.site("b")));
    let fields = offer(&mut browser, &gate.site("b"), "/");
    click(&mut browser, &gate.site("b"), &fields).user();
}

type End<'a> = &'a dyn Fn(&mut Browser);

#[test]
fn the_session_it_comes_from_must_still_be_alive() {
    let recorder = Recorder::start();
    for (place, gate) in neighbors(&recorder) {
        let (a, b) = (gate.site("a"), gate.site("b"));
        let ends: [(&str, End); 4] = [
            ("signed out", &|browser| drop(browser.at(&a, |visitor| visitor.sign_out().expect(303)))),
            ("ended", &|_| {
                gate.api().sessions_of("a", ADA).iter().for_each(|row| {
                    gate.api().delete_session("a", row["id"].as_str().expect("an id"));
                });
            }),
            ("suspended", &|_| {
                let place = gate.api().place_of("a", ADA);
                gate.api().patch(&place, &json!({ "suspended": true })).expect(200);
                gate.api().patch(&place, &json!({ "suspended": false })).expect(200);
            }),
            ("deleted", &|_| gate.api().delete_user("a", ADA)),
        ];
        signed_up(&gate, "a", ADA);
        for (cause, end) in ends {
            let mut browser = Browser::new();
            browser.at(&a, |visitor| visitor.sign_in(ADA).expect(303));
            let fields = offer(&mut browser, &b, "/");
            end(&mut browser);
            assert!(click(&mut browser, &b, &fields).answer.status < 500, "{place}: {cause}");
            assert!(!enters(&mut browser, &b), "{place}: {cause}");
            assert!(!is_offered(&browser.open(&b.url("/")).page(200)), "{place}: {cause}: no new offer either");
        }
    }
}

#[test]
fn signing_out_ends_one_app_and_everywhere_ends_all() {
    let recorder = Recorder::start();
    for (place, gate) in neighbors(&recorder) {
        let (a, b) = (gate.site("a"), gate.site("b"));
        let mut browser = signed_up(&gate, "a", ADA);
        let fields = offer(&mut browser, &b, "/");
        click(&mut browser, &b, &fields).user();
        browser.at(&a, |visitor| visitor.sign_out().expect(303));
        assert!(!enters(&mut browser, &a) && enters(&mut browser, &b), "{place}");
        let fields = offer(&mut browser, &a, "/");
        click(&mut browser, &a, &fields).user();
        let mut sockets = [&a, &b].map(|site| browser.at(site, |visitor| visitor.websocket("/ws?tag=hand-over")));
        browser.at(&a, |visitor| visitor.post("/.millgate/sign-out", &[("everywhere", "on")]).expect(303));
        sockets.iter_mut().for_each(|socket| socket.assert_cut());
        assert!(!enters(&mut browser, &a) && !enters(&mut browser, &b), "{place}");
    }
}

#[test]
fn the_combined_mode_still_asks_for_the_master_password() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("a", Mode::Signup, &recorder))
        .app(App::new("b", Mode::SignupAndMasterPassword, &recorder))
        .start();
    let mut browser = signed_up(&gate, "a", ADA);
    let b = gate.site("b");
    let fields = offer(&mut browser, &b, "/");
    click(&mut browser, &b, &fields);
    assert!(!enters(&mut browser, &b));
    browser.at(&b, |visitor| visitor.give_master_password_of(MASTER).expect(303));
    assert!(enters(&mut browser, &b));
}
