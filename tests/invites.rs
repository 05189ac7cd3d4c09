//! Access links: an invite is bound to app and address, single use, expiring, and replaced by a new one (T16).

use serde_json::{Value, json};

use crate::support::api::path;
use crate::support::{App, Gate, Mode, PASSWORD, Recorder, Response, Visitor};

const ADA: &str = "ada@example.com";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::InviteOnly, recorder))
        .app(App::new("two", Mode::InviteOnly, recorder))
        .app(App::new("open", Mode::Signup, recorder))
        .start()
}

fn link(answer: &Value) -> String {
    answer["link"].as_str().unwrap_or_else(|| panic!("no link: {answer}")).to_owned()
}

fn submit(visitor: &mut Visitor, link: &str) -> Response {
    let path = visitor.local(link);
    visitor.post(&path, &[("password", PASSWORD), ("given_name", "Ada"), ("family_name", "L")])
}

/// C18. A program invites whom nobody knows yet.
#[test]
fn an_unknown_address_gets_an_invite_that_leads_to_choosing_a_password() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let answer = gate.api().access_link("hmi", ADA);
    assert!(link(&answer).starts_with(&gate.site("hmi").url("/.millgate/invite/")), "{answer}");
    assert_eq!(
        (
            answer["user_status"].as_str(),
            answer["registration_status"].as_str(),
            answer["password_setup_required"].as_bool()
        ),
        (Some("unknown"), Some("invited"), Some(true))
    );
    let mut visitor = gate.visitor("hmi");
    let page = visitor.get(&visitor.local(&link(&answer))).page(200);
    assert!(page.contains(ADA) && page.contains("new-password"), "{page}");
    visitor.accept(&link(&answer)).expect(303);
    assert_eq!(visitor.get("/").seen().user(), ADA);
    let user = gate.api().user("hmi", ADA);
    assert_eq!(
        (user["invited"].as_bool(), user["status"].as_str(), user["given_name"].as_str()),
        (Some(true), Some("active"), Some("Ada"))
    );
    gate.visitor("hmi").sign_in(ADA).expect(303);
}

#[test]
fn looking_at_an_invite_does_not_use_it_up() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let invite = link(&gate.api().access_link("hmi", ADA));
    for _ in 0..3 {
        let mut mail_scanner = gate.visitor("hmi");
        mail_scanner.get(&mail_scanner.local(&invite)).page(200);
    }
    let mut visitor = gate.visitor("hmi");
    let path = visitor.local(&invite);
    visitor.post(&path, &[("password", "short")]).page(422);
    visitor.accept(&invite).expect(303);
}

#[test]
fn a_new_invite_replaces_the_old_one() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let old = link(&gate.api().access_link("hmi", ADA));
    let new = link(&gate.api().access_link("hmi", ADA));
    assert_ne!(old, new);
    let mut visitor = gate.visitor("hmi");
    let answer = submit(&mut visitor, &old);
    assert!((400..500).contains(&answer.status), "{}", answer.summary());
    assert_ne!(visitor.get("/").status, 200);
    visitor.accept(&new).expect(303);
    visitor.get("/").expect(200);
}

/// C18. A program invites who has an account already.
#[test]
fn an_active_user_gets_the_plain_address_and_is_registered_as_invited() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    gate.visitor("open").sign_up(ADA).expect(303);
    let answer = gate.api().access_link("hmi", ADA);
    assert_eq!(link(&answer).trim_end_matches('/'), gate.site("hmi").url(""));
    assert_eq!(
        (
            answer["user_status"].as_str(),
            answer["registration_status"].as_str(),
            answer["password_setup_required"].as_bool()
        ),
        (Some("active"), Some("registered"), Some(false))
    );
    assert_eq!(gate.api().user("hmi", ADA)["invited"], true);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_in(ADA).expect(303);
    assert_eq!(visitor.get("/").seen().user(), ADA);
    assert_eq!(link(&gate.api().access_link("hmi", ADA)).trim_end_matches('/'), gate.site("hmi").url(""), "repeatable");
}

/// C17. An invite is for one use.
#[test]
fn fifty_accepts_at_once_give_one_success() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let invite = link(&gate.api().access_link("hmi", ADA));
    let threads: Vec<_> = (0..50)
        .map(|_| {
            let (mut visitor, invite) = (gate.visitor("hmi"), invite.clone());
            std::thread::spawn(move || submit(&mut visitor, &invite).status)
        })
        .collect();
    let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| *status < 500 || *status == 503), "{statuses:?}");
    assert_eq!(gate.api().sessions_of("hmi", ADA).len(), 1);
    assert_eq!(gate.api().users("hmi").len(), 1);
}

#[test]
fn a_used_or_invented_invite_is_a_clear_page_and_no_session() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let invite = link(&gate.api().access_link("hmi", ADA));
    gate.visitor("hmi").accept(&invite).expect(303);
    let invented = gate.site("hmi").url("/.millgate/invite/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let odd = gate.site("hmi").url("/.millgate/invite/x");
    for dead in [invite, invented, odd] {
        let mut visitor = gate.visitor("hmi");
        let page = visitor.get(&visitor.local(&dead));
        assert!(matches!(page.status, 404 | 410), "{dead}: {}", page.summary());
        page.page(page.status);
        assert!((400..500).contains(&submit(&mut visitor, &dead).status), "{dead}");
        visitor.fetch("/").problem(401);
    }
}

/// C17. An invite is for one app.
#[test]
fn an_invite_is_bound_to_its_app() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let invite = link(&gate.api().access_link("hmi", ADA));
    let mut visitor = gate.visitor("two");
    let elsewhere = visitor.site.url(&gate.visitor("hmi").local(&invite));
    assert!((400..500).contains(&submit(&mut visitor, &elsewhere).status));
    assert!(gate.api().users("two").is_empty());
    gate.visitor("hmi").accept(&invite).expect(303);
}

#[test]
fn the_address_of_an_invite_cannot_be_changed_by_its_form() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let invite = link(&gate.api().access_link("hmi", ADA));
    let mut visitor = gate.visitor("hmi");
    let path = visitor.local(&invite);
    visitor.post(
        &path,
        &[("email", "eve@example.com"), ("password", PASSWORD), ("given_name", "E"), ("family_name", "E")],
    );
    assert!(gate.api().users("hmi").iter().all(|user| user["email"] == ADA));
}

#[test]
fn deleting_and_inviting_again_revives_neither_session_nor_password_nor_invite() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let first = link(&gate.api().access_link("hmi", ADA));
    let mut old = gate.visitor("hmi");
    old.accept(&first).expect(303);
    gate.api().delete_user("hmi", ADA);
    old.fetch("/").problem(401);
    gate.visitor("hmi").sign_in(ADA).expect(401);
    let second = gate.api().access_link("hmi", ADA);
    assert_eq!(second["user_status"], "unknown", "the user row went with the last registration");
    assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &first).status));
    let mut new = gate.visitor("hmi");
    let path = new.local(&link(&second));
    new.post(&path, &[("password", "a different password"), ("given_name", "A"), ("family_name", "B")]).expect(303);
    old.fetch("/").problem(401);
    gate.visitor("hmi").sign_in(ADA).expect(401);
    gate.visitor("hmi").sign_in_with(ADA, "a different password").expect(303);
}

#[test]
fn a_mode_change_ends_open_invites() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let invite = link(&gate.api().access_link("hmi", ADA));
    gate.api().set_access("hmi", Mode::Signup);
    gate.api().set_access("hmi", Mode::InviteOnly);
    let answer = submit(&mut gate.visitor("hmi"), &invite);
    assert!((400..500).contains(&answer.status), "{}", answer.summary());
    assert!(gate.api().users("hmi").is_empty());
}

#[test]
fn an_invite_is_only_for_addresses_that_are_addresses() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for email in ["", "no-address", "a@b@c", "a b@example.com", "a@example.com\r\nBcc: b@example.com", "@example.com"] {
        let problem = gate.api().post(&path("hmi", "/access-links"), &json!({ "email": email })).problem(422);
        assert_eq!(problem["errors"][0]["field"], "email", "{problem}");
    }
    gate.api().post(&path("hmi", "/access-links"), &json!({})).problem(422);
}

#[test]
fn an_invite_outlives_a_restart_and_its_code_is_not_in_the_store() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let invite = link(&gate.api().access_link("hmi", ADA));
    gate.terminate();
    let code = invite.rsplit('/').next().expect("a code");
    let store = std::fs::read(gate.store()).expect("the store");
    assert!(crate::support::raw::find(&store, code.as_bytes()).is_none());
    assert!(crate::support::raw::find(&store, PASSWORD.as_bytes()).is_none());
    gate.start_again();
    gate.visitor("hmi").accept(&invite).expect(303);
}
