//! How people come in: forms, their errors, where they land, and what answers give away (T8, T14, T15).

use crate::support::visitor::escape;
use crate::support::{App, Gate, MASTER, Mode, PASSWORD, Recorder};

pub const ADA: &str = "ada@example.com";

pub fn gate_in(mode: Mode, recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", mode, recorder))
}

/// C12. A form, an account, signed in, back at the page that was asked for.
#[test]
pub fn a_stranger_signs_up_and_lands_on_the_page_that_was_asked_for() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut visitor = gate.visitor("hmi");
    let page = visitor.open("/line/4?speed=1").page(200);
    assert!(page.contains("sign-up"), "the way to sign up is shown: {page}");
    let fields = [
        ("email", ADA),
        ("password", PASSWORD),
        ("given_name", "Ada"),
        ("family_name", "L"),
        ("return_to", "/line/4?speed=1"),
    ];
    let answer = visitor.post("/.millgate/sign-up", &fields);
    assert_eq!(answer.location(), "/line/4?speed=1");
    assert_eq!(visitor.follow(&answer).seen().user(), ADA);
}

/// C14. Signing out ends the session on the server.
#[test]
pub fn signing_in_and_out_works_and_ends_the_session_on_the_server() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let mut visitor = gate.visitor("hmi");
    assert_eq!(visitor.sign_in(ADA).location(), "/");
    visitor.get("/").expect(200);
    let kept = visitor.clone();
    visitor.get("/.millgate/sign-out").page(200);
    visitor.get("/").expect(200);
    visitor.sign_out().expect(303);
    visitor.get("/").expect(303);
    let mut thief = kept;
    thief.fetch("/").problem(401);
    assert_eq!(gate.api().sessions_of("hmi", ADA).len(), 1, "the first browser stays");
}

#[test]
fn wrong_input_gives_the_form_again_with_what_was_typed_but_no_password() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut visitor = gate.visitor("hmi");
    let up = "/.millgate/sign-up";
    for fields in [
        vec![("email", ""), ("password", PASSWORD), ("given_name", "Ada"), ("family_name", "L")],
        vec![("email", "no-address"), ("password", PASSWORD), ("given_name", "Ada"), ("family_name", "L")],
        vec![("email", ADA), ("password", ""), ("given_name", "Ada"), ("family_name", "L")],
        vec![("email", ADA), ("password", "short"), ("given_name", "Ada"), ("family_name", "L")],
        vec![("email", ADA)],
        vec![],
    ] {
        let page = visitor.post(up, &fields).page(422);
        assert!(!page.contains(PASSWORD), "{page}");
        if fields.len() > 2 {
            assert!(page.contains("Ada"), "{page}");
        }
    }
    visitor.post("/.millgate/sign-in", &[("email", ADA)]).page(422);
    visitor.post("/.millgate/sign-in", &[("email", ADA), ("password", "not it, sorry")]).page(401);
    visitor.get("/").expect(303);
    assert!(gate.api().users("hmi").is_empty());
}

#[test]
fn what_was_typed_comes_back_escaped() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let nasty = "\"><script>alert(1)</script>";
    let fields = [("email", nasty), ("password", PASSWORD), ("given_name", nasty), ("return_to", nasty)];
    for page in [
        gate.visitor("hmi").post("/.millgate/sign-up", &fields),
        gate.visitor("hmi").post("/.millgate/sign-in", &fields[..1]),
    ] {
        assert!(!page.text().contains("<script>alert"), "{}", page.text());
    }
    let page = gate.visitor("hmi").get(&format!("/.millgate/sign-in?return_to={}", escape(nasty)));
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
}

#[test]
fn known_and_unknown_addresses_get_the_same_answer() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let answer = |email: &str| {
        let answer = gate.visitor("hmi").sign_in_with(email, "not the password").expect(401);
        (answer.text().replace(email, "…").replace(&escape(email), "…"), answer.headers.len())
    };
    assert_eq!(without_nonce(&answer(ADA).0), without_nonce(&answer("eve@example.com").0));
    assert_eq!(answer(ADA).1, answer("eve@example.com").1);
}

/// The same page apart from what is random in it.
fn without_nonce(page: &str) -> String {
    let mut rest = page;
    let mut text = String::new();
    while let Some(at) = rest.find("nonce=\"") {
        text.push_str(&rest[..at]);
        rest = rest[at + 7..].split_once('"').map_or("", |(_, rest)| rest);
    }
    text + rest
}

/// In public sign-up the form cannot hide that an address is taken, but it must not change what is there.
#[test]
fn signing_up_again_takes_nothing_over() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let mut eve = gate.visitor("hmi");
    let fields = [("email", ADA), ("password", "another password"), ("given_name", "Eve"), ("family_name", "E")];
    eve.post("/.millgate/sign-up", &fields);
    eve.fetch("/").problem(401);
    gate.visitor("hmi").sign_in_with(ADA, "another password").expect(401);
    gate.visitor("hmi").sign_in(ADA).expect(303);
    assert_eq!(gate.api().user("hmi", ADA)["given_name"], "Ada");
}

/// C23. One address is one user, however it is written.
#[test]
fn spellings_of_one_address_are_one_user() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up("kira@bücher.example").expect(303);
    for spelling in [
        "KIRA@BÜCHER.EXAMPLE",
        "kira@xn--bcher-kva.example",
        " kira@bücher.example ",
        "ｋira@bücher.example",
        "\u{212a}ira@bücher.example",
    ] {
        let mut visitor = gate.visitor("hmi");
        visitor.sign_in(spelling).expect(303);
        visitor.get("/").expect(200);
    }
    assert_eq!(gate.api().users("hmi").len(), 1);
    gate.visitor("hmi").sign_in("kıra@bücher.example").expect(401);
}

/// C8, C9. One password for all, remembered by the browser.
#[test]
pub fn the_master_password_alone_opens_a_master_password_app() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::MasterPassword, &recorder);
    let mut visitor = gate.visitor("hmi");
    let page = visitor.open("/x").page(200);
    assert!(page.contains("master_password") && !page.contains("name=\"email\""), "{page}");
    visitor.post("/.millgate/master-password", &[]).page(422);
    visitor.give_master_password_of("wrong").page(401);
    let answer = visitor.post("/.millgate/master-password", &[("master_password", MASTER), ("return_to", "/x")]);
    assert_eq!(answer.location(), "/x");
    visitor.get("/x").expect(200);
}

/// C15. Both proofs are needed, in any order.
#[test]
pub fn both_proofs_can_be_given_on_one_page_or_one_after_the_other() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::SignupAndMasterPassword, &recorder);
    let mut at_once = gate.visitor("hmi");
    let page = at_once.open("/").page(200);
    assert!(page.contains("name=\"email\"") && page.contains("name=\"master_password\""), "{page}");
    let up = [
        ("email", ADA),
        ("password", PASSWORD),
        ("given_name", "Ada"),
        ("family_name", "L"),
        ("master_password", MASTER),
    ];
    at_once.post("/.millgate/sign-up", &up).expect(303);
    at_once.get("/").expect(200);

    let mut user_first = gate.visitor("hmi");
    user_first.sign_in(ADA).expect(303);
    assert!(user_first.get("/").location().starts_with("/.millgate/master-password"));
    user_first.give_master_password().expect(303);
    user_first.get("/").expect(200);

    let mut master_first = gate.visitor("hmi");
    master_first.give_master_password().expect(303);
    assert!(master_first.get("/").location().starts_with("/.millgate/sign-in"));
    master_first.sign_in(ADA).expect(303);
    master_first.get("/").expect(200);

    let mut wrong = gate.visitor("hmi");
    wrong.post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("master_password", "wrong")]).page(401);
    assert_ne!(wrong.get("/").status, 200);
}

#[test]
pub fn an_uninvited_user_is_told_so() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::InviteOnly, &recorder))
        .app(App::new("open", Mode::Signup, &recorder))
        .start();
    gate.visitor("open").sign_up(ADA).expect(303);
    let mut visitor = gate.visitor("hmi");
    let up = [("email", "eve@example.com"), ("password", PASSWORD), ("given_name", "Eve"), ("family_name", "E")];
    let answer = visitor.post("/.millgate/sign-up", &up);
    assert!(answer.status >= 400, "{}", answer.summary());
    // At the sign-in itself, or at the page that follows it.
    let answer = visitor.sign_in(ADA);
    let told = if answer.status == 303 { visitor.follow(&answer) } else { answer };
    told.page(403);
    assert_ne!(visitor.fetch("/").status, 200);
    assert!(recorder.requests().is_empty() && gate.api().users("hmi").is_empty());
}

#[test]
pub fn return_to_is_always_a_path_on_this_app() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let long = format!("/{}", "x".repeat(10_240));
    let hostile = [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "https:evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "/%0d%0aSet-Cookie:%20a=b\r\n",
        "\0/x",
        "///evil.example",
        "/./\\evil.example",
        "evil.example",
        "@evil.example",
        ".evil.example",
        "/..//evil.example",
        " //evil.example",
        "http://hmi.localhost@evil.example/",
        long.as_str(),
        "",
    ];
    for target in hostile {
        let mut visitor = gate.visitor("hmi");
        let answer =
            visitor.post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("return_to", target)]);
        if answer.status == 422 {
            continue;
        }
        let location = answer.location();
        let local =
            location.starts_with('/') && !location.starts_with("//") && !location.contains(['\\', '\t', '\r', '\n']);
        assert!(local && location.len() < 9000 && !location.starts_with("/.//"), "{target:?} -> {location:?}");
        assert!(answer.all("set-cookie").iter().all(|cookie| cookie.starts_with("millgate-")), "{}", answer.summary());
        let page = gate.visitor("hmi").get(&format!("/.millgate/sign-in?return_to={}", escape(target)));
        assert!(matches!(page.status, 200 | 400 | 414), "{}", page.summary());
    }
    for good in ["/x?y=1&z=%20", "/line/4", "/a%2fb", "/?next=//other"] {
        let mut visitor = gate.visitor("hmi");
        let answer = visitor.post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("return_to", good)]);
        assert_eq!(answer.location(), good);
    }
}

/// C26. The front end can ask who is there.
#[test]
pub fn me_tells_the_front_end_who_is_there() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").fetch("/.millgate/me").problem(401);
    gate.visitor("hmi").get("/.millgate/me").problem(401);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    let answer = visitor.fetch("/.millgate/me").expect(200);
    assert_eq!(answer.json()["email"], ADA);
    assert!(answer.header("cache-control").is_some_and(|control| control.contains("no-store")), "{}", answer.summary());
    assert!(recorder.requests().is_empty(), "reserved paths never reach an upstream");
}

/// F1. A stopped app says so.
#[test]
pub fn an_app_that_is_switched_off_says_so_with_retry_after() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    gate.api().set_running("hmi", false);
    let page = gate.visitor("hmi").get("/");
    assert!(page.header("retry-after").is_some());
    page.page(503);
    gate.visitor("hmi").fetch("/").problem(503);
    assert!(recorder.requests().is_empty());
    gate.api().set_running("hmi", true);
    gate.visitor("hmi").get("/").expect(200);
}
