//! People by the API: made, changed, approved, suspended, helped back in, signed out (D1, D2, T16, T23).

use serde_json::{Value, json};

use crate::support::api::{id, path, text};
use crate::support::clock::{DAY, seconds_between};
use crate::support::{App, Gate, Mode, PASSWORD, Recorder, Visitor, qr};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const USERS: &str = "/users";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("two", Mode::Signup, recorder))
        .app(App::new("closed", Mode::InviteOnly, recorder))
        .start()
}

fn signed_up(gate: &Gate, email: &str) -> Visitor {
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(email).expect(303);
    visitor
}

fn names(rows: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().map(|row| row["username"].as_str().expect("a user name")).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_user_row_tells_everything_but_secrets() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    signed_up(&gate, ADA);
    let expected = json!({
        "username": ADA, "email": ADA, "email_verified": false, "waiting": false, "suspended": false, "providers": [],
        "status": "active", "invited": false, "given_name": "Ada", "family_name": "Lovelace",
    });
    let user = gate.api().person("hmi", ADA);
    for (key, value) in expected.as_object().expect("a table") {
        assert_eq!(user[key], *value, "{key}: {user}");
    }
    assert!(!user.to_string().contains("argon2") && !user.to_string().contains(PASSWORD));
}

#[test]
fn a_person_is_made_with_an_invite_or_without() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    let body = json!({ "username": "4711", "given_name": "Ada", "invite": true });
    let made = api.post(&path("closed", USERS), &body).expect(201).json();
    assert_eq!((made["username"].as_str(), made["status"].as_str()), (Some("4711"), Some("passwordless")), "{made}");
    assert_eq!(qr::read(&text(&made, "qr")), text(&made, "link"));
    let mut visitor = gate.visitor("closed");
    visitor.accept(&text(&made, "link")).expect(303);
    assert_eq!(visitor.get("/").seen().user(), "4711");
    assert_eq!(api.person("closed", "4711")["id"], made["id"], "the same person, not a second one");

    let made = api.post(&path("closed", USERS), &json!({ "email": ADA, "invite": false })).expect(201).json();
    assert!(made.get("link").is_none(), "{made}");
    gate.visitor("closed").sign_in(ADA).expect(401);
    let reset = api.post(&format!("{}/reset-link", api.place_of("closed", ADA)), &json!({})).expect(200).json();
    let mut visitor = gate.visitor("closed");
    let at = visitor.local(&text(&reset, "link"));
    visitor.post(&at, &[("password", PASSWORD)]).expect(303);
    assert_eq!(visitor.get("/").seen().user(), ADA);
    api.post(&path("closed", USERS), &json!({ "email": "ADA@EXAMPLE.COM" })).problem(409);
    api.post(&path("closed", USERS), &json!({ "username": "4711" })).problem(409);
}

#[test]
fn a_person_that_cannot_be_is_refused_field_by_field() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for (field, body) in [
        ("email", json!({ "email": "no-address" })),
        ("username", json!({ "username": "two words" })),
        ("given_name", json!({ "email": ADA, "given_name": "a\u{0}b" })),
        ("given_name", json!({ "email": ADA, "given_name": "x".repeat(1000) })),
        ("invite", json!({ "email": ADA, "invite": "yes" })),
        ("unknown_key", json!({ "email": ADA, "unknown_key": 1 })),
    ] {
        let problem = gate.api().post(&path("hmi", USERS), &body).problem(422);
        let errors = problem["errors"].as_array().expect("errors");
        assert!(errors.iter().any(|error| error["field"] == field), "{field}: {problem}");
    }
    gate.api().post(&path("hmi", USERS), &json!({})).problem(422);
    assert!(gate.api().users("hmi").is_empty());
}

#[test]
fn a_changed_name_reaches_the_app_at_once() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let place = gate.api().place_of("hmi", ADA);
    let row = gate.api().patch(&place, &json!({ "given_name": "Augusta", "family_name": "King" })).expect(200).json();
    assert_eq!((row["given_name"].as_str(), row["family_name"].as_str()), (Some("Augusta"), Some("King")));
    assert_eq!(ada.get("/").seen().user_info()["name"], "Augusta King");
    for (field, wrong) in [
        ("given_name", json!({ "given_name": 5 })),
        ("email", json!({ "email": "no-address" })),
        ("suspended", json!({ "suspended": "yes" })),
        ("status", json!({ "status": "active" })),
    ] {
        let problem = gate.api().patch(&place, &wrong).problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    gate.api().patch(&path("hmi", "/users/0000000000000"), &json!({ "given_name": "A" })).problem(404);
}

#[test]
fn a_changed_address_is_the_only_one_that_signs_in_from_then_on() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    signed_up(&gate, ADA);
    signed_up(&gate, BOB);
    let place = gate.api().place_of("hmi", ADA);
    gate.api().patch(&place, &json!({ "email": "BOB@example.com" })).problem(409);
    let row = gate.api().patch(&place, &json!({ "email": "Countess@example.com" })).expect(200).json();
    assert_eq!(
        (row["email"].as_str(), row["username"].as_str()),
        (Some("countess@example.com"), Some("countess@example.com"))
    );
    gate.visitor("hmi").sign_in(ADA).expect(401);
    let mut ada = gate.visitor("hmi");
    ada.sign_in("countess@example.com").expect(303);
    assert_eq!(ada.get("/").seen().user(), "countess@example.com");
    let row = gate.api().patch(&place, &json!({ "username": "4711" })).expect(200).json();
    assert!(row["email"].is_null(), "{row}");
    assert_eq!(ada.get("/").seen().user(), "4711");
    let mut new = signed_up(&gate, ADA);
    assert_ne!(new.me()["sub"], id(&row), "the freed address is somebody else's now");
}

#[test]
fn t23_suspending_cuts_at_once_and_lasts_until_it_is_lifted() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let (mut ada, bob) = (signed_up(&gate, ADA), signed_up(&gate, BOB));
    let mut elsewhere = gate.visitor("two");
    elsewhere.sign_in(ADA).expect(303);
    let (mut cut, mut kept) = (ada.websocket("/ws?tag=ada"), bob.websocket("/ws?tag=bob"));
    let place = gate.api().place_of("hmi", ADA);
    let row = gate.api().patch(&place, &json!({ "suspended": true })).expect(200).json();
    assert_eq!((row["status"].as_str(), row["suspended"].as_bool()), (Some("suspended"), Some(true)));
    cut.assert_cut();
    kept.assert_alive();
    gate.kill();
    gate.start_again();
    assert!(matches!(ada.fetch("/").status, 401 | 403));
    let mut again = gate.visitor("hmi");
    assert_ne!(again.sign_in(ADA).status, 500);
    assert!(matches!(again.fetch("/").status, 401 | 403), "a right password helps a suspended person nothing");
    assert!(gate.api().post(&format!("{place}/reset-link"), &json!({})).status < 500);
    assert_eq!(names(&gate.api().list(&path("hmi", "/users?status=suspended"))), [ADA]);
    gate.api().patch(&place, &json!({ "suspended": false })).expect(200);
    let mut back = gate.visitor("hmi");
    back.sign_in(ADA).expect(303);
    back.get("/").expect(200);
}

#[test]
fn users_are_filtered_by_status() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with("approval = true"));
    let api = gate.api();
    for email in ["waiting@example.com", "approved@example.com", "suspended@example.com"] {
        signed_up(&gate, email);
    }
    for email in ["approved@example.com", "suspended@example.com"] {
        api.post(&format!("{}/approve", api.place_of("hmi", email)), &json!({})).expect(200);
    }
    api.patch(&api.place_of("hmi", "suspended@example.com"), &json!({ "suspended": true })).expect(200);
    api.post(&path("hmi", USERS), &json!({ "username": "4711" })).expect(201);
    for (status, who) in [
        ("waiting", "waiting@example.com"),
        ("active", "approved@example.com"),
        ("suspended", "suspended@example.com"),
        ("passwordless", "4711"),
    ] {
        let rows = api.list(&path("hmi", &format!("/users?status={status}")));
        assert_eq!(names(&rows), [who], "{status}");
        assert_eq!(rows[0]["status"], status);
    }
    assert_eq!(api.users("hmi").len(), 4);
    assert!(matches!(api.get(&path("hmi", "/users?status=lost")).status, 400 | 422));
    assert_eq!(api.list(&path("hmi", "/users?q=4711")).len(), 1, "user names are searched");
}

#[test]
fn a_reset_link_is_for_one_use_and_ends_all_other_sessions() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let ada = signed_up(&gate, ADA);
    let mut elsewhere = gate.visitor("two");
    elsewhere.sign_in(ADA).expect(303);
    let mut sockets = [ada.websocket("/ws?tag=a"), elsewhere.websocket("/ws?tag=b")];
    let reset = format!("{}/reset-link", gate.api().place_of("hmi", ADA));
    let answer = gate.api().post(&reset, &json!({})).expect(200).json();
    let link = text(&answer, "link");
    assert!(link.starts_with(&gate.site("hmi").url("/.millgate/reset/")), "{answer}");
    assert_eq!(qr::read(&text(&answer, "qr")), link);
    let day = seconds_between(&json!(jiff::Timestamp::now().to_string()), &answer["expires_at"]);
    assert!((DAY - 120..=DAY + 1).contains(&day), "{answer}");
    sockets.iter_mut().for_each(|socket| socket.assert_alive());
    let mut visitor = gate.visitor("hmi");
    let at = visitor.local(&link);
    visitor.get(&at).page(200);
    visitor.post(&at, &[("password", "short")]).page(422);
    visitor.post(&at, &[("password", "an entirely new one")]).expect(303);
    assert_eq!(visitor.get("/").seen().user(), ADA);
    sockets.iter_mut().for_each(|socket| socket.assert_cut());
    gate.visitor("hmi").sign_in(ADA).expect(401);
    gate.visitor("hmi").sign_in_with(ADA, "an entirely new one").expect(303);
    let again = gate.visitor("hmi").post(&at, &[("password", "one more new one")]);
    assert!((400..500).contains(&again.status), "{}", again.summary());
    gate.visitor("hmi").sign_in_with(ADA, "an entirely new one").expect(303);
}

#[test]
fn signing_somebody_out_ends_all_their_sessions_here_and_nobody_elses() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let (mut ada, bob) = (signed_up(&gate, ADA), signed_up(&gate, BOB));
    let mut again = gate.visitor("hmi");
    again.sign_in(ADA).expect(303);
    let (mut cut, mut kept) = ([ada.websocket("/ws?tag=1"), again.websocket("/ws?tag=2")], bob.websocket("/ws?tag=3"));
    let place = gate.api().place_of("hmi", ADA);
    gate.api().post(&format!("{place}/sign-out"), &json!({})).expect(204);
    cut.iter_mut().for_each(|socket| socket.assert_cut());
    kept.assert_alive();
    ada.fetch("/").problem(401);
    again.fetch("/").problem(401);
    assert!(gate.api().sessions_of("hmi", ADA).is_empty());
    gate.visitor("hmi").sign_in(ADA).expect(303);
}

#[test]
fn approving_twice_or_nobody_harms_nothing() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with("approval = true"));
    let mut ada = signed_up(&gate, ADA);
    let place = gate.api().place_of("hmi", ADA);
    for body in [Some(&json!({})), None] {
        let row = gate.api().call("POST", &format!("{place}/approve"), body).expect(200).json();
        assert_eq!((row["waiting"].as_bool(), row["status"].as_str()), (Some(false), Some("active")));
    }
    ada.get("/").expect(200);
    gate.api().post(&path("hmi", "/users/0000000000000/approve"), &json!({})).problem(404);
}

#[test]
fn new_app_settings_are_shown_changed_and_checked() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let defaults = json!({
        "approval": false, "sign_up_domains": [], "name_question": false, "providers": null, "hosted_domain": null,
        "shared_sign_in": true,
    });
    let app = gate.api().app("hmi");
    for (key, value) in defaults.as_object().expect("a table") {
        assert_eq!(app[key], *value, "{key}: {app}");
    }
    let change = json!({
        "approval": true, "sign_up_domains": ["Plant.Example"], "name_question": true, "providers": [],
        "hosted_domain": "plant.example", "shared_sign_in": false,
    });
    gate.api().change("hmi", &change);
    let app = gate.api().app("hmi");
    assert_eq!(app["sign_up_domains"], json!(["plant.example"]), "in one spelling");
    for key in ["approval", "name_question", "providers", "hosted_domain", "shared_sign_in"] {
        assert_eq!(app[key], change[key], "{key}: {app}");
    }
    for (field, value) in [
        ("sign_up_domains", json!(["not a domain"])),
        ("sign_up_domains", json!("plant.example")),
        ("sign_up_domains", json!(["a@plant.example"])),
        ("hosted_domain", json!("//")),
        ("providers", json!(["Not A Slug"])),
        ("approval", json!("yes")),
    ] {
        let problem = gate.api().patch(&path("hmi", ""), &json!({ (field): value })).problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
}
