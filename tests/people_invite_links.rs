//! What a link is worth: once, to whom it was meant, until it ends, and a dead one tells nothing (T15, T16, T25).

use std::collections::HashSet;

use serde_json::json;

use crate::people_invites::gate_before;
use crate::support::api::{id, path, text};
use crate::support::clock::DAY;
use crate::support::page::bytes;
use crate::support::{App, Clock, Gate, MASTER, Mode, PASSWORD, Recorder, Response, Visitor};

const ADA: &str = "ada@example.com";

fn invite(gate: &Gate, app: &str, email: &str) -> String {
    text(&gate.api().invite(app, &json!({ "email": email })), "link")
}

fn submit(visitor: &mut Visitor, link: &str) -> Response {
    let path = visitor.local(link);
    visitor.post(&path, &[("password", PASSWORD), ("given_name", "Ada"), ("family_name", "L")])
}

/// A used, withdrawn, expired, replaced, renewed and invented link, one of another app, and one from before a change of
/// the mode.
fn dead_links(gate: &Gate, clock: &Clock) -> Vec<(&'static str, String)> {
    let api = gate.api();
    let expired = invite(gate, "hmi", "expired@example.com");
    let before_the_mode = invite(gate, "hmi", "mode@example.com");
    clock.ahead(15 * DAY);
    api.set_access("hmi", Mode::Signup);
    api.set_access("hmi", Mode::InviteOnly);
    let used = invite(gate, "hmi", "used@example.com");
    gate.visitor("hmi").accept(&used).expect(303);
    let row = api.invite("hmi", &json!({ "email": "withdrawn@example.com" }));
    api.delete(&path("hmi", &format!("/invites/{}", id(&row)))).expect(204);
    let replaced = invite(gate, "hmi", "replaced@example.com");
    invite(gate, "hmi", "replaced@example.com");
    let renewed = api.invite("hmi", &json!({ "email": "renewed@example.com" }));
    api.post(&path("hmi", &format!("/invites/{}/renew", id(&renewed))), &json!({})).expect(200);
    let deleted = invite(gate, "hmi", "deleted@example.com");
    gate.visitor("hmi").accept(&deleted).expect(303);
    api.delete_user("hmi", "deleted@example.com");
    let elsewhere = gate.visitor("two").local(&invite(gate, "two", ADA));
    vec![
        ("expired", expired),
        ("before the mode changed", before_the_mode),
        ("used", used),
        ("withdrawn", text(&row, "link")),
        ("replaced", replaced),
        ("renewed", text(&renewed, "link")),
        ("of a deleted user", deleted),
        ("of another app", gate.site("hmi").url(&elsewhere)),
        ("invented", gate.site("hmi").url("/.millgate/invite/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
    ]
}

#[test]
fn t15_every_dead_link_is_the_same_kind_page_whatever_killed_it() {
    let recorder = Recorder::start();
    let clock = Clock::new();
    let plan = Gate::plan().app(App::new("hmi", Mode::InviteOnly, &recorder)).app(App::new(
        "two",
        Mode::InviteOnly,
        &recorder,
    ));
    let gate = clock.rules(plan).start();
    let (mut looked, mut tried) = (HashSet::new(), HashSet::new());
    for (cause, link) in dead_links(&gate, &clock) {
        let code = link.rsplit('/').next().expect("a code").to_owned();
        let mut visitor = gate.visitor("hmi");
        let page = visitor.get(&visitor.local(&link));
        assert!(matches!(page.status, 404 | 410), "{cause}: {}", page.summary());
        assert!(page.page(page.status).contains("no longer valid"), "{cause}: {}", page.text());
        assert!(!page.text().contains("example.com"), "{cause}: it tells whose it was");
        looked.insert(bytes(&page).replace(&code, "…"));
        let answer = submit(&mut visitor, &link);
        assert!((400..500).contains(&answer.status), "{cause}: {}", answer.summary());
        tried.insert(bytes(&answer).replace(&code, "…"));
        visitor.fetch("/").problem(401);
    }
    assert_eq!((looked.len(), tried.len()), (1, 1), "{looked:#?}{tried:#?}");
}

#[test]
fn t16_a_link_that_expires_while_its_page_is_open_is_refused() {
    let recorder = Recorder::start();
    let clock = Clock::new();
    let gate = clock.rules(Gate::plan().app(App::new("hmi", Mode::InviteOnly, &recorder))).start();
    let link = invite(&gate, "hmi", ADA);
    let mut visitor = gate.visitor("hmi");
    let path = visitor.local(&link);
    clock.ahead(14 * DAY - 60);
    visitor.get(&path).page(200);
    clock.ahead(14 * DAY + 60);
    assert!((400..500).contains(&submit(&mut visitor, &link).status));
    visitor.fetch("/").problem(401);
    assert!(gate.api().users("hmi").is_empty());
    assert_eq!(gate.api().invites("hmi", "?state=expired").len(), 1);
}

#[test]
fn t25_a_clock_that_steps_back_makes_no_used_link_new() {
    let recorder = Recorder::start();
    let clock = Clock::new();
    let mut gate = clock.rules(Gate::plan().app(App::new("hmi", Mode::InviteOnly, &recorder))).start();
    let link = invite(&gate, "hmi", ADA);
    let mut ada = gate.visitor("hmi");
    ada.accept(&link).expect(303);
    for offset in [-30 * 86_400, -1_700_000_000] {
        clock.set(offset);
        assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &link).status));
        ada.get("/").expect(200);
        gate.restart();
        assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &link).status));
        ada.get("/").expect(200);
    }
}

#[test]
fn t16_fifty_accepts_at_once_give_one_success() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let link = invite(&gate, "hmi", ADA);
    let threads: Vec<_> = (0..50)
        .map(|_| {
            let (mut visitor, link) = (gate.visitor("hmi"), link.clone());
            std::thread::spawn(move || submit(&mut visitor, &link).status)
        })
        .collect();
    let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| *status < 500 || *status == 503), "{statuses:?}");
    assert_eq!(gate.api().sessions_of("hmi", ADA).len(), 1);
    assert_eq!(gate.api().invites("hmi", "?state=accepted").len(), 1);
}

#[test]
fn t16_accepting_races_with_withdrawing_and_one_of_them_wins() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for round in 0..8 {
        let email = format!("racer-{round}@example.com");
        let row = gate.api().invite("hmi", &json!({ "email": email }));
        let (mut visitor, link) = (gate.visitor("hmi"), text(&row, "link"));
        let accepting = std::thread::spawn(move || submit(&mut visitor, &link).status);
        let withdrawn = gate.api().delete(&path("hmi", &format!("/invites/{}", id(&row)))).status;
        let accepted = accepting.join().expect("an answer");
        let state = gate.api().get(&path("hmi", &format!("/invites/{}", id(&row)))).expect(200).json();
        let in_now = gate.api().users("hmi").iter().any(|user| user["username"] == email.as_str());
        match state["state"].as_str() {
            Some("accepted") => assert!(accepted == 303 && withdrawn == 409 && in_now, "{accepted} {withdrawn}"),
            Some("withdrawn") => assert!(accepted != 303 && withdrawn == 204 && !in_now, "{accepted} {withdrawn}"),
            _ => panic!("{state}"),
        }
    }
}

#[test]
fn an_invite_lets_in_with_every_mode() {
    let recorder = Recorder::start();
    for mode in Mode::ALL {
        let gate = Gate::before(App::new("hmi", mode, &recorder));
        let link = invite(&gate, "hmi", ADA);
        let mut visitor = gate.visitor("hmi");
        visitor.accept(&link).expect(303);
        if matches!(mode, Mode::MasterPassword | Mode::SignupAndMasterPassword) {
            assert_ne!(visitor.fetch("/").status, 200, "the master password is still asked for");
            visitor.give_master_password_of(MASTER).expect(303);
        }
        let seen = visitor.get("/").seen();
        if matches!(mode, Mode::Public | Mode::MasterPassword) {
            assert!(seen.user().starts_with("anon-"), "{mode:?}");
        } else {
            assert_eq!(seen.user(), ADA, "{mode:?}");
            assert_eq!(seen.user_info()["email"], ADA);
        }
        let user = gate.api().user("hmi", ADA);
        assert_eq!((user["invited"].as_bool(), user["email_verified"].as_bool()), (Some(true), Some(true)), "{mode:?}");
    }
}

#[test]
fn an_invite_works_at_every_kind_of_address() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("host", Mode::InviteOnly, &recorder))
        .app(App::new("prefix", Mode::InviteOnly, &recorder).at_prefix("/hmi"))
        .app(App::new("port", Mode::InviteOnly, &recorder).on_own_port())
        .start();
    for (app, email) in [("host", "a@example.com"), ("prefix", "b@example.com"), ("port", "c@example.com")] {
        let link = invite(&gate, app, email);
        assert!(link.starts_with(&gate.site(app).url("/.millgate/invite/")), "{link}");
        let mut visitor = gate.visitor(app);
        let answer = visitor.accept(&link);
        assert_eq!(visitor.follow(&answer).seen().user(), email);
    }
}

/// Whoever holds the browser of another person must not become that person's guest, nor the other way round.
#[test]
fn accepting_in_a_browser_that_somebody_else_uses_ends_their_session_there() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut browser = gate.visitor("hmi");
    browser.accept(&invite(&gate, "hmi", "bob@example.com")).expect(303);
    let bobs = browser.clone();
    browser.accept(&invite(&gate, "hmi", ADA)).expect(303);
    assert_eq!(browser.get("/").seen().user(), ADA);
    assert_ne!(browser.session_cookie(), bobs.session_cookie());
    assert_eq!(gate.api().users("hmi").len(), 2);
}

#[test]
fn a_foreign_page_cannot_accept_for_its_visitor() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let link = invite(&gate, "hmi", ADA);
    let mut visitor = gate.visitor("hmi");
    let path = visitor.local(&link);
    let request = crate::support::Request::form(&path, &[("password", PASSWORD)]);
    visitor.send(&request.header("Origin", "https://evil.example").header("Sec-Fetch-Site", "cross-site")).expect(403);
    assert!(gate.api().users("hmi").is_empty());
    visitor.accept(&link).expect(303);
}

#[test]
fn a_link_outlives_a_restart_and_kill_and_no_code_is_in_store_or_log() {
    let recorder = Recorder::start();
    let app = App::new("hmi", Mode::InviteOnly, &recorder);
    let mut gate = Gate::plan().log("level = \"trace\"\naccess = true").app(app).start();
    let (first, second) = (invite(&gate, "hmi", ADA), invite(&gate, "hmi", "bob@example.com"));
    gate.kill();
    gate.start_again();
    gate.visitor("hmi").accept(&first).expect(303);
    gate.kill();
    gate.start_again();
    assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &first).status), "used stays used");
    gate.visitor("hmi").accept(&second).expect(303);
    gate.terminate();
    let (store, log) = (std::fs::read(gate.store()).expect("the store"), gate.log());
    for link in [first, second] {
        let code = link.rsplit('/').next().expect("a code");
        assert!(crate::support::raw::find(&store, code.as_bytes()).is_none(), "the code is in the store");
        assert!(!log.contains(code), "T22: the code is in the log");
    }
    assert!(!log.contains(PASSWORD), "T22");
}
