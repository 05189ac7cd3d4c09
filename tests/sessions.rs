//! Sessions and their cookie: strict, renewed at sign-in, lasting until they end (T12–T14).

use crate::entering::{ADA, gate_in};
use crate::support::tls::Authority;
use crate::support::{App, Gate, MASTER, Mode, PASSWORD, Recorder, Request};

#[test]
pub fn two_different_cookies_of_our_name_mean_nobody_and_dead_ones_are_cleared() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    let (name, token) =
        visitor.session_cookie().map(|(name, token)| (name.to_owned(), token.to_owned())).expect("a session");
    let other = token.chars().rev().collect::<String>();
    for cookies in [format!("{name}={token}; {name}={other}"), format!("{name}={other}; {name}={token}")] {
        visitor.clone().send(&Request::fetch("/").header("Cookie", &cookies)).problem(401);
    }
    visitor.clone().send(&Request::fetch("/").header("Cookie", &format!("{name}={token}; {name}={token}"))).expect(200);
    for spelling in [
        format!("\u{a0}{name}={token}"),
        format!("\u{2003}{name}={token}"),
        format!("{}={token}", name.to_uppercase()),
        format!("{name}=\"{token}\""),
    ] {
        visitor.clone().send(&Request::fetch("/").header("Cookie", &spelling)).problem(401);
    }
    let answer = visitor.clone().send(&Request::get("/").header("Cookie", &format!("{name}={other}"))).expect(303);
    let cleared = answer
        .all("set-cookie")
        .iter()
        .any(|cookie| cookie.starts_with(&format!("{name}=;")) || cookie.contains("Max-Age=0"));
    assert!(cleared, "{}", answer.summary());
}

#[test]
pub fn signing_in_renews_the_token_and_a_planted_one_stays_dead() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::SignupAndMasterPassword, &recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.give_master_password().expect(303);
    let before = visitor.clone();
    let old = before.session_cookie().expect("a session").1.to_owned();
    visitor.sign_up(ADA).expect(303);
    let new = visitor.session_cookie().expect("a session").1.to_owned();
    assert_ne!(old, new, "a token from before the sign-in must not be worth more after it");
    visitor.get("/").expect(200);
    let mut attacker = before;
    assert_ne!(attacker.fetch("/").status, 200);

    let id = gate.api().app("hmi")["id"].as_str().expect("an id").to_owned();
    let mut victim = gate.visitor("hmi");
    let planted = "A".repeat(43);
    victim.jar.push((format!("millgate-{id}"), planted.clone(), "/".to_owned()));
    victim
        .post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("master_password", MASTER)])
        .expect(303);
    assert_ne!(victim.session_cookie().expect("a session").1, planted);
}

#[test]
pub fn the_cookie_is_as_strict_as_it_can_be() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let id = gate.api().app("hmi")["id"].as_str().expect("an id").to_owned();
    let answer = gate.visitor("hmi").sign_up(ADA);
    let cookie = answer
        .all("set-cookie")
        .into_iter()
        .find(|cookie| cookie.starts_with(&format!("millgate-{id}=")))
        .expect("the cookie")
        .to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Secure"), "{cookie}");
    let token = cookie.split(['=', ';']).nth(1).expect("a value");
    assert!(token.len() >= 43, "256 bits: {token}");
}

#[test]
pub fn over_tls_the_cookie_is_secure_and_bound_to_the_host() {
    let recorder = Recorder::start();
    let authority = Authority::new();
    let gate = Gate::plan().tls(&authority).app(App::new("hmi", Mode::Signup, &recorder)).start();
    let mut visitor = gate.visitor("hmi");
    let answer = visitor.sign_up(ADA).expect(303);
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-millgate-") && cookie.contains("Secure"), "{cookie}");
    let seen = visitor.get("/").seen();
    assert_eq!((seen.user(), seen.header("X-Forwarded-Proto")), (ADA, Some("https")));
    let mut socket = visitor.websocket("/ws?tag=tls");
    socket.assert_alive();
    gate.api().delete_user("hmi", ADA);
    socket.assert_cut();
}

/// C9, C14. Both proofs outlive the gateway.
#[test]
fn sessions_outlive_a_restart_of_the_gateway() {
    let recorder = Recorder::start();
    let mut gate = gate_in(Mode::SignupAndMasterPassword, &recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    visitor.give_master_password().expect(303);
    for _ in 0..2 {
        gate.restart();
        assert_eq!(visitor.get("/").seen().user(), ADA);
    }
    gate.kill();
    gate.start_again();
    assert_eq!(visitor.get("/").seen().user(), ADA);
    assert_eq!(gate.api().sessions_of("hmi", ADA).len(), 1);
}

/// Only that a limit bites at all is tested here; the exact moments are unit tests with a clock of their own. (C14)
#[test]
pub fn a_session_ends_at_its_idle_or_absolute_limit_when_the_app_has_one() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("idle", Mode::Signup, &recorder).with("idle_limit = \"1s\""))
        .app(App::new("absolute", Mode::Signup, &recorder).with("absolute_limit = \"1s\""))
        .app(App::new("endless", Mode::Signup, &recorder))
        .start();
    let mut endless = gate.visitor("endless");
    endless.sign_up(ADA).expect(303);
    for app in ["idle", "absolute"] {
        let mut visitor = gate.visitor(app);
        visitor.sign_in(ADA).expect(303);
        std::thread::sleep(std::time::Duration::from_millis(1500));
        for _ in 0..3 {
            visitor.fetch("/").problem(401);
            visitor.fetch("/.millgate/me").problem(401);
        }
    }
    endless.get("/").expect(200);
}

#[test]
pub fn a_session_in_use_outlives_a_short_idle_limit() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with("idle_limit = \"5s\""));
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    for _ in 0..70 {
        std::thread::sleep(std::time::Duration::from_millis(100));
        visitor.fetch("/").expect(200);
    }
}

#[test]
fn two_gateways_on_one_address_do_not_overwrite_each_others_cookies() {
    let recorder = Recorder::start();
    let gates = [gate_in(Mode::Signup, &recorder), gate_in(Mode::Signup, &recorder)];
    let mut browser = gates[0].visitor("hmi");
    browser.sign_up(ADA).expect(303);
    let mut second = gates[1].visitor("hmi");
    second.jar = browser.jar.clone();
    second.sign_up(ADA).expect(303);
    browser.jar = second.jar.clone();
    browser.get("/").expect(200);
    second.get("/").expect(200);
}
