//! A forgotten password without mail: the administrator's one-time link, and what a dead one is worth (T15, T16, T25).

use std::collections::HashSet;

use serde_json::json;

use crate::account::{ADA, BOB, gate_before, signed_in, signed_up};
use crate::support::api::text;
use crate::support::clock::HOUR;
use crate::support::page::{bytes, has_field, tag_with};
use crate::support::visitor::escape;
use crate::support::{App, Clock, Gate, Mode, PASSWORD, Recorder, Response, Visitor};

const NEW: &str = "an entirely new password";

fn reset_link(gate: &Gate, username: &str) -> String {
    let reset = format!("{}/reset-link", gate.api().place_of("hmi", username));
    text(&gate.api().post(&reset, &json!({})).expect(200).json(), "link")
}

fn submit(visitor: &mut Visitor, link: &str, password: &str) -> Response {
    let path = visitor.local(link);
    visitor.post(&path, &[("password", password)])
}

#[test]
fn without_mail_the_way_back_is_the_administrator() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder))
        .app(App::new("deutsch", Mode::Signup, &recorder).with("language = \"de\""))
        .start();
    for (app, word) in [("hmi", "administrator"), ("deutsch", "Administrator")] {
        let sign_in = gate.visitor(app).get("/.millgate/sign-in").page(200);
        assert!(tag_with(&sign_in, "/.millgate/reset\"").is_some(), "{sign_in}");
        let page = gate.visitor(app).get("/.millgate/reset").page(200);
        assert!(page.contains(word) && !has_field(&page, "email"), "{page}");
    }
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let answer = |email: &str| {
        let answer = gate.visitor("hmi").post("/.millgate/reset", &[("email", email)]);
        bytes(&answer).replace(email, "…").replace(&escape(email), "…")
    };
    assert_eq!(answer(ADA), answer("eve@example.com"), "T15");
}

#[test]
fn t16_a_reset_link_is_looked_at_often_and_used_once() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let old = signed_up(&gate, ADA);
    let mut socket = old.websocket("/ws?tag=old");
    let link = reset_link(&gate, ADA);
    for _ in 0..3 {
        let mut scanner = gate.visitor("hmi");
        let page = scanner.get(&scanner.local(&link)).page(200);
        assert!(page.contains("new-password"), "{page}");
    }
    socket.assert_alive();
    let threads: Vec<_> = (0..20)
        .map(|number| {
            let (mut visitor, link) = (gate.visitor("hmi"), link.clone());
            std::thread::spawn(move || submit(&mut visitor, &link, &format!("{NEW} {number}")).status)
        })
        .collect();
    let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| *status < 500 || *status == 503), "{statuses:?}");
    socket.assert_cut();
    assert_eq!(gate.api().sessions_of("hmi", ADA).len(), 1, "who reset is signed in, nobody else");
}

#[test]
fn t15_t16_every_dead_reset_link_is_the_same_page() {
    let recorder = Recorder::start();
    let clock = Clock::new();
    let plan = Gate::plan().app(App::new("hmi", Mode::Signup, &recorder)).app(App::new("two", Mode::Signup, &recorder));
    let gate = clock.rules(plan).start();
    signed_up(&gate, ADA);
    let late = reset_link(&gate, ADA);
    clock.ahead(25 * HOUR);
    let before_sign_out = reset_link(&gate, ADA);
    signed_in(&gate, "hmi", ADA).post("/.millgate/account/sign-out-everywhere", &[]).expect(303);
    let used = reset_link(&gate, ADA);
    submit(&mut gate.visitor("hmi"), &used, NEW).expect(303);
    signed_up(&gate, BOB);
    let of_a_deleted = reset_link(&gate, BOB);
    gate.api().delete_user("hmi", BOB);
    let elsewhere = gate.site("two").url(&gate.visitor("hmi").local(&reset_link(&gate, ADA)));
    let invented = gate.site("hmi").url("/.millgate/reset/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let (mut looked, mut tried) = (HashSet::new(), HashSet::new());
    for (cause, app, link) in [
        ("late", "hmi", late),
        ("after the epoch moved", "hmi", before_sign_out),
        ("used", "hmi", used),
        ("of a deleted user", "hmi", of_a_deleted),
        ("invented", "hmi", invented),
        ("at another app", "two", elsewhere),
    ] {
        let code = link.rsplit('/').next().expect("a code").to_owned();
        let mut visitor = gate.visitor(app);
        let page = visitor.get(&visitor.local(&link));
        assert!(matches!(page.status, 404 | 410), "{cause}: {}", page.summary());
        let answer = submit(&mut visitor, &link, "a password of the thief");
        assert!((400..500).contains(&answer.status), "{cause}: {}", answer.summary());
        visitor.fetch("/").problem(401);
        if app == "hmi" {
            looked.insert(bytes(&page).replace(&code, "…"));
            tried.insert(bytes(&answer).replace(&code, "…"));
        }
    }
    assert_eq!((looked.len(), tried.len()), (1, 1), "{looked:#?}{tried:#?}");
    gate.visitor("hmi").sign_in_with(ADA, NEW).expect(303);
}

#[test]
fn a_reset_link_that_expires_while_its_page_is_open_is_refused() {
    let recorder = Recorder::start();
    let clock = Clock::new();
    let gate = clock.rules(Gate::plan().app(App::new("hmi", Mode::Signup, &recorder))).start();
    signed_up(&gate, ADA);
    let link = reset_link(&gate, ADA);
    let mut visitor = gate.visitor("hmi");
    clock.ahead(24 * HOUR - 60);
    visitor.get(&visitor.local(&link)).page(200);
    clock.ahead(24 * HOUR + 60);
    assert!((400..500).contains(&submit(&mut visitor, &link, NEW).status));
    gate.visitor("hmi").sign_in(ADA).expect(303);
}

#[test]
fn people_without_an_address_are_helped_in_the_same_way() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    let link = text(&gate.api().invite("hmi", &json!({ "username": "4711" })), "link");
    gate.visitor("hmi").accept(&link).expect(303);
    let link = reset_link(&gate, "4711");
    gate.kill();
    gate.start_again();
    let mut visitor = gate.visitor("hmi");
    submit(&mut visitor, &link, NEW).expect(303);
    assert_eq!(visitor.get("/").seen().user(), "4711");
    gate.visitor("hmi").sign_in_with("4711", NEW).expect(303);
    gate.visitor("hmi").sign_in_with("4711", PASSWORD).expect(401);
}

#[test]
fn a_reset_lets_nobody_in_whom_the_app_would_refuse() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    signed_up(&gate, ADA);
    let link = reset_link(&gate, ADA);
    let place = gate.api().place_of("hmi", ADA);
    gate.api().patch(&place, &json!({ "suspended": true })).expect(200);
    let mut visitor = gate.visitor("hmi");
    assert!(submit(&mut visitor, &link, NEW).status < 500);
    assert_ne!(visitor.fetch("/").status, 200);
}
