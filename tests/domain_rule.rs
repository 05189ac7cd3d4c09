//! Only addresses of some domains may sign up; who is invited always may (T15).

use serde_json::json;

use crate::support::api::text;
use crate::support::{App, Gate, Mode, PASSWORD, Recorder};

const RULE: &str = "sign_up_domains = [\"plant.example\", \"Bücher.example\"]";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder).with(RULE))
        .app(App::new("open", Mode::Signup, recorder))
        .start()
}

#[test]
fn only_addresses_of_exactly_these_domains_sign_up() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for email in [
        "eve@example.com",
        "eve@sub.plant.example",
        "eve@evilplant.example",
        "eve@plant.example.evil.example",
        "eve@plant.exampl",
        "plant.example@evil.example",
        "eve@plant.example@evil.example",
        "\"eve@plant.example\"@evil.example",
        "eve@pl\u{430}nt.example",
        "eve@plant.example\u{0}.evil.example",
    ] {
        let mut visitor = gate.visitor("hmi");
        let page = visitor.sign_up(email).page(422);
        assert!(!page.contains(PASSWORD));
        visitor.fetch("/").problem(401);
    }
    assert!(gate.api().users("hmi").is_empty());
    for email in [
        "ada@plant.example",
        "BOB@PLANT.EXAMPLE",
        "cyd@ｐlant.example",
        "dan@bücher.example",
        "eva@xn--bcher-kva.example",
    ] {
        let mut visitor = gate.visitor("hmi");
        visitor.sign_up(email).expect(303);
        visitor.get("/").expect(200);
    }
}

#[test]
fn the_sentence_stands_at_the_field_and_names_the_domains_in_both_languages() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let fields = [("email", "eve@example.com"), ("password", PASSWORD), ("given_name", "Eve"), ("family_name", "E")];
    for language in ["en", "de"] {
        let form = crate::support::Request::form("/.millgate/sign-up", &fields).header("Accept-Language", language);
        let page = gate.visitor("hmi").send(&form).page(422);
        assert!(page.contains(&format!("lang=\"{language}\"")) && page.contains("plant.example"), "{page}");
        assert!(page.contains("aria-invalid=\"true\"") || page.contains("aria-describedby"), "{page}");
    }
}

/// T15: the rule speaks before anything is looked up.
#[test]
fn a_refused_domain_gets_the_same_answer_whether_the_address_is_known_or_not() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    gate.visitor("open").sign_up("known@example.com").expect(303);
    let answer = |email: &str| {
        let answer = gate.visitor("hmi").sign_up(email).expect(422);
        crate::support::page::bytes(&answer).replace(email, "…").replace(&crate::support::visitor::escape(email), "…")
    };
    assert_eq!(answer("known@example.com"), answer("other@example.com"));
}

#[test]
fn who_is_invited_may_come_from_anywhere_and_without_an_address() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for entry in [json!({ "email": "eve@example.com" }), json!({ "username": "4711" })] {
        let mut visitor = gate.visitor("hmi");
        visitor.accept(&text(&gate.api().invite("hmi", &entry), "link")).expect(303);
        visitor.get("/").expect(200);
    }
}

/// Signing in for the first time is signing up to this app: otherwise the neighbor's open app is the way around the rule.
#[test]
fn a_user_of_another_app_does_not_get_around_the_rule() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    gate.visitor("open").sign_up("eve@example.com").expect(303);
    let mut eve = gate.visitor("hmi");
    let answer = eve.sign_in("eve@example.com");
    assert!(answer.status < 500, "{}", answer.summary());
    assert_ne!(eve.fetch("/").status, 200);
    assert!(gate.api().users("hmi").is_empty());
    gate.visitor("open").sign_up("ada@plant.example").expect(303);
    let mut ada = gate.visitor("hmi");
    ada.sign_in("ada@plant.example").expect(303);
    ada.get("/").expect(200);
}

#[test]
fn a_new_rule_is_for_newcomers_only() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    gate.api().change("hmi", &json!({ "sign_up_domains": [] }));
    let mut eve = gate.visitor("hmi");
    eve.sign_up("eve@example.com").expect(303);
    let mut socket = eve.websocket("/ws?tag=eve");
    gate.api().change("hmi", &json!({ "sign_up_domains": ["plant.example"] }));
    socket.assert_alive();
    eve.get("/").expect(200);
    let mut again = gate.visitor("hmi");
    again.sign_in("eve@example.com").expect(303);
    again.get("/").expect(200);
    gate.visitor("hmi").sign_up("new@example.com").expect(422);
}

#[test]
fn the_rule_holds_in_the_combined_mode_and_says_nothing_in_invite_only() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("both", Mode::SignupAndMasterPassword, &recorder).with(RULE))
        .app(App::new("closed", Mode::InviteOnly, &recorder).with(RULE))
        .start();
    gate.visitor("both").sign_up("eve@example.com").expect(422);
    gate.visitor("both").sign_up("ada@plant.example").expect(303);
    let mut eve = gate.visitor("closed");
    eve.accept(&text(&gate.api().invite("closed", &json!({ "email": "eve@example.com" })), "link")).expect(303);
    eve.get("/").expect(200);
}
