//! Other proxies ask who may pass: the endpoint, as they speak to it.

use serde_json::Value;

use crate::support::{App, Gate, Mode, RawClient, Recorder, Response, Visitor};

const ADA: &str = "ada@example.com";
const TRUSTING: &str = "trusted_proxies = [\"127.0.0.1\"]\nforward_auth = true";

fn ask(gate: &Gate, method: &str, target: &str, headers: &str) -> Response {
    let mut client = gate.connect();
    client.send(format!("{method} {target} HTTP/1.1\r\n{headers}\r\n"));
    client.response_to(method)
}

/// The head that nginx sends for what a browser's address bar wants.
fn by_nginx(host: &str, original: &str, cookie: &str) -> String {
    format!(
        "Host: {host}\r\nX-Forwarded-For: 10.1.1.1\r\nX-Original-URI: {original}\r\nX-Original-Method: GET\r\n\
         Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nAccept: text/html\r\n{cookie}"
    )
}

fn cookie_of(visitor: &Visitor) -> String {
    let (name, value) = visitor.session_cookie().expect("a session");
    format!("Cookie: {name}={value}\r\n")
}

#[test]
fn a_proxy_learns_who_is_there_or_the_way_to_sign_in() {
    let recorder = Recorder::start();
    let app = App::new("hmi", Mode::Signup, &recorder).with("identity_headers = [\"remote-user\"]");
    let gate = Gate::plan().listen(TRUSTING).app(app).start();
    let host = gate.site("hmi").host;

    let stranger = ask(&gate, "GET", "/.millgate/auth", &by_nginx(&host, "/a/b?c=d", ""));
    assert_eq!(stranger.problem(401)["type"], "urn:millgate:problem:sign-in-required");
    let way = format!("http://{host}/.millgate/sign-in?return_to=%2Fa%2Fb%3Fc%3Dd");
    assert_eq!(stranger.header("X-Millgate-Redirect"), Some(&*way));
    let whole = ask(&gate, "GET", "/.millgate/auth?redirect=1", &by_nginx(&host, "/a/b?c=d", ""));
    assert_eq!((whole.status, whole.location()), (303, &*way));
    let enveloped = ask(&gate, "GET", "/.millgate/auth/a/b?c=d", &by_nginx(&host, "/elsewhere", ""));
    assert_eq!((enveloped.status, enveloped.location()), (303, &*way));
    let background = format!("Host: {host}\r\nX-Forwarded-Uri: /data\r\n");
    for target in ["/.millgate/auth", "/.millgate/auth?redirect=1"] {
        let answer = ask(&gate, "GET", target, &background);
        assert_eq!(answer.problem(401)["sign_in_url"], format!("http://{host}/.millgate/sign-in"));
        assert_eq!(answer.header("X-Millgate-Redirect"), None);
    }

    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    for target in ["/.millgate/auth", "/.millgate/auth?redirect=1", "/.millgate/auth/x/y"] {
        let known = ask(&gate, "GET", target, &by_nginx(&host, "/a", &cookie_of(&ada))).expect(200);
        for name in ["X-User", "$USER", "Remote-User", "Remote-Email"] {
            assert_eq!(known.header(name), Some(ADA), "{name}");
        }
        let info: Value = serde_json::from_str(known.header("X-User-Info").unwrap()).unwrap();
        assert_eq!((&info["email"], &info["app"]), (&ADA.into(), &"hmi".into()));
        assert_eq!(known.header("X-User-Jwt").map(|token| token.split('.').count()), Some(3));
        assert_eq!(known.header("Cache-Control"), Some("no-store"));
        assert!(known.body.is_empty());
    }
    ada.sign_out().expect(303);
    assert_eq!(ask(&gate, "GET", "/.millgate/auth", &by_nginx(&host, "/a", &cookie_of_none())).status, 401);
    assert!(recorder.requests().is_empty(), "{:?}", recorder.requests());
}

fn cookie_of_none() -> String {
    "Cookie: millgate-0000000000000=x\r\n".to_owned()
}

#[test]
fn only_proxies_may_ask_and_only_where_a_listener_says_so() {
    let recorder = Recorder::start();
    let elsewhere = "trusted_proxies = [\"10.0.0.1\"]\nforward_auth = true";
    let mut gate = Gate::plan().listen(elsewhere).app(App::new("hmi", Mode::Signup, &recorder)).start();
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    for target in ["/.millgate/auth", "/.millgate/auth?redirect=1", "/.millgate/auth/x"] {
        let answer = ask(&gate, "GET", target, &by_nginx(&gate.site("hmi").host, "/a", &cookie_of(&ada)));
        assert_eq!(answer.problem(403)["type"], "urn:millgate:problem:untrusted-peer");
        assert_eq!(answer.header("X-User"), None);
    }
    gate.rewrite_config(|plan| plan.replace_listen("trusted_proxies = [\"127.0.0.1\"]"));
    gate.restart();
    let answer = ask(&gate, "GET", "/.millgate/auth", &by_nginx(&gate.site("hmi").host, "/a", &cookie_of(&ada)));
    assert_eq!((answer.status, answer.header("X-User")), (404, None));
}

#[test]
fn the_original_request_is_what_is_judged() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .listen(TRUSTING)
        .app(App::new("hmi", Mode::InviteOnly, &recorder))
        .app(App::new("door", Mode::Public, &recorder).at_prefix("/door"))
        .start();
    let host = gate.site("hmi").host;
    let mut ada = gate.visitor("hmi");
    gate.api().change("hmi", &serde_json::json!({"access": "signup"}));
    ada.sign_up(ADA).expect(303);
    gate.api().change("hmi", &serde_json::json!({"access": "invite-only"}));
    let cookie = cookie_of(&ada);

    // Not invited: a status for nginx, a page for the others.
    let refused = ask(&gate, "GET", "/.millgate/auth", &by_nginx(&host, "/a", &cookie));
    assert_eq!(refused.problem(403)["type"], "urn:millgate:problem:not-invited");
    ask(&gate, "GET", "/.millgate/auth?redirect=1", &by_nginx(&host, "/a", &cookie)).page(403);
    gate.api().set_running("hmi", false);
    assert_eq!(ask(&gate, "GET", "/.millgate/auth", &by_nginx(&host, "/a", &cookie)).status, 403);
    assert_eq!(ask(&gate, "GET", "/.millgate/auth?redirect=1", &by_nginx(&host, "/a", &cookie)).status, 503);

    // By path.
    let port = gate.port();
    let door = format!("Host: 127.0.0.1:{port}\r\nX-Original-URI: /door/x\r\n");
    ask(&gate, "GET", "/.millgate/auth", &door).expect(200);
    let forwarded = format!("Host: auth.internal\r\nX-Forwarded-Host: 127.0.0.1:{port}\r\nX-Forwarded-Uri: /door\r\n");
    ask(&gate, "GET", "/.millgate/auth?redirect=1", &forwarded).expect(200);
    for (original, status) in
        [("/door/../x", 400), ("/door/%2e%2e/x", 400), ("door", 400), ("/%64oor/x", 400), ("/door/.millgate/me", 403)]
    {
        let head = format!("Host: 127.0.0.1:{port}\r\nX-Original-URI: {original}\r\n");
        assert_eq!(ask(&gate, "GET", "/.millgate/auth", &head).status, status, "{original}");
    }
    // What a visitor claims comes through the proxy beside what the proxy tells, under the name that another one uses.
    for claimed in [
        "X-Original-URI: /door\r\nX-Forwarded-Uri: /a",
        "X-Forwarded-Uri: /a\r\nX-Original-URI: /door",
        "X-Original-URI: /door\r\nX-Original-URI: /a",
        "X-Original-URI: /door\r\nX-Original-Method: GET\r\nX-Forwarded-Method: OPTIONS",
    ] {
        let head = format!("Host: 127.0.0.1:{port}\r\n{claimed}\r\n");
        assert_eq!(ask(&gate, "GET", "/.millgate/auth?redirect=1", &head).status, 400, "{claimed}");
    }
    let agreed = format!("Host: 127.0.0.1:{port}\r\nX-Forwarded-Uri: /door\r\nX-Original-URI: /door\r\n");
    ask(&gate, "GET", "/.millgate/auth", &agreed).expect(200);
    let mut client = gate.connect();
    let unreadable = b"\r\nX-Original-URI: /a\xff\r\n\r\n";
    client.send([format!("GET /.millgate/auth HTTP/1.1\r\nHost: 127.0.0.1:{port}").as_bytes(), unreadable].concat());
    assert_eq!(client.response_to("GET").status, 400);
    let nobody = "Host: nobody.example\r\nX-Original-URI: /\r\n";
    assert_eq!(ask(&gate, "GET", "/.millgate/auth", nobody).problem(403)["type"], "urn:millgate:problem:no-app");
    assert!(recorder.requests().is_empty());
}

#[test]
fn a_connection_that_asks_again_and_again_stays_in_step() {
    let recorder = Recorder::start();
    let gate = Gate::plan().listen(TRUSTING).app(App::new("hmi", Mode::Public, &recorder)).start();
    let host = gate.site("hmi").host;
    let mut client: RawClient = gate.connect();
    for (method, original) in [("GET", "HEAD"), ("HEAD", "GET"), ("GET", "POST"), ("POST", "OPTIONS"), ("GET", "x y")] {
        for target in ["/.millgate/auth", "/.millgate/auth?redirect=1"] {
            client.send(format!(
                "{method} {target} HTTP/1.1\r\nHost: {host}\r\nX-Original-URI: /a\r\nX-Original-Method: {original}\r\n\r\n"
            ));
            assert_eq!(client.response_to(method).status, 200, "{method} {original}");
            client.send(format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nX-Original-URI: /.millgate/me\r\nX-Original-Method: {original}\r\n\r\n"));
            assert_eq!(client.response_to(method).status, 403, "{method} {original}");
        }
    }
}
