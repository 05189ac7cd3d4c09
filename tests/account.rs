//! A person's own account, on the address of any app: name, password, deletion, and nobody else's business (T15, T20, T23).

use crate::support::page::{has_field, has_form};
use crate::support::visitor::escape;
use crate::support::{App, Gate, MASTER, Mode, PASSWORD, Recorder, Request, Visitor};

pub const ADA: &str = "ada@example.com";
pub const BOB: &str = "bob@example.com";
const NEW: &str = "an entirely new password";

/// Two apps in one workspace.
pub fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder).with("title = \"Line 4\""))
        .app(App::new("two", Mode::Signup, recorder).with("title = \"Warehouse\""))
        .start()
}

pub fn signed_up(gate: &Gate, email: &str) -> Visitor {
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(email).expect(303);
    visitor
}

pub fn signed_in(gate: &Gate, app: &str, email: &str) -> Visitor {
    let mut visitor = gate.visitor(app);
    visitor.sign_in(email).expect(303);
    visitor
}

fn post(visitor: &mut Visitor, verb: &str, fields: &[(&str, &str)]) -> crate::support::Response {
    visitor.post(&format!("/.millgate/account/{verb}"), fields)
}

/// Done: back at the account with a line that says so.
#[track_caller]
pub fn assert_done(visitor: &mut Visitor, answer: &crate::support::Response) -> String {
    assert!(visitor.local(answer.location()).starts_with("/.millgate/account?done="), "{}", answer.summary());
    let page = visitor.follow(answer).page(200);
    assert!(page.contains("role=\"status\""), "a screen reader hears that it is done: {page}");
    page
}

#[test]
fn the_account_is_for_who_is_signed_in() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut stranger = gate.visitor("hmi");
    let to = format!("/.millgate/sign-in?return_to={}", escape("/.millgate/account").replace("%2E", "."));
    assert_eq!(stranger.get("/.millgate/account").location(), to);
    for verb in ["name", "email", "password", "unlink", "end", "sign-out-everywhere", "delete"] {
        let answer = post(&mut stranger, verb, &[("given_name", "Eve"), ("confirm", "on")]);
        assert!(matches!(answer.status, 303 | 401 | 404), "{verb}: {}", answer.summary());
    }
    let mut ada = signed_up(&gate, ADA);
    let page = ada.get("/.millgate/account").page(200);
    assert!(page.contains(ADA) && page.contains("Ada") && page.contains("Lovelace"), "{page}");
    for form in ["account/name", "account/password", "account/sign-out-everywhere", "account/delete"] {
        assert!(has_form(&page, form), "{form}: {page}");
    }
    assert!(recorder.requests().is_empty(), "reserved paths never reach an upstream");
}

#[test]
fn the_account_is_there_in_every_mode_and_at_every_kind_of_address_and_in_german() {
    let recorder = Recorder::start();
    let mut plan = Gate::plan();
    for mode in Mode::ALL {
        plan = plan.app(App::new(mode.as_str(), mode, &recorder).with("language = \"de\""));
    }
    let plan = plan
        .app(App::new("prefix", Mode::Signup, &recorder).at_prefix("/hmi"))
        .app(App::new("port", Mode::Signup, &recorder).on_own_port());
    let gate = plan.start();
    for mode in Mode::ALL {
        let link = gate.api().access_link(mode.as_str(), &format!("{}@example.com", mode.as_str()));
        let mut visitor = gate.visitor(mode.as_str());
        visitor.accept(link["link"].as_str().expect("a link")).expect(303);
        let page = visitor.get("/.millgate/account").page(200);
        assert!(page.contains("lang=\"de\"") && page.contains("Konto"), "{mode:?}: {page}");
    }
    for (app, email) in [("prefix", ADA), ("port", BOB)] {
        let mut visitor = gate.visitor(app);
        visitor.sign_up(email).expect(303);
        assert!(visitor.get("/.millgate/account").page(200).contains(email));
        let answer = post(&mut visitor, "name", &[("given_name", "Augusta"), ("family_name", "King")]);
        assert_done(&mut visitor, &answer);
    }
}

#[test]
fn a_device_with_a_master_password_has_no_account() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::MasterPassword, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.give_master_password_of(MASTER).expect(303);
    assert!(visitor.get("/.millgate/account").location().contains("/.millgate/sign-in"));
}

#[test]
fn a_new_name_reaches_the_app_at_once() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let mut elsewhere = signed_in(&gate, "two", ADA);
    let answer = post(&mut ada, "name", &[("given_name", "Дима <b>"), ("family_name", "Müller 赵")]);
    let page = assert_done(&mut ada, &answer);
    assert!(!page.contains("<b>"), "{page}");
    for visitor in [&mut ada, &mut elsewhere] {
        assert_eq!(visitor.get("/").seen().user_info()["name"], "Дима <b> Müller 赵");
    }
    for wrong in ["a\u{0}b", &"x".repeat(2000)] {
        post(&mut ada, "name", &[("given_name", wrong), ("family_name", "M")]).page(422);
    }
    assert_eq!(ada.me()["given_name"], "Дима <b>");
}

#[test]
fn a_new_password_needs_the_old_one_and_ends_the_other_sessions_if_wanted() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for (round, ends) in [(0, true), (1, false)] {
        let email = format!("person-{round}@example.com");
        let mut here = signed_up(&gate, &email);
        let mut others = [signed_in(&gate, "hmi", &email), signed_in(&gate, "two", &email)];
        let mut sockets = [0, 1].map(|at: usize| others[at].websocket(&format!("/ws?tag={round}-{at}")));
        let mut mine = here.websocket(&format!("/ws?tag={round}-mine"));
        let mut fields = vec![("password", PASSWORD), ("new_password", NEW)];
        if ends {
            fields.push(("end_others", "on"));
        }
        let answer = post(&mut here, "password", &fields);
        assert_done(&mut here, &answer);
        assert_eq!(here.get("/").seen().user(), email, "this browser stays");
        mine.assert_alive();
        for (socket, visitor) in sockets.iter_mut().zip(&mut others) {
            if ends {
                socket.assert_cut();
                visitor.fetch("/").problem(401);
            } else {
                socket.assert_alive();
                visitor.fetch("/").expect(200);
            }
        }
        gate.visitor("hmi").sign_in(&email).expect(401);
        gate.visitor("hmi").sign_in_with(&email, NEW).expect(303);
    }
}

#[test]
fn a_password_change_with_wrong_input_changes_nothing() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let mut other = signed_in(&gate, "two", ADA);
    let long = "x".repeat(257);
    for (status, old, new) in [
        (401, "not the old one", NEW),
        (401, "", NEW),
        (422, PASSWORD, ""),
        (422, PASSWORD, "short"),
        (422, PASSWORD, "password"),
        (422, PASSWORD, &long),
    ] {
        let answer = post(&mut ada, "password", &[("password", old), ("new_password", new), ("end_others", "on")]);
        assert!(answer.status == status || (old.is_empty() && answer.status == 422), "{}", answer.summary());
        let page = answer.page(answer.status);
        assert!(!page.contains(NEW) && !page.contains(PASSWORD), "{page}");
    }
    ada.fetch("/").expect(200);
    other.fetch("/").expect(200);
    gate.visitor("hmi").sign_in(ADA).expect(303);
}

#[test]
fn t20_the_old_password_cannot_be_guessed_in_an_open_session() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let limited = (0..40).find_map(|number| {
        let old = format!("guess number {number}");
        let answer = post(&mut ada, "password", &[("password", &old), ("new_password", NEW)]);
        (answer.status == 429).then_some(answer)
    });
    assert!(limited.expect("forty guesses are too many").header("retry-after").is_some());
    ada.fetch("/").expect(200);
}

#[test]
fn any_password_of_8_to_256_characters_will_do() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let mut old = PASSWORD.to_owned();
    let all_kinds: String = (0..256).filter_map(|n| char::from_u32(0x1f300 + n * 37 % 256)).collect();
    for new in ["8 chars!", "пароль-из-букв", "密码密码密码密码", " leading and trailing ", &all_kinds]
    {
        let answer = post(&mut ada, "password", &[("password", &old), ("new_password", new)]);
        assert_eq!(answer.status, 303, "{new}: {}", answer.summary());
        gate.visitor("hmi").sign_in_with(ADA, new).expect(303);
        old = new.to_owned();
    }
}

#[test]
fn deleting_my_account_ends_everything_everywhere_and_revives_nothing() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let (mut elsewhere, mut bob) = (signed_in(&gate, "two", ADA), signed_up(&gate, BOB));
    let mut cut = [ada.websocket("/ws?tag=1"), elsewhere.websocket("/ws?tag=2")];
    let mut kept = bob.websocket("/ws?tag=3");
    let subject = ada.me()["sub"].clone();
    let wrong = post(&mut ada, "delete", &[("password", "not it"), ("confirm", "on")]);
    assert!(matches!(wrong.status, 401 | 422), "{}", wrong.summary());
    post(&mut ada, "delete", &[("password", PASSWORD)]).page(422);
    cut.iter_mut().for_each(|socket| socket.assert_alive());
    let answer = post(&mut ada, "delete", &[("password", PASSWORD), ("confirm", "on")]);
    assert!(matches!(answer.status, 200 | 303), "{}", answer.summary());
    cut.iter_mut().for_each(|socket| socket.assert_cut());
    kept.assert_alive();
    for (app, visitor) in [("hmi", &mut ada), ("two", &mut elsewhere)] {
        visitor.fetch("/").problem(401);
        assert!(gate.api().users(app).iter().all(|user| user["email"] != ADA), "{app}");
        gate.visitor(app).sign_in(ADA).expect(401);
    }
    bob.fetch("/").expect(200);
    let mut new = signed_up(&gate, ADA);
    assert_ne!(new.me()["sub"], subject);
    elsewhere.fetch("/").problem(401);
}

/// T14 and the contract's rule for forms: a foreign origin can do nothing with a visitor's cookies.
#[test]
fn a_foreign_page_can_do_nothing_to_the_account() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let session = ada.me()["sid"].as_str().expect("an id").to_owned();
    let all = [
        ("name", vec![("given_name", "Eve"), ("family_name", "E")]),
        ("email", vec![("email", "eve@example.com"), ("password", PASSWORD)]),
        ("password", vec![("password", PASSWORD), ("new_password", NEW)]),
        ("end", vec![("session", session.as_str())]),
        ("unlink", vec![("identity", "x")]),
        ("sign-out-everywhere", vec![]),
        ("delete", vec![("password", PASSWORD), ("confirm", "on")]),
    ];
    for (verb, fields) in all {
        for (origin, site) in [
            ("https://evil.example", "cross-site"),
            (gate.site("two").origin().as_str(), "same-site"),
            ("null", "cross-site"),
        ] {
            let request = Request::form(&format!("/.millgate/account/{verb}"), &fields);
            ada.send(&request.header("Origin", origin).header("Sec-Fetch-Site", site)).expect(403);
        }
        let read = ada.get(&format!("/.millgate/account/{verb}"));
        assert!(matches!(read.status, 303 | 404 | 405), "{verb}: a GET changes nothing: {}", read.summary());
    }
    assert_eq!(ada.me()["given_name"], "Ada");
    gate.visitor("hmi").sign_in(ADA).expect(303);
}

#[test]
fn without_mail_the_address_is_changed_by_the_administrator() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let page = ada.get("/.millgate/account").page(200);
    assert!(!has_form(&page, "account/email"), "{page}");
    assert!(page.to_lowercase().contains("administrator"), "{page}");
    let answer = post(&mut ada, "email", &[("email", "eve@example.com"), ("password", PASSWORD)]);
    assert!((400..500).contains(&answer.status) || answer.status == 303, "{}", answer.summary());
    assert_eq!(ada.me()["email"], ADA);
}

#[test]
fn forms_for_passwords_help_password_managers() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let page = ada.get("/.millgate/account").page(200);
    assert!(has_field(&page, "new_password") && has_field(&page, "password"), "{page}");
    for token in ["autocomplete=\"current-password\"", "autocomplete=\"new-password\"", "autocomplete=\"given-name\""] {
        assert!(page.contains(token), "{token}: {page}");
    }
    assert!(!page.contains("onpaste") && !page.contains("pattern="), "{page}");
}
