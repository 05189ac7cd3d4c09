//! The request guard: what is ambiguous is refused before anybody else reads it ("libraries" in the pitfalls).

use crate::guard_heads::{CHUNKS, HEADS};
use crate::support::raw::find;
use crate::support::{App, Gate, Mode, RawClient, Recorder};

/// A public app: nothing but the guard stands in the way.
pub fn open_app(recorder: &Recorder) -> Gate {
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
