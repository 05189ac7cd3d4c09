//! The shipped samples for nginx and Caddy, with the real programs.

use crate::headers::{RESERVED, fold, spellings};
use crate::support::process::free_port;
use crate::support::proxy::{Kind, Proxy};
use crate::support::visitor::Purpose;
use crate::support::{App, Gate, Mode, Recorder, Request, Visitor, eventually};

const ADA: &str = "ada@example.com";

struct Stage {
    recorder: Recorder,
    gate: Gate,
    _proxy: Proxy,
}

impl Stage {
    fn set(kind: Kind, mode: Mode) -> Stage {
        let recorder = Recorder::start();
        let port = free_port();
        let gate = Gate::plan()
            .listen("trusted_proxies = [\"127.0.0.1\"]")
            .app(App::new("hmi", mode, &recorder).behind_port(port))
            .start();
        let proxy = Proxy::start(kind, "hmi.localhost", port, gate.port(), recorder.port());
        Stage { recorder, gate, _proxy: proxy }
    }

    fn visitor(&self) -> Visitor {
        self.gate.visitor("hmi")
    }
}

fn strangers_are_led_to_the_page_and_back(kind: Kind) {
    let stage = Stage::set(kind, Mode::Signup);
    let mut ada = stage.visitor();
    let answer = ada.get("/line/4?x=1");
    assert_eq!(answer.status, 303, "{}", answer.summary());
    assert!(answer.location().ends_with("/.millgate/sign-in?return_to=%2Fline%2F4%3Fx%3D1"), "{}", answer.location());
    ada.follow(&answer).page(200);
    assert_eq!(ada.fetch("/data").problem(401)["type"], "urn:millgate:problem:sign-in-required");
    assert_eq!(ada.post("/form", &[("a", "b")]).page(401).matches("sign-in").count().min(1), 1);
    assert!(ada.refused_websocket("/ws").status >= 400);
    assert!(stage.recorder.requests().is_empty());

    ada.sign_up(ADA).expect(303);
    let seen = ada.get("/line/4").expect(200).seen();
    assert_eq!((seen.header("X-User"), seen.user_info()["email"].as_str()), (Some(ADA), Some(ADA)));
    assert!(seen.header("X-User-Jwt").is_some());
    ada.post("/form", &[("a", "b")]).expect(200);
    assert_eq!(stage.recorder.wait_request("/form").header("X-User"), Some(ADA));
    ada.websocket("/ws").assert_alive();
    let me = ada.me();
    assert_eq!(me["email"], ADA);

    for session in stage.gate.api().sessions_of("hmi", ADA) {
        stage.gate.api().delete_session("hmi", session["id"].as_str().unwrap());
    }
    assert_eq!(ada.fetch("/data").status, 401);
    ada.sign_in(ADA).expect(303);
    stage.gate.api().set_access("hmi", Mode::InviteOnly);
    ada.get("/line/4").page(403);
}

fn nobody_is_who_they_claim_to_be(kind: Kind) {
    let stage = Stage::set(kind, Mode::Public);
    let mut request = Request::new("GET", "/x", Purpose::Fetch);
    let names: Vec<String> = RESERVED.iter().take(4).flat_map(|name| spellings(name)).collect();
    for name in &names {
        request = request.header(name, "forged");
    }
    stage.visitor().send(&request).expect(200);
    let seen = stage.recorder.wait_request("/x");
    for (name, value) in &seen.headers {
        let is_identity = names.iter().any(|forged| fold(forged) == fold(name));
        assert!(!is_identity || !value.contains("forged"), "{name}: {value}");
    }
    assert!(seen.header("X-User").unwrap().starts_with("anon-"));
    // Only the proxy asks.
    for path in
        ["/.millgate/auth", "/.millgate/auth?redirect=1", "/.millgate/auth/x", "/.millgate/%61uth", "//.millgate/auth"]
    {
        let answer = stage.visitor().send(&Request::fetch(path));
        assert!(answer.header("X-User-Jwt").is_none(), "{path}: {}", answer.summary());
        assert!(answer.status >= 400 || stage.recorder.got_target(path), "{path}: {}", answer.summary());
    }
    let before = stage.recorder.requests().len();
    stage.gate.api().set_running("hmi", false);
    eventually("a stopped app has a page", || (stage.visitor().get("/y").status == 503).then_some(()));
    assert_eq!(stage.recorder.requests().len(), before);
}

#[test]
fn nginx_leads_strangers_to_the_page_and_back() {
    strangers_are_led_to_the_page_and_back(Kind::Nginx);
}

#[test]
fn caddy_leads_strangers_to_the_page_and_back() {
    strangers_are_led_to_the_page_and_back(Kind::Caddy);
}

#[test]
fn behind_nginx_nobody_is_who_they_claim_to_be() {
    nobody_is_who_they_claim_to_be(Kind::Nginx);
}

#[test]
fn behind_caddy_nobody_is_who_they_claim_to_be() {
    nobody_is_who_they_claim_to_be(Kind::Caddy);
}
