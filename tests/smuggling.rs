//! Bytes of one message never become part of another one: bodies, pipelines, upgrades (T5).

use std::time::Duration;

use crate::guard::open_app;
use crate::support::{App, Gate, Mode, Recorder, Request, Response};

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
pub fn one_hosts_connection_is_not_another_hosts_pass() {
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
pub fn a_body_that_is_not_forwarded_is_never_read_as_a_request() {
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
pub fn bytes_sent_before_the_101_are_held_until_it_comes() {
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
pub fn an_upgrade_asked_by_post_or_with_a_body_switches_nothing() {
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

/// Mutated requests, the same ones in every run: whatever they are, the gate lives and nothing is smuggled.
#[test]
fn thousands_of_mutated_requests_harm_nothing() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let site = gate.site("hmi");
    let head = site.head("POST", "/x?y=z") + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nCookie: a=b\r\n\r\n";
    let template = (head + "5\r\nhello\r\n0\r\n\r\n" + &site.head("GET", "/smuggled") + "\r\n").into_bytes();
    let mut seed: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..2000 {
        let mut bytes = template.clone();
        for _ in 0..=random(4) {
            if bytes.is_empty() {
                break;
            }
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = u8::try_from(random(256)).unwrap(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"\r\n \t:;,\0"[random(8)]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let mut client = site.connect();
        let _ = client.try_send(bytes);
        client.finish_sending();
        client.read_to_end();
    }
    assert!(recorder.requests().is_empty(), "nobody has signed in");
    gate.visitor("hmi").get("/").expect(303);
}
