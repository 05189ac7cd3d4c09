//! The request guard: what is ambiguous is refused before anybody else reads it (T3, T4, T5 and "libraries").

use std::time::Duration;

use crate::guard_heads::{CHUNKS, HEADS};
use crate::support::raw::find;
use crate::support::{App, Gate, Mode, RawClient, Recorder, Request, Response, Site, Visitor};

/// A public app: nothing but the guard stands in the way.
fn open_app(recorder: &Recorder) -> Gate {
    Gate::plan().one_worker().app(App::new("hmi", Mode::Public, recorder)).start()
}

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\n@\r\n";

/// Replaces the placeholders of the tables.
fn fill(template: &[u8], host: &str) -> Vec<u8> {
    let mut filled = Vec::new();
    for byte in template {
        match byte {
            b'@' if filled.ends_with(b"\n") => filled.extend_from_slice(format!("Host: {host}\r\n").as_bytes()),
            b'#' if !filled.ends_with(b"/a") => filled.extend_from_slice(host.as_bytes()),
            other => filled.push(*other),
        }
    }
    filled
}

/// 400, or a more exact refusal, or a close: and then the end of the connection.
#[track_caller]
fn assert_refused(mut client: RawClient, name: &str) {
    if let Some(answer) = client.try_response("GET") {
        assert!(matches!(answer.status, 400 | 405 | 413 | 414 | 417 | 431 | 501 | 505), "{name}: {}", answer.summary());
    }
    let rest = client.read_to_end();
    assert!(find(&rest, b"HTTP/1.1").is_none(), "{name}: a second answer: {}", String::from_utf8_lossy(&rest));
}

#[test]
fn hostile_heads_are_refused_and_the_upstream_gets_nothing() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let site = gate.site("hmi");
    for (name, head) in HEADS {
        let mut client = site.connect();
        let _ = client.try_send(fill(head, &site.host));
        let _ = client.try_send(fill(SMUGGLED.as_bytes(), &site.host));
        assert_refused(client, name);
        let arrived: Vec<_> = recorder.requests().iter().map(|request| request.raw_text()).collect();
        assert!(arrived.is_empty(), "{name}: the upstream got {arrived:#?}");
    }
    site.bare_get("/still-fine").expect(200);
}

#[test]
fn hostile_chunks_never_make_a_request_whole() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let site = gate.site("hmi");
    for (name, chunks) in CHUNKS {
        let mut client = site.connect();
        client.send(site.head("POST", "/?tag=chunks") + "Transfer-Encoding: chunked\r\n\r\n");
        let _ = client.try_send(chunks);
        let _ = client.try_send(fill(SMUGGLED.as_bytes(), &site.host));
        client.finish_sending();
        if let Some(answer) = client.try_response("POST") {
            assert!(answer.status >= 400, "{name}: {}", answer.summary());
        }
        client.read_to_end();
        assert!(recorder.requests_for("/smuggled").is_empty(), "{name}");
        assert!(recorder.requests().iter().all(|request| !request.raw.ends_with(b"0\r\n\r\n")), "{name}");
        recorder.forget();
    }
    site.bare_get("/still-fine").expect(200);
}

#[test]
fn trailers_that_would_change_the_message_are_not_forwarded() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let site = gate.site("hmi");
    for trailer in ["Content-Length: 9", "Transfer-Encoding: chunked", "Host: other", "Cookie: a=1", "Authorization: x"]
    {
        let mut client = site.connect();
        client.send(site.head("POST", "/in") + "Transfer-Encoding: chunked\r\n\r\n");
        let _ = client.try_send(format!("2\r\nhi\r\n0\r\n{trailer}\r\n\r\n"));
        client.try_response("POST");
        for request in recorder.requests() {
            assert!(request.trailers.is_empty(), "{trailer}: {:?}", request.trailers);
        }
        recorder.forget();
    }
}

#[test]
fn heads_beyond_their_limit_are_refused() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let site = gate.site("hmi");
    let long = "x".repeat(70 * 1024);
    let many: String = (0..20_000).map(|number| format!("X-{number}: 1\r\n")).collect();
    let heads = [
        ("a long target", format!("GET /{long} HTTP/1.1\r\nHost: {}\r\n\r\n", site.host)),
        ("a long value", site.head("GET", "/") + &format!("X-Long: {long}\r\n\r\n")),
        ("a long name", site.head("GET", "/") + &format!("{long}: 1\r\n\r\n")),
        ("many headers", site.head("GET", "/") + &many + "\r\n"),
        ("no end", site.head("GET", "/") + &"X-A: 1\r\n".repeat(100_000)),
    ];
    for (name, head) in heads {
        let mut client = site.connect();
        let _ = client.try_send(head);
        assert_refused(client, name);
    }
    assert!(recorder.requests().is_empty());
}

#[test]
fn trailers_beyond_their_limit_are_refused() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let site = gate.site("hmi");
    let mut client = site.connect();
    client.send(site.head("POST", "/in") + "Transfer-Encoding: chunked\r\n\r\n0\r\n");
    let _ = client.try_send("X-A: 1\r\n".repeat(100_000) + "\r\n");
    if let Some(answer) = client.try_response("POST") {
        assert!(answer.status >= 400, "{}", answer.summary());
    }
    client.read_to_end();
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let site = gate.site("hmi");
    let paths = ["/one", "/two", "/three", "/four"];
    let mut client = site.connect();
    client.send(paths.iter().map(|path| site.head("GET", path) + "\r\n").collect::<String>());
    for path in paths {
        assert_eq!(client.response().seen().target, path);
    }
}

#[test]
fn pipelined_requests_are_judged_one_by_one() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up("ada@example.com").expect(303);
    let mut client = visitor.start(&Request::fetch("/mine"));
    client.send(visitor.site.head("GET", "/not-mine") + "\r\n");
    assert_eq!(client.response().seen().target, "/mine");
    assert_eq!(client.response().status, 401);
    assert!(recorder.requests_for("/not-mine").is_empty());
}

#[test]
fn one_hosts_connection_is_not_another_hosts_pass() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("open", Mode::Public, &recorder))
        .app(App::new("closed", Mode::Signup, &recorder))
        .start();
    let mut client = gate.site("open").connect();
    client.send(gate.site("open").head("GET", "/a") + "\r\n");
    client.response().expect(200);
    client.send(gate.site("closed").head("GET", "/b") + "\r\n");
    assert_eq!(client.response().status, 401);
}

#[test]
fn any_spelling_of_a_host_reaches_the_same_app_and_policy() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let port = gate.port();
    for host in ["hmi.localhost", "HMI.LocalHost", "hmi.localhost."] {
        let site = Site { host: format!("{host}:{port}"), ..gate.site("hmi") };
        let answer = Visitor::new(site, crate::support::Style::Browser).get("/x");
        assert_eq!(answer.location(), "/.millgate/sign-in?return_to=%2Fx", "{host}");
    }
    let absolute = format!("GET http://hmi.localhost:{port}/x HTTP/1.1\r\nHost: hmi.localhost:{port}\r\n\r\n");
    let mut client = gate.connect();
    client.send(absolute);
    assert_eq!(client.response().status, 401);
    assert!(recorder.requests().is_empty());
}

#[test]
fn an_unknown_host_reaches_no_app_and_hears_of_none() {
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
fn nothing_but_host_and_path_choose_the_app() {
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
fn no_agent_method_or_path_opens_a_closed_app() {
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
fn the_path_that_is_judged_is_the_path_that_is_sent() {
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
fn dot_segments_do_not_leave_a_path_prefix() {
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
fn no_spelling_of_the_reserved_prefix_reaches_an_upstream() {
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

#[test]
fn a_body_that_is_not_forwarded_is_never_read_as_a_request() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder))
        .app(App::new("open", Mode::Public, &recorder))
        .start();
    let site = gate.site("hmi");
    let inner = gate.site("open").head("GET", "/smuggled") + "\r\n";
    let framings = [
        format!("Content-Length: {}\r\n\r\n{inner}", inner.len()),
        format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len()),
        format!("Expect: 100-continue\r\nContent-Length: {}\r\n\r\n{inner}", inner.len()),
    ];
    for framing in framings {
        for path in ["/form", "/.millgate/me", "/.millgate/sign-in", "/.millgate/unknown", "/a/../b"] {
            let mut client = site.connect();
            client.send(site.head("POST", path) + &framing);
            assert!(client.response_to("POST").status >= 400, "{path}");
            let _ = client.try_send(gate.site("open").head("GET", "/next") + "\r\n");
            // Either the body was drained and this is the next request, or the connection is closed.
            if let Some(next) = client.try_response("GET") {
                assert_eq!(next.seen().target, "/next");
            }
        }
    }
    assert!(recorder.requests_for("/smuggled").is_empty());
}

#[test]
fn an_endless_body_that_is_not_forwarded_ends_the_connection() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let site = gate.site("hmi");
    let mut client = site.connect();
    client.send(site.head("POST", "/form") + "Content-Length: 1000000000000\r\n\r\n");
    assert_eq!(client.head().status, 401);
    let piece = vec![b'x'; 64 * 1024];
    let refused = (0..20_000).any(|_| client.try_send(&piece).is_err());
    assert!(refused, "more than a gigabyte was taken");
    assert!(recorder.requests().is_empty());
}

#[test]
fn bytes_sent_before_the_101_are_held_until_it_comes() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let visitor = gate.visitor("hmi");
    let mut client = visitor.site.connect();
    client.send(visitor.text(&visitor.handshake("/held?tag=held")) + "early bytes");
    recorder.stage().wait_opened("held");
    assert!(client.is_silent_for(Duration::from_millis(100)), "switched before the upstream agreed");
    assert_eq!(recorder.stage().received("held"), b"", "the upstream got bytes before it agreed");
}

#[test]
fn an_upgrade_that_the_upstream_declines_switches_nothing() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up("ada@example.com").expect(303);
    let mut client = visitor.site.connect();
    client
        .send(visitor.text(&visitor.handshake("/poll?tag=declined")) + &visitor.site.head("GET", "/smuggled") + "\r\n");
    recorder.stage().wait_opened("declined");
    recorder.stage().say("declined", "no socket here");
    assert_eq!(client.response().expect(200).text(), "no socket here");
    // What followed is at most a request of its own, without a cookie.
    if let Some(answer) = client.try_response("GET") {
        assert!(answer.status >= 400, "{}", answer.summary());
    }
    assert!(recorder.requests_for("/smuggled").is_empty());
}

#[test]
fn an_upgrade_asked_by_post_or_with_a_body_switches_nothing() {
    let recorder = Recorder::start();
    let gate = open_app(&recorder);
    let visitor = gate.visitor("hmi");
    let mut request = visitor.handshake("/ws?tag=post").body("GET /smuggled HTTP/1.1\r\n\r\n");
    for method in ["GET", "POST"] {
        request.method = method.to_owned();
        let answer: Option<Response> = visitor.start(&request).try_head();
        assert!(answer.is_none_or(|answer| answer.status != 101), "{method}");
    }
    assert!(recorder.requests_for("/smuggled").is_empty());
}
