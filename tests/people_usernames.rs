//! People without an address: a personnel number or a nickname, by link or code alone (D2, T7).

use serde_json::json;

use crate::support::api::{path, text};
use crate::support::page::{attribute, tag_with};
use crate::support::{App, Gate, MASTER, Mode, PASSWORD, Recorder, Visitor};

const NUMBER: &str = "p-4711";

fn invite(gate: &Gate, username: &str) -> String {
    text(&gate.api().invite("hmi", &json!({ "username": username, "given_name": "Ada" })), "link")
}

fn enter(visitor: &mut Visitor, mode: Mode) {
    if matches!(mode, Mode::MasterPassword | Mode::SignupAndMasterPassword) {
        visitor.give_master_password_of(MASTER).expect(303);
    }
}

#[test]
fn a_personnel_number_is_invited_enters_and_signs_in_again_in_every_mode() {
    let recorder = Recorder::start();
    for mode in Mode::ALL {
        let gate = Gate::before(App::new("hmi", mode, &recorder));
        let row = gate.api().invite("hmi", &json!({ "username": "P-4711" }));
        assert_eq!((row["username"].as_str(), row["email"].is_null()), (Some(NUMBER), true), "{row}");
        assert_eq!(row["mail"], "no-address", "{row}");
        let mut first = gate.visitor("hmi");
        let page = first.get(&first.local(&text(&row, "link"))).page(200);
        assert!(page.contains(NUMBER), "who is invited is said: {page}");
        first.accept(&text(&row, "link")).expect(303);
        enter(&mut first, mode);
        let mut again = gate.visitor("hmi");
        again.sign_in(NUMBER).expect(303);
        enter(&mut again, mode);
        for visitor in [&mut first, &mut again] {
            let seen = visitor.get("/").seen();
            if matches!(mode, Mode::Public | Mode::MasterPassword) {
                assert!(seen.user().starts_with("anon-"), "{mode:?}");
                continue;
            }
            assert_eq!((seen.user(), seen.header("X-User")), (NUMBER, Some(NUMBER)), "{mode:?}");
            let info = seen.user_info();
            assert_eq!((info["kind"].as_str(), info["given_name"].as_str()), (Some("user"), Some("Ada")), "{info}");
            assert!(info.get("email").is_none(), "{info}");
            assert_eq!(info["sub"], gate.api().person("hmi", NUMBER)["id"]);
            visitor.websocket("/ws?tag=number").assert_alive();
        }
        let user = gate.api().person("hmi", NUMBER);
        assert!(user["email"].is_null() && user["invited"] == true, "{user}");
    }
}

#[test]
fn the_handshake_of_a_websocket_carries_the_user_name_too() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.accept(&invite(&gate, NUMBER)).expect(303);
    visitor.websocket("/ws?tag=name").assert_alive();
    assert_eq!(recorder.wait_request("/ws").all("$USER"), [NUMBER]);
}

#[test]
fn t15_spellings_of_one_user_name_are_one_user() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    gate.visitor("hmi").accept(&invite(&gate, "Kira.4711")).expect(303);
    for spelling in ["kira.4711", "KIRA.4711", " kira.4711 ", "ｋｉｒａ.４７１１", "\u{212a}ira.4711"] {
        let mut visitor = gate.visitor("hmi");
        visitor.sign_in(spelling).expect(303);
        assert_eq!(visitor.get("/").seen().user(), "kira.4711", "{spelling}");
    }
    let again = gate.api().invite("hmi", &json!({ "username": "ＫＩＲＡ.4711" }));
    assert_eq!(again["state"], "accepted", "{again}");
    assert_eq!(gate.api().users("hmi").len(), 1);
}

#[test]
fn what_is_no_user_name_is_refused() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    let long = "a".repeat(65);
    let wrong = [
        "",
        " ",
        "-a",
        ".a",
        "_a",
        "anon-abcd",
        "ANON-abcd",
        "a b",
        "a/b",
        "a\\b",
        "a:b",
        "a,b",
        "a\"b",
        "a\r\nb",
        "a\u{0}b",
        "a\u{202e}b",
        "a%b",
        "$user",
        "<b>",
        "../x",
        &long,
        "a@",
        "@a",
    ];
    for username in wrong {
        let body = json!({ "invites": [{ "username": username }] });
        let answer = gate.api().post(&path("hmi", "/invites"), &body).expect(200).json();
        assert_eq!(answer["refused"].as_array().map(Vec::len), Some(1), "{username:?}: {answer}");
        let problem = gate.api().post(&path("hmi", "/users"), &json!({ "username": username })).problem(422);
        assert_eq!(problem["errors"][0]["field"], "username", "{problem}");
        gate.api().post(&path("hmi", "/access-links"), &json!({ "username": username })).problem(422);
    }
    for username in ["1", "a", "a.b-c_d", "4711", "user", &"a".repeat(64)] {
        gate.visitor("hmi").accept(&invite(&gate, username)).expect(303);
    }
    assert_eq!(gate.api().users("hmi").len(), 6);
}

#[test]
fn a_user_name_and_an_address_never_meet() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    gate.visitor("hmi").accept(&invite(&gate, "ada")).expect(303);
    let link = text(&gate.api().invite("hmi", &json!({ "email": "ada@example.com" })), "link");
    let mut other = gate.visitor("hmi");
    let path = other.local(&link);
    other.post(&path, &[("password", "another password"), ("given_name", "A"), ("family_name", "B")]).expect(303);
    gate.visitor("hmi").sign_in_with("ada", "another password").expect(401);
    gate.visitor("hmi").sign_in_with("ada@example.com", PASSWORD).expect(401);
    let mut ada = gate.visitor("hmi");
    ada.sign_in("ada").expect(303);
    assert_eq!(ada.get("/").seen().user(), "ada");
    assert_eq!(gate.api().users("hmi").len(), 2);
}

#[test]
fn nobody_signs_up_by_a_user_name() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    gate.visitor("hmi").sign_up(NUMBER).page(422);
    assert!(gate.api().users("hmi").is_empty());
}

#[test]
fn the_sign_in_field_takes_both_and_says_so() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::InviteOnly, &recorder))
        .app(App::new("deutsch", Mode::Signup, &recorder).with("language = \"de\""))
        .start();
    for (app, label) in [("hmi", "E-mail or user name"), ("deutsch", "Benutzername")] {
        let page = gate.visitor(app).get("/.millgate/sign-in").page(200);
        assert!(page.contains(label), "{page}");
        let input = tag_with(&page, "name=\"email\"").expect("the field");
        assert_eq!(attribute(&input, "type").as_deref(), Some("text"), "a browser would refuse a number: {input}");
        assert_eq!(attribute(&input, "inputmode").as_deref(), Some("email"), "{input}");
        assert_eq!(attribute(&input, "autocomplete").as_deref(), Some("username"), "{input}");
    }
}

#[test]
fn access_links_take_user_names_and_many_people_at_once() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    let api = gate.api();
    let one = api.post(&path("hmi", "/access-links"), &json!({ "username": NUMBER })).expect(200).json();
    assert_eq!((one["user_status"].as_str(), one["registration_status"].as_str()), (Some("unknown"), Some("invited")));
    gate.visitor("hmi").accept(&text(&one, "link")).expect(303);
    let people = json!({ "people": [
        { "username": NUMBER }, { "email": "ada@example.com", "given_name": "Ada" }, { "email": "no-address" },
    ]});
    let many = api.post(&path("hmi", "/access-links"), &people).expect(200).json();
    let items = many["items"].as_array().expect("items");
    assert_eq!((items.len(), many["refused"].as_array().map(Vec::len)), (2, Some(1)), "{many}");
    assert_eq!(items[0]["user_status"], "active");
    assert_eq!(text(&items[0], "link").trim_end_matches('/'), gate.site("hmi").url(""));
    gate.visitor("hmi").accept(&text(&items[1], "link")).expect(303);
    for wrong in [json!({ "people": [] }), json!({ "people": "x" }), json!({ "username": "a", "email": "a@b.example" })]
    {
        api.post(&path("hmi", "/access-links"), &wrong).problem(422);
    }
}
