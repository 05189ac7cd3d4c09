//! Host and path choose the app and nothing else does; the path that is judged is the path that is sent (T3, T4).

use crate::guard::open_app;
use crate::support::{App, Gate, Mode, Recorder, Request, Site, Style, Visitor};

#[test]
fn any_spelling_of_a_host_reaches_the_same_app_and_policy() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let port = gate.port();
    for host in ["hmi.localhost", "HMI.LocalHost", "hmi.localhost."] {
        let site = Site { host: format!("{host}:{port}"), ..gate.site("hmi") };
        let answer = Visitor::new(site, Style::Browser).get("/x");
        assert_eq!(answer.location(), "/.millgate/sign-in?return_to=%2Fx", "{host}");
    }
    let absolute = format!("GET http://hmi.localhost:{port}/x HTTP/1.1\r\nHost: hmi.localhost:{port}\r\n\r\n");
    let mut client = gate.connect();
    client.send(absolute);
    assert_eq!(client.response().status, 401);
    assert!(recorder.requests().is_empty());
}

#[test]
pub fn an_unknown_host_reaches_no_app_and_hears_of_none() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("pressroom", Mode::Public, &recorder));
    let port = gate.port();
    for host in
        ["unknown.example", "hmi.localhost.evil.example", "xpressroom.localhost", "pressroom", "pressroom.localhost.."]
    {
        for head in [format!("Host: {host}:{port}"), format!("Host: {host}")] {
            let mut client = gate.connect();
            client.send(format!("GET / HTTP/1.1\r\n{head}\r\nX-Forwarded-Host: pressroom.localhost:{port}\r\n\r\n"));
            let answer = client.response();
            assert!(matches!(answer.status, 400 | 404), "{head}: {}", answer.summary());
            assert!(!answer.text().contains("pressroom"), "{head}: {}", answer.summary());
        }
    }
    assert!(recorder.requests().is_empty());
}

#[test]
pub fn nothing_but_host_and_path_choose_the_app() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("open", Mode::Public, &recorder))
        .app(App::new("closed", Mode::Signup, &recorder))
        .start();
    let open = gate.site("open").host;
    for header in ["X-Forwarded-Host", "X-Original-Host", "X-Host", "Forwarded", "X-Forwarded-Server"] {
        let value = if header == "Forwarded" { format!("host={open}") } else { open.clone() };
        assert_eq!(gate.visitor("closed").send(&Request::fetch("/").header(header, &value)).status, 401, "{header}");
    }
    for header in ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Prefix"] {
        let answer = gate.visitor("closed").send(&Request::fetch("/").header(header, "/.millgate/healthz"));
        assert_eq!(answer.status, 401, "{header}");
    }
    assert!(recorder.requests().is_empty());
}

#[test]
pub fn no_agent_method_or_path_opens_a_closed_app() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let site = gate.site("hmi");
    for path in [
        "/health",
        "/healthz",
        "/ping",
        "/metrics",
        "/favicon.ico",
        "/robots.txt",
        "/.well-known/x",
        "/.millgatex/a",
        "/.millgat",
    ] {
        assert_ne!(site.bare_get(path).status, 200, "{path}");
    }
    for agent in ["kube-probe/1.27", "ELB-HealthChecker/2.0", "GoogleHC/1.0"] {
        let answer = gate.visitor("hmi").send(&Request::fetch("/").header("User-Agent", agent));
        assert_eq!(answer.status, 401, "{agent}");
    }
    for method in ["OPTIONS", "HEAD", "PUT", "DELETE", "PATCH", "PROPFIND", "BREW"] {
        let mut client = site.connect();
        client.send(site.head(method, "/") + "Content-Length: 0\r\n\r\n");
        assert!(matches!(client.response_to(method).status, 401 | 405 | 501), "{method}");
    }
    assert!(recorder.requests().is_empty());
}

/// Either refused, or the very bytes that were judged are the bytes that arrive.
#[test]
pub fn the_path_that_is_judged_is_the_path_that_is_sent() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let site = gate.site("hmi");
    let paths = [
        "/a/../b",
        "/a/./b",
        "/..",
        "/%2e%2e/x",
        "/a/%2E%2e/b",
        "/a%2fb",
        "/a%5cb",
        "/a\\b",
        "//a",
        "/a//b",
        "/a;x=1/b",
        "/a;/../b",
        "/..;/x",
        "/%252e%252e/x",
        "/a%00b",
        "/a%0d%0ab",
        "/%",
        "/%zz",
        "/%c0%ae/x",
        "/a?b=../c",
        "/a?b=%2f",
        "/ä",
    ];
    for path in paths {
        let mut client = site.connect();
        client.send(site.head("GET", path) + "\r\n");
        let answer = client.response();
        if answer.status == 200 {
            assert!(recorder.got_target(path), "{path}: {:?}", recorder.requests());
        } else {
            assert_eq!(answer.status, 400, "{path}: {}", answer.summary());
            assert!(recorder.requests().is_empty(), "{path}");
        }
        recorder.forget();
    }
}

#[test]
pub fn dot_segments_do_not_leave_a_path_prefix() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Public, &recorder).at_prefix("/hmi"))
        .app(App::new("closed", Mode::Signup, &recorder).at_prefix("/closed"))
        .start();
    let site = gate.site("hmi");
    for path in [
        "/../closed/x",
        "/..%2fclosed/x",
        "/%2e%2e/closed/x",
        "/x/../../closed",
        "/..;/closed/x",
        "/..\\closed\\x",
        "%2f..%2fclosed",
    ] {
        let mut client = site.connect();
        client.send(site.head("GET", path) + "\r\n");
        let answer = client.response();
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.summary());
    }
    assert!(recorder.requests().is_empty());
}

#[test]
pub fn no_spelling_of_the_reserved_prefix_reaches_an_upstream() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let site = gate.site("hmi");
    let spellings = [
        "/.millgate/",
        "/.millgate",
        "/.millgate/unknown",
        "/%2emillgate/me",
        "/.mill%67ate/me",
        "/.millgate%2fme",
        "//.millgate/me",
        "/x/../.millgate/me",
        "/./.millgate/me",
        "/.millgate//me",
        "/.millgate/../.millgate/me",
        "/.millgate;x/me",
        "/.millgate\\me",
        "/%2e%6d/../.millgate/x",
    ];
    for path in spellings {
        for method in ["GET", "POST", "OPTIONS"] {
            let mut client = site.connect();
            client.send(site.head(method, path) + "Content-Length: 0\r\n\r\n");
            client.try_response(method);
        }
    }
    let reserved = |raw: &str| {
        raw.to_lowercase().replace("%2e", ".").replace("%67", "g").replace("%2f", "/").contains("/.millgate/")
    };
    let arrived: Vec<_> = recorder.requests().into_iter().filter(|request| reserved(&request.target)).collect();
    assert!(arrived.is_empty(), "{arrived:#?}");
}
