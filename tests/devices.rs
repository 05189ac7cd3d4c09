//! Anonymous devices: recognized by a cookie that proves itself, recorded only once it comes back.

use std::collections::HashSet;

use crate::support::api::id;
use crate::support::recorder::After;
use crate::support::{App, Gate, Mode, Recorder, Request, Style, Visitor, eventually};

fn public(recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", Mode::Public, recorder))
}

/// C21. One browser is one device.
#[test]
pub fn a_device_is_the_same_for_as_long_as_it_keeps_its_cookie() {
    let recorder = Recorder::start();
    let mut gate = public(&recorder);
    let mut visitor = gate.visitor("hmi");
    let first = visitor.get("/").seen().user().to_owned();
    assert!(first.starts_with("anon-") && first.len() == 21, "{first}");
    assert_eq!(visitor.get("/").seen().user(), first);
    assert_eq!(visitor.fetch("/").seen().user(), first);
    assert_eq!(visitor.me()["sub"], first.as_str());
    gate.restart();
    assert_eq!(visitor.get("/").seen().user(), first);
    assert_ne!(gate.visitor("hmi").get("/").seen().user(), first);
}

#[test]
pub fn a_device_gets_its_cookie_with_the_first_navigation_and_not_with_other_requests() {
    let recorder = Recorder::start();
    let gate = public(&recorder);
    for style in [Style::Browser, Style::Lan] {
        let mut visitor = Visitor::new(gate.site("hmi"), style);
        let fetched = visitor.fetch("/").expect(200);
        assert!(fetched.all("set-cookie").is_empty(), "{}", fetched.summary());
        assert!(fetched.seen().user().starts_with("anon-"), "an id for one request");
        visitor.get("/").expect(200);
        assert!(visitor.session_cookie().is_some());
    }
    let bare = gate.site("hmi").bare_get("/");
    assert!(bare.all("set-cookie").is_empty(), "{}", bare.summary());
}

#[test]
pub fn strangers_who_keep_no_cookies_make_nothing_grow() {
    let recorder = Recorder::start();
    let gate = public(&recorder);
    let ids: HashSet<String> = (0..50).map(|_| gate.visitor("hmi").get("/").seen().user().to_owned()).collect();
    assert_eq!(ids.len(), 50);
    assert!(gate.api().sessions("hmi").is_empty(), "nobody has come back yet");
}

/// C20. An opaque name, an address, a browser, first and last seen.
#[test]
pub fn a_device_that_comes_back_is_listed_with_what_is_known_of_it() {
    let recorder = Recorder::start();
    let gate = public(&recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.get("/").expect(200);
    let device = visitor.get("/").seen().user().to_owned();
    let row = eventually("the device is listed", || gate.api().sessions("hmi").pop());
    assert_eq!(row["device"], device.as_str());
    assert_eq!(row["kind"], "anon");
    assert!(row["user_id"].is_null() && row["email"].is_null(), "{row}");
    assert_eq!(row["ip"], "127.0.0.1");
    assert!(row["agent"].as_str().is_some_and(|agent| !agent.is_empty()), "{row}");
    assert_eq!(id(&row), visitor.me()["sid"].as_str().expect("a session id"));
    for time in ["created_at", "last_seen_at"] {
        assert!(row[time].as_str().is_some_and(|time| time.ends_with('Z')), "{row}");
    }
}

/// C27. Nobody is somebody else by writing so.
#[test]
pub fn a_forged_device_cookie_is_worth_nothing() {
    let recorder = Recorder::start();
    let gate = public(&recorder);
    let mut visitor = gate.visitor("hmi");
    let device = visitor.get("/").seen().user().to_owned();
    let (name, token) =
        visitor.session_cookie().map(|(name, token)| (name.to_owned(), token.to_owned())).expect("a cookie");
    let mut forged: Vec<String> = (0..token.len()).step_by(5).map(|at| flip(&token, at)).collect();
    forged.extend([
        String::new(),
        "x".to_owned(),
        token[1..].to_owned(),
        format!("{token}A"),
        "A".repeat(token.len()),
        device.clone(),
    ]);
    for cookie in forged {
        let seen = gate.visitor("hmi").send(&Request::fetch("/").header("Cookie", &format!("{name}={cookie}"))).seen();
        assert_ne!(seen.user(), device, "{cookie}");
    }
    assert_eq!(visitor.get("/").seen().user(), device);
}

fn flip(token: &str, at: usize) -> String {
    token.char_indices().map(|(index, c)| if index == at { if c == 'A' { 'B' } else { 'A' } } else { c }).collect()
}

#[test]
pub fn a_device_cookie_of_one_app_is_nobody_at_another() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("one", Mode::Public, &recorder))
        .app(App::new("two", Mode::Public, &recorder))
        .start();
    let mut visitor = gate.visitor("one");
    let device = visitor.get("/").seen().user().to_owned();
    let token = visitor.session_cookie().expect("a cookie").1.to_owned();
    let two = gate.api().app("two")["id"].as_str().expect("an id").to_owned();
    let seen =
        gate.visitor("two").send(&Request::fetch("/").header("Cookie", &format!("millgate-{two}={token}"))).seen();
    assert_ne!(seen.user(), device);
}

#[test]
pub fn the_master_password_keeps_the_devices_id() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::MasterPassword, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.give_master_password().expect(303);
    let device = visitor.get("/").seen().user().to_owned();
    assert!(device.starts_with("anon-"));
    assert_eq!(visitor.get("/").seen().user(), device);
    assert_eq!(gate.api().sessions("hmi")[0]["proofs"], serde_json::json!(["master-password"]));
}

#[test]
pub fn the_number_of_devices_has_a_limit_and_visitors_pass_beyond_it() {
    let recorder = Recorder::start();
    let gate = Gate::plan().limit("anonymous_devices = 5").app(App::new("hmi", Mode::Public, &recorder)).start();
    for _ in 0..12 {
        let mut visitor = gate.visitor("hmi");
        visitor.get("/").expect(200);
        visitor.get("/").expect(200);
    }
    assert!(gate.api().sessions("hmi").len() <= 5);
}

/// A cache in between would hand one device's cookie to everybody.
#[test]
pub fn an_answer_with_a_device_cookie_is_for_nobody_else() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let page = "HTTP/1.1 200 OK\r\nCache-Control: public, max-age=600\r\nContent-Length: 2\r\n\r\nhi";
    recorder.answer("/page", page, After::KeepAlive);
    let mut visitor = gate.visitor("hmi");
    let first = visitor.get("/page").expect(200);
    assert!(first.header("set-cookie").is_some(), "{}", first.summary());
    assert_eq!(first.header("cache-control"), Some("private, max-age=600"));
    let second = visitor.get("/page").expect(200);
    assert_eq!(second.header("cache-control"), Some("public, max-age=600"));
}
