//! What listeners say beside their certificates: redirects to TLS, and how long to stay with it.

use std::net::SocketAddr;

use crate::support::process::free_port;
use crate::support::recorder::After;
use crate::support::tls::Authority;
use crate::support::{App, Gate, Mode, RawClient, Recorder, Response, eventually};

const HSTS: &str = "Strict-Transport-Security";

fn plain(port: u16, method: &str, host: &str, path: &str) -> Response {
    let mut client = RawClient::connect(SocketAddr::from(([127, 0, 0, 1], port)));
    client.send(format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\nok"));
    client.response()
}

#[test]
fn a_redirect_listener_leads_to_tls_and_lets_nobody_in() {
    let recorder = Recorder::start();
    let port = free_port();
    let gate = Gate::plan()
        .tls(&Authority::new())
        .app(App::new("hmi", Mode::Public, &recorder))
        .app(App::new("plc", Mode::Public, &recorder).at_prefix("/plc"))
        .table(&format!("[[listen]]\naddress = \"127.0.0.1:{port}\"\nredirect_to_https = true"))
        .start();
    let secure = gate.port();
    for (method, host, path, target) in [
        ("GET", "hmi.localhost", "/a?b=c", format!("https://hmi.localhost:{secure}/a?b=c")),
        ("POST", "HMI.localhost:80", "/form", format!("https://hmi.localhost:{secure}/form")),
        ("GET", "127.0.0.1", "/plc/x", format!("https://127.0.0.1:{secure}/plc/x")),
        ("GET", "localhost", "/api/v1/workspaces", format!("https://localhost:{secure}/api/v1/workspaces")),
        ("GET", "hmi.localhost", "//evil.example/", format!("https://hmi.localhost:{secure}//evil.example/")),
        ("GET", "hmi.localhost", "/.millgate/sign-in", format!("https://hmi.localhost:{secure}/.millgate/sign-in")),
    ] {
        let answer = plain(port, method, host, path);
        assert_eq!((answer.status, answer.header("location")), (308, Some(&*target)), "{host}{path}");
        assert_eq!(answer.header(HSTS), None);
    }
    assert_eq!(plain(port, "GET", "nobody.example", "/").status, 404);
    for path in ["/.millgate/healthz", "/.millgate/readyz"] {
        plain(port, "GET", "nobody.example", path).expect(200);
    }
    assert_eq!(recorder.requests().len(), 0);
}

#[test]
fn browsers_are_told_to_stay_with_tls_and_apps_may_say_it_themselves() {
    let recorder = Recorder::start();
    let port = free_port();
    let mut gate = Gate::plan()
        .tls(&Authority::new())
        .app(App::new("hmi", Mode::Public, &recorder))
        .app(App::new("door", Mode::Signup, &recorder).at_prefix("/door"))
        .table(&format!("[[listen]]\naddress = \"127.0.0.1:{port}\""))
        .table("[tls]\nhsts = \"180d\"")
        .start();
    let told = |response: Response| response.all(HSTS).join(" + ");
    let hmi = gate.site("hmi");
    assert_eq!(told(hmi.bare_get("/")), "max-age=15552000");
    assert_eq!(told(hmi.bare_get("/.millgate/sign-in")), "max-age=15552000");
    assert_eq!(told(gate.site("door").bare_get("/")), "max-age=15552000");
    assert_eq!(told(gate.console().bare_get("/.millgate/healthz")), "max-age=15552000");
    assert_eq!(told(plain(port, "GET", "localhost", "/.millgate/healthz")), "");

    let own = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nstrict-transport-security: max-age=1\r\n\r\n";
    recorder.answer("/own", own, After::KeepAlive);
    assert_eq!(told(hmi.bare_get("/own")), "max-age=1");

    gate.rewrite_config(|plan| plan.drop_tables("[tls]"));
    gate.hangup();
    eventually("nobody is told any more", || told(hmi.bare_get("/")).is_empty().then_some(()));
}
