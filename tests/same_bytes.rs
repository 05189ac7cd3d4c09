//! Whether an address is known cannot be read from any answer: status, headers and body are the same bytes (T15).
//! Whether it can be heard from the time that an answer takes is measured by `benches/same_time.rs`.

use std::collections::HashMap;

use serde_json::json;

use crate::support::api::path;
use crate::support::page::bytes;
use crate::support::visitor::escape;
use crate::support::{App, Gate, MASTER, Mode, PASSWORD, Recorder, Request, Response, SmtpSink, Style, Visitor};

/// One of each kind that an installation can know, and what nobody has ever heard of. All of one length, because a page
/// repeats what was typed.
const KNOWN: &str = "known-1@example.com";
const INVITED: &str = "known-2@example.com";
const PASSWORDLESS: &str = "known-3@example.com";
const SUSPENDED: &str = "known-4@example.com";
const ELSEWHERE: &str = "known-5@example.com";
const UNKNOWN: &str = "known-6@example.com";
const ALL: [&str; 6] = [UNKNOWN, KNOWN, INVITED, PASSWORDLESS, SUSPENDED, ELSEWHERE];

fn gate_in(mode: Mode, recorder: &Recorder, further: &str) -> Gate {
    let gate = Gate::plan()
        .app(App::new("hmi", mode, recorder))
        .app(App::new("open", Mode::Signup, recorder))
        .table(further)
        .start();
    let api = gate.api();
    for email in [KNOWN, SUSPENDED] {
        let link = api.access_link("hmi", email)["link"].as_str().expect("a link").to_owned();
        gate.visitor("hmi").accept(&link).expect(303);
    }
    api.access_link("hmi", INVITED);
    api.post(&path("hmi", "/users"), &json!({ "email": PASSWORDLESS })).expect(201);
    api.patch(&api.place_of("hmi", SUSPENDED), &json!({ "suspended": true })).expect(200);
    gate.visitor("open").sign_up(ELSEWHERE).expect(303);
    gate
}

/// The answers to each of these names, without the name itself, must be one.
#[track_caller]
fn assert_same(what: &str, names: &[&str], answer: impl Fn(&str) -> Response) {
    let mut seen: HashMap<String, Vec<&str>> = HashMap::new();
    for name in names {
        let answer = answer(name);
        assert!(answer.status < 500, "{what}: {name}: {}", answer.summary());
        let encoded = escape(name);
        let plain = bytes(&answer).replace(name, "…").replace(&encoded, "…").replace(&encoded.replace("%2E", "."), "…");
        seen.entry(plain).or_default().push(name);
    }
    assert_eq!(seen.len(), 1, "{what}: these can be told apart: {:?}\n{seen:#?}", seen.values().collect::<Vec<_>>());
}

#[test]
fn signing_in_with_a_wrong_password() {
    let recorder = Recorder::start();
    for mode in Mode::ALL {
        let gate = gate_in(mode, &recorder, "");
        let fields = |name: &str| {
            vec![
                ("email", name.to_owned()),
                ("password", "not the password".to_owned()),
                ("master_password", MASTER.to_owned()),
                ("return_to", "/line/4".to_owned()),
            ]
        };
        for style in [Style::Browser, Style::Lan] {
            for language in ["en", "de"] {
                assert_same(&format!("{mode:?} {language}"), &ALL, |name| {
                    let fields = fields(name);
                    let pairs: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
                    let form = Request::form("/.millgate/sign-in", &pairs).header("Accept-Language", language);
                    Visitor::new(gate.site("hmi"), style).send(&form)
                });
            }
        }
    }
}

#[test]
fn signing_in_by_a_user_name_with_a_wrong_password() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::InviteOnly, &recorder, "");
    let link = gate.api().invite("hmi", &json!({ "username": "p-1" }))["link"].as_str().expect("a link").to_owned();
    gate.visitor("hmi").accept(&link).expect(303);
    gate.api().invite("hmi", &json!({ "username": "p-2" }));
    assert_same("user names", &["p-1", "p-2", "p-3"], |name| {
        gate.visitor("hmi").sign_in_with(name, "not the password")
    });
}

#[test]
fn signing_in_with_a_password_that_can_be_none() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder, "");
    for password in ["", "x", "short", &"x".repeat(257), &"x".repeat(5000), "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"]
    {
        assert_same(password, &ALL, |name| gate.visitor("hmi").sign_in_with(name, password));
    }
}

#[test]
fn a_wrong_master_password_beside_a_right_or_a_wrong_password() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::SignupAndMasterPassword, &recorder, "");
    assert_same("master password", &ALL, |name| {
        let fields = [("email", name), ("password", "not the password"), ("master_password", "wrong")];
        gate.visitor("hmi").post("/.millgate/sign-in", &fields)
    });
}

#[test]
fn guessing_until_it_is_too_much() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder, "");
    for round in 0..14 {
        assert_same(&format!("try {round}"), &[UNKNOWN, PASSWORDLESS, INVITED], |name| {
            let mut answer = gate.visitor("hmi").sign_in_with(name, "not the password");
            // Seconds pass between two tries; what is compared is whether there is a limit.
            answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("retry-after"));
            if answer.status == 429 { Response { body: Vec::new(), ..answer } } else { answer }
        });
    }
}

#[test]
fn asking_for_a_reset_with_and_without_mail() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    for further in [String::new(), sink.table()] {
        let gate = gate_in(Mode::Signup, &recorder, &further);
        for language in ["en", "de"] {
            assert_same(language, &ALL, |name| {
                let form = Request::form("/.millgate/reset", &[("email", name)]).header("Accept-Language", language);
                gate.visitor("hmi").send(&form)
            });
        }
    }
}

#[test]
fn signing_up_where_nobody_may() {
    let recorder = Recorder::start();
    for mode in [Mode::Public, Mode::MasterPassword, Mode::InviteOnly] {
        let gate = gate_in(mode, &recorder, "");
        assert_same(&format!("{mode:?}"), &ALL, |name| gate.visitor("hmi").sign_up(name));
    }
}

/// Where everybody may sign up, the form must say that an address is taken; what is wrong in the input is said before.
#[test]
fn signing_up_with_something_wrong() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::SignupAndMasterPassword, &recorder, "");
    for (password, given, master) in [
        ("short", "Ada", MASTER),
        (PASSWORD, "a\u{0}b", MASTER),
        ("password", "Ada", MASTER),
        (PASSWORD, "Ada", "wrong"),
    ] {
        assert_same(given, &ALL, |name| {
            let fields = [
                ("email", name),
                ("password", password),
                ("given_name", given),
                ("family_name", "L"),
                ("master_password", master),
            ];
            gate.visitor("hmi").post("/.millgate/sign-up", &fields)
        });
    }
}

#[test]
fn signing_up_over_an_account_of_whatever_kind() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder, "");
    let taken = [KNOWN, PASSWORDLESS, SUSPENDED, ELSEWHERE];
    assert_same("taken", &taken, |name| {
        let fields = [("email", name), ("password", "another password"), ("given_name", "E"), ("family_name", "E")];
        gate.visitor("hmi").post("/.millgate/sign-up", &fields)
    });
}
