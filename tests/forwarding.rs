//! What passes, passes as it is: framing, streams, upgrades.

use crate::support::recorder::After;
use crate::support::{App, Gate, Mode, Recorder, Request};
use std::io::{Read, Write};

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan().one_worker().app(App::new("hmi", Mode::Public, recorder)).start()
}

#[test]
fn connections_are_kept_alive_on_both_sides() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let mut client = site.connect();
    for number in 0..20 {
        client.send(site.head("GET", &format!("/{number}")) + "\r\n");
        assert_eq!(client.response().seen().target, format!("/{number}"));
    }
    assert!(recorder.connections() <= 2, "{} connections for one visitor", recorder.connections());
}

#[test]
fn a_visitor_who_asks_to_close_gets_an_answer_and_a_close() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    for head in [
        site.head("GET", "/") + "Connection: close\r\n\r\n",
        site.head("GET", "/").replace("HTTP/1.1", "HTTP/1.0") + "\r\n",
    ] {
        let mut client = site.connect();
        client.send(head);
        client.response().expect(200);
        assert!(client.read_to_end().is_empty());
    }
}

#[test]
pub fn head_gets_the_headers_of_get_and_no_body() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let mut client = site.connect();
    client.send(site.head("HEAD", "/same") + "\r\n" + &site.head("GET", "/next") + "\r\n");
    let head = client.response_to("HEAD");
    assert!(head.header("content-length").is_some_and(|length| length != "0"), "{}", head.summary());
    assert_eq!(client.response().seen().target, "/next");
    assert_eq!(recorder.requests()[0].method, "HEAD");
}

#[test]
pub fn answers_without_body_leave_the_connection_usable() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let mut client = site.connect();
    for code in [204, 304, 200, 404] {
        client.send(site.head("GET", &format!("/status?code={code}")) + "\r\n");
        let answer = client.response();
        assert_eq!((answer.status, answer.header("etag")), (code, Some("\"e\"")));
    }
    client.send(site.head("GET", "/next") + "\r\n");
    assert_eq!(client.response().seen().target, "/next");
}

#[test]
pub fn every_method_and_status_passes() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "M-SEARCH"] {
        let mut client = site.connect();
        client.send(site.head(method, "/a?b=c&d=%20") + "Content-Length: 4\r\n\r\nbody");
        let seen = client.response().seen();
        assert_eq!((seen.method.as_str(), seen.target.as_str(), seen.body.as_str()), (method, "/a?b=c&d=%20", "body"));
    }
    for code in [201, 206, 302, 400, 401, 403, 418, 500, 503, 599] {
        assert_eq!(site.bare_get(&format!("/status?code={code}")).status, code);
    }
}

#[test]
pub fn bodies_pass_with_a_length_and_in_chunks_in_both_directions() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let mut visitor = gate.visitor("hmi");
    assert_eq!(visitor.fetch("/bytes?n=1000000").body.len(), 1_000_000);
    assert_eq!(visitor.fetch("/chunks?n=1000000").body.len(), 1_000_000);
    let mut client = site.connect();
    client.send(site.head("POST", "/in") + "Transfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n");
    client.send("A\r\n0123456789\r\n0\r\n\r\n");
    assert_eq!(client.response().seen().body, "abc0123456789");
    client.send(site.head("POST", "/in") + "Content-Length: 3\r\n\r\nxyz");
    assert_eq!(client.response().seen().body, "xyz");
}

#[test]
pub fn a_body_until_close_is_passed_whole() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    recorder.answer("/old", "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end", After::Close);
    assert_eq!(gate.visitor("hmi").fetch("/old").expect(200).text(), "until the end");
}

#[test]
fn trailers_pass_in_both_directions() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let answer = gate.visitor("hmi").fetch("/trailers").expect(200);
    assert_eq!(answer.text(), "tail");
    assert_eq!(answer.trailers, [("X-Checksum".to_owned(), "abc".to_owned())]);
    let mut client = site.connect();
    client.send(
        site.head("POST", "/in")
            + "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 9\r\n\r\n",
    );
    client.response().expect(200);
    assert_eq!(recorder.wait_request("/in").trailers, [("X-Sum".to_owned(), "9".to_owned())]);
}

#[test]
pub fn expect_continue_lets_the_body_come() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let mut client = site.connect();
    client.send(site.head("POST", "/in") + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    assert!(client.read_until(b"HTTP/1.1 100 Continue\r\n\r\n").is_some());
    client.send("body");
    assert_eq!(client.response().seen().body, "body");
}

#[test]
pub fn expect_continue_of_a_stranger_is_answered_without_taking_the_body() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let site = gate.site("hmi");
    let mut client = site.connect();
    client.send(site.head("POST", "/in") + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    let answer = client.response();
    assert!(answer.interim.is_empty());
    answer.problem(401);
}

#[test]
pub fn early_hints_pass_or_vanish_but_never_confuse() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let mut client = site.connect();
    for _ in 0..3 {
        client.send(site.head("GET", "/early-hints") + "\r\n");
        let answer = client.response();
        assert_eq!(answer.seen().target, "/early-hints");
        assert!(answer.interim.iter().all(|hint| hint.status == 103));
    }
}

#[test]
pub fn events_arrive_one_by_one_as_they_are_said() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut events = gate.visitor("hmi").stream("/events?tag=e");
    for number in 0..10 {
        let event = format!("data: {number}\n\n");
        recorder.stage().say("e", &event);
        assert!(events.read_until(event.as_bytes()).is_some());
    }
    drop(events);
    recorder.stage().wait_ended("e");
}

#[test]
pub fn an_upload_reaches_the_upstream_as_it_is_sent() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let mut client = site.connect();
    client.send(site.head("POST", "/in?tag=up") + "Content-Length: 12\r\n\r\n");
    for piece in ["one.", "two.", "six."] {
        client.send(piece);
        recorder.stage().wait_received("up", piece.as_bytes());
    }
    assert_eq!(client.response().seen().body, "one.two.six.");
}

#[test]
pub fn an_upload_that_the_visitor_gives_up_ends_at_the_upstream() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site = gate.site("hmi");
    let mut client = site.connect();
    client.send(site.head("POST", "/in?tag=up") + "Content-Length: 12\r\n\r\none.");
    recorder.stage().wait_received("up", b"one.");
    drop(client);
    recorder.stage().wait_ended("up");
}

#[test]
pub fn a_long_poll_waits_as_long_as_it_likes() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut poll = gate.visitor("hmi").start(&Request::fetch("/poll?tag=p"));
    recorder.stage().wait_opened("p");
    recorder.stage().say("p", "news");
    assert_eq!(poll.response().expect(200).text(), "news");
}

const MANY: usize = 128 * 1024 * 1024;

/// Far less than the bodies, far more than buffers.
const FLAT_KIB: u64 = 48 * 1024;

#[test]
pub fn large_bodies_leave_memory_flat() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let site = gate.site("hmi");
    gate.visitor("hmi").fetch("/bytes?n=1000000").expect(200);
    let before = gate.process().resident_kib();
    let mut download = gate.visitor("hmi").stream(&format!("/bytes?n={MANY}"));
    let mut piece = vec![0; 1024 * 1024];
    let (mut left, mut most) = (MANY, before);
    while left > 0 {
        left -= download.read(&mut piece).expect("the download goes on");
        most = most.max(gate.process().resident_kib());
    }
    // A full upload at an upstream that answers before it has read any of it.
    let mut upload = site.connect();
    upload.send(site.head("POST", "/in") + "Content-Length: 33554432\r\n\r\n");
    for _ in 0..32 {
        upload.write_all(&piece).expect("the upload goes on");
        most = most.max(gate.process().resident_kib());
    }
    upload.response().expect(200);
    assert!(most < before + FLAT_KIB, "from {before} to {most} KiB");
}

#[test]
pub fn a_visitor_who_does_not_read_slows_the_upstream_and_fills_no_memory() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    gate.visitor("hmi").fetch("/bytes?n=1000000").expect(200);
    let before = gate.process().resident_kib();
    let paused: Vec<_> = (0..20).map(|_| gate.visitor("hmi").start(&Request::fetch("/flood?tag=flood"))).collect();
    for _ in 0..50 {
        gate.visitor("hmi").fetch("/meanwhile").expect(200);
    }
    let after = gate.process().resident_kib();
    assert!(after < before + FLAT_KIB, "from {before} to {after} KiB");
    drop(paused);
}

#[test]
fn a_websocket_is_transparent_for_every_byte() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let request = Request::fetch("/raw").header("Connection", "Upgrade").header("Upgrade", "raw");
    let mut client = gate.visitor("hmi").start(&request);
    let head = client.head();
    assert_eq!((head.status, head.header("upgrade")), (101, Some("raw")));
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let expected = bytes.clone();
    let mut position = 0;
    for piece in bytes.chunks(10_000) {
        client.send(piece);
        let back = client.read_bytes(piece.len()).expect("an echo");
        assert_eq!(back, expected[position..position + piece.len()]);
        position += piece.len();
    }
}

#[test]
fn a_websocket_handshake_keeps_its_headers_and_its_key() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let visitor = gate.visitor("hmi");
    let handshake = visitor
        .handshake("/ws?tag=w")
        .header("Sec-WebSocket-Protocol", "mqtt")
        .header("Sec-WebSocket-Extensions", "x-none");
    let head = visitor.start(&handshake).head();
    assert_eq!((head.status, head.header("sec-websocket-accept")), (101, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    let arrived = recorder.wait_request("/ws");
    assert_eq!(arrived.all("Sec-WebSocket-Protocol"), ["mqtt"]);
    assert_eq!(arrived.all("Sec-WebSocket-Extensions"), ["x-none"]);
    assert_eq!(arrived.all("Upgrade"), ["websocket"]);
    assert_eq!(arrived.all("Connection").len(), 1);
}

#[test]
pub fn a_websocket_ends_when_either_side_ends() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let visitor = gate.visitor("hmi");
    let mut socket = visitor.websocket("/ws?tag=one");
    socket.assert_alive();
    drop(socket);
    recorder.stage().wait_ended("one");
    let mut socket = visitor.websocket("/ws?tag=two");
    socket.assert_alive();
    recorder.close_connections();
    socket.assert_cut();
}

#[test]
pub fn a_visitor_who_leaves_is_noticed_behind_bytes_that_came_early() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let mut client = gate.visitor("hmi").stream("/events?tag=left");
    client.send("G");
    drop(client);
    recorder.stage().wait_ended("left");
}
