//! A display name behind a master password: it shows in `X-User-Info` and lists, `$USER` stays the device (C20, T7).

use serde_json::json;

use crate::support::page::{attribute, has_field, tag_with};
use crate::support::{App, Gate, MASTER, Mode, Recorder, Response, Visitor};

const ASKS: &str = "name_question = true";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", Mode::MasterPassword, recorder).with(ASKS))
}

fn give(visitor: &mut Visitor, name: &str) -> Response {
    visitor.post("/.millgate/master-password", &[("master_password", MASTER), ("name", name)])
}

#[test]
fn the_name_is_asked_for_with_the_password_and_only_then() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::MasterPassword, &recorder).with(ASKS))
        .app(App::new("deutsch", Mode::MasterPassword, &recorder).with(ASKS).with("language = \"de\""))
        .app(App::new("plain", Mode::MasterPassword, &recorder))
        .app(App::new("signup", Mode::SignupAndMasterPassword, &recorder).with(ASKS))
        .start();
    for app in ["hmi", "deutsch"] {
        let page = gate.visitor(app).open("/").page(200);
        let input = tag_with(&page, "name=\"name\"").unwrap_or_else(|| panic!("no field: {page}"));
        assert_eq!(attribute(&input, "autocomplete").as_deref(), Some("name"), "{input}");
        assert!(input.contains("required"), "{input}");
    }
    for app in ["plain", "signup"] {
        let page = gate.visitor(app).get("/.millgate/master-password").page(200);
        assert!(!has_field(&page, "name"), "{app}: {page}");
    }
    let mut plain = gate.visitor("plain");
    give(&mut plain, "Ada").expect(303);
    assert!(plain.get("/").seen().user_info().get("name").is_none(), "what is not asked for is not taken");
}

#[test]
fn the_name_reaches_the_app_the_front_end_and_the_lists() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let mut visitor = gate.visitor("hmi");
    give(&mut visitor, "Schichtführerin Дима").expect(303);
    let seen = visitor.get("/").seen();
    assert!(seen.user().starts_with("anon-"), "{}", seen.user());
    let info = seen.user_info();
    assert_eq!((info["kind"].as_str(), info["name"].as_str()), (Some("anon"), Some("Schichtführerin Дима")));
    assert_eq!(info["sub"], seen.user());
    assert!(info.get("email").is_none(), "{info}");
    assert_eq!(visitor.me()["name"], "Schichtführerin Дима");
    let session = gate.api().sessions("hmi").pop().expect("a session");
    assert_eq!((session["name"].as_str(), session["kind"].as_str()), (Some("Schichtführerin Дима"), Some("anon")));
    visitor.websocket("/ws?tag=name").assert_alive();
    let handshake = recorder.wait_request("/ws");
    assert!(handshake.raw.is_ascii(), "T7");
    assert_eq!(handshake.all("$USER"), [seen.user()]);
    gate.kill();
    gate.start_again();
    assert_eq!(visitor.get("/").seen().user_info()["name"], "Schichtführerin Дима");
}

#[test]
fn without_a_name_nobody_gets_in_and_the_password_is_not_given_away() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for name in ["", "   ", "a\u{0}b", "a\r\nX-User: root", &"x".repeat(2000), "\u{202e}evil"] {
        let mut visitor = gate.visitor("hmi");
        let page = give(&mut visitor, name).page(422);
        assert!(!page.contains(MASTER), "{page}");
        visitor.fetch("/").problem(401);
    }
    gate.visitor("hmi").give_master_password().page(422);
    let wrong = [("master_password", "wrong"), ("name", "Ada <b>")];
    let page = gate.visitor("hmi").post("/.millgate/master-password", &wrong).page(401);
    assert!(page.contains("Ada") && !page.contains("<b>"), "what was typed is kept, escaped: {page}");
    assert!(gate.api().sessions("hmi").is_empty());
}

#[test]
fn a_device_that_gave_the_password_is_not_asked_again() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::MasterPassword, &recorder));
    let mut early = gate.visitor("hmi");
    early.give_master_password().expect(303);
    let mut socket = early.websocket("/ws?tag=early");
    gate.api().change("hmi", &json!({ "name_question": true }));
    socket.assert_alive();
    early.get("/").expect(200);
    let mut late = gate.visitor("hmi");
    give(&mut late, "Ada").expect(303);
    gate.restart();
    for visitor in [&mut early, &mut late] {
        visitor.get("/").expect(200);
    }
    gate.api().change("hmi", &json!({ "name_question": false }));
    assert_eq!(late.get("/").seen().user_info()["name"], "Ada");
}

#[test]
fn a_new_master_password_asks_for_the_name_again() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut visitor = gate.visitor("hmi");
    give(&mut visitor, "Ada").expect(303);
    gate.api().set_master_password("hmi", "another-master-password");
    let page = visitor.open("/").page(200);
    assert!(has_field(&page, "name"), "{page}");
    let fields = [("master_password", "another-master-password"), ("name", "Augusta")];
    visitor.post("/.millgate/master-password", &fields).expect(303);
    assert_eq!(visitor.get("/").seen().user_info()["name"], "Augusta");
}

#[test]
fn two_devices_may_have_one_name_and_stay_two() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut devices = [gate.visitor("hmi"), gate.visitor("hmi")];
    devices.iter_mut().for_each(|device| drop(give(device, "Ada").expect(303)));
    let [one, two] = &mut devices;
    assert_ne!(one.get("/").seen().user(), two.get("/").seen().user());
    assert_eq!(gate.api().list(&crate::support::api::path("hmi", "/sessions?q=ada")).len(), 2, "names are searched");
}

#[test]
fn it_works_at_every_kind_of_address() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("prefix", Mode::MasterPassword, &recorder).with(ASKS).at_prefix("/hmi"))
        .app(App::new("port", Mode::MasterPassword, &recorder).with(ASKS).on_own_port())
        .start();
    for app in ["prefix", "port"] {
        let mut visitor = gate.visitor(app);
        let fields = [("master_password", MASTER), ("name", "Ada"), ("return_to", "")];
        visitor.post("/.millgate/master-password", &fields[..2]).expect(303);
        assert_eq!(visitor.get("/").seen().user_info()["name"], "Ada");
    }
}
