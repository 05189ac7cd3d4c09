//! What a request over HTTP/2 must look like, and how connections begin and end (RFC 9113; T1, T3, T4, T23).

use std::sync::Arc;

use crate::support::frames::{DATA, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, get};
use crate::support::tls::{Authority, shake};
use crate::support::{App, Gate, Mode, RawClient, Recorder};

const PROTOCOL_ERROR: u32 = 1;
const NO_ERROR: u32 = 0;
const GET: u8 = END_STREAM | END_HEADERS;

fn over_http2(recorder: &Recorder) -> Gate {
    Gate::plan().http2().app(App::new("hmi", Mode::Public, recorder)).start()
}

#[test]
fn requests_that_could_be_read_in_two_ways_reach_no_upstream() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let with = |name: &'static str, value: &'static str| [&get(&host, "/")[..], &[(name, value)]].concat();
    let path = |path: &'static str| get(&host, path).to_vec();
    let without_host = vec![(":method", "GET"), (":scheme", "http"), (":path", "/")];
    let connect = vec![(":method", "CONNECT"), (":authority", &*host)];
    let user = format!("eve@{host}");
    let refused = [
        ("Host is another", with("host", "other.localhost"), Ok(400)),
        ("a doubled Host", [&with("host", "a")[..], &[("host", "a")]].concat(), Ok(400)),
        ("no host at all", without_host, Ok(400)),
        ("a user before the host", get(&user, "/").to_vec(), Ok(400)),
        ("two lengths", [&with("content-length", "0")[..], &[("content-length", "0")]].concat(), Ok(400)),
        ("a length with a sign", with("content-length", "+5"), Err(PROTOCOL_ERROR)),
        ("a length without a body", with("content-length", "5"), Err(PROTOCOL_ERROR)),
        ("dot segments", path("/a/../b"), Ok(400)),
        ("encoded dot segments", path("/%2e%2e/b"), Ok(400)),
        ("a backslash", path("/a\\..\\b"), Ok(400)),
        ("a star", path("*"), Ok(400)),
        ("an empty path", path(""), Err(PROTOCOL_ERROR)),
        ("an absolute path", path("http://hmi.localhost/"), Err(PROTOCOL_ERROR)),
        ("a plain CONNECT", connect, Ok(501)),
        ("Connection", with("connection", "x-user"), Err(PROTOCOL_ERROR)),
        ("Transfer-Encoding", with("transfer-encoding", "chunked"), Err(PROTOCOL_ERROR)),
        ("Upgrade", with("upgrade", "h2c"), Err(PROTOCOL_ERROR)),
        ("TE", with("te", "gzip"), Err(PROTOCOL_ERROR)),
        ("an upper-case name", with("X-Upper", "1"), Err(PROTOCOL_ERROR)),
        ("a line break in a value", with("x-a", "1\r\nx-user: eve"), Err(PROTOCOL_ERROR)),
        ("a line break in a name", with("x-a: 1\r\nx-user", "eve"), Err(PROTOCOL_ERROR)),
        ("a late pseudo-field", with(":path", "/other"), Err(PROTOCOL_ERROR)),
        ("an unknown expectation", with("expect", "wonders"), Ok(417)),
    ];
    for (name, fields, expected) in refused {
        let mut frames = Frames::open(gate.address(), 65_535);
        let stream = frames.request(&fields, GET).unwrap();
        let outcome = loop {
            match frames.next() {
                None => break Err(PROTOCOL_ERROR),
                Some(frame) if frame.kind == GOAWAY => break Err(frame.code()),
                Some(frame) if (frame.kind, frame.stream) == (RST_STREAM, stream) => break Err(frame.code()),
                Some(frame) if (frame.kind, frame.stream) == (HEADERS, stream) => {
                    break Ok(crate::support::frames::status(&frame.payload));
                }
                Some(_) => {}
            }
        };
        // A field that cannot even be decoded ends the connection: COMPRESSION_ERROR.
        let outcome = if outcome == Err(9) { Err(PROTOCOL_ERROR) } else { outcome };
        assert_eq!(outcome, expected, "{name}");
        assert!(recorder.requests().is_empty(), "{name}");
    }
}

#[test]
fn any_spelling_of_authority_reaches_the_same_app_and_each_stream_its_own() {
    let recorder = Recorder::start();
    let plan = Gate::plan().http2().app(App::new("hmi", Mode::Public, &recorder));
    let gate = plan.app(App::new("closed", Mode::Signup, &recorder)).start();
    let port = gate.port();
    let mut frames = Frames::open(gate.address(), 65_535);
    for (host, expected) in [
        ("hmi.localhost", 200),
        ("HMI.LocalHost", 200),
        ("hmi.localhost.", 200),
        ("closed.localhost", 401),
        ("other.localhost", 404),
        ("hmi.localhost", 200),
    ] {
        let stream = frames.get(&format!("{host}:{port}"), "/");
        assert_eq!(frames.status(stream), Ok(expected), "{host}");
    }
}

#[test]
fn identity_never_comes_from_the_visitor_neither_in_fields_nor_in_trailers() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let mut frames = Frames::open(gate.address(), 65_535);
    let post = [(":method", "POST"), (":scheme", "http"), (":authority", &*host), (":path", "/in")];
    let forged = [
        ("$user", "eve"),
        ("x-user", "eve"),
        ("x_user", "eve"),
        ("x.user-info", "eve"),
        ("remote_user", "eve"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
    ];
    let stream = frames.request(&[&post[..], &forged].concat(), END_HEADERS).unwrap();
    frames.send(DATA, 0, stream, b"body").unwrap();
    let trailers = crate::support::frames::block(&[("x_user", "eve"), ("$user", "eve"), ("x-sum", "9")]);
    frames.send(HEADERS, GET, stream, &trailers).unwrap();
    assert_eq!(frames.status(stream), Ok(200));
    let arrived = recorder.wait_request("/in");
    assert_eq!((arrived.body.as_slice(), arrived.all("cookie")), (&b"body"[..], vec!["a=1; b=2"]));
    assert_eq!(arrived.trailers, [("x-sum".to_owned(), "9".to_owned())]);
    assert!(arrived.headers.iter().all(|(_, value)| !value.contains("eve")), "{:?}", arrived.headers);
}

/// A success in answer to an extended CONNECT opens the tunnel: nobody may say it but an upstream that switches.
#[test]
fn nothing_but_a_switch_looks_like_an_open_websocket() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let mut frames = Frames::open(gate.address(), 65_535);
    let mut ask = |path: &str, protocol: &str| {
        let fields = [(":method", "CONNECT"), (":scheme", "http"), (":authority", &*host), (":path", path)];
        let fields = [&fields[..], &[(":protocol", protocol), ("sec-websocket-version", "13")]].concat();
        let stream = frames.request(&fields, END_HEADERS).unwrap();
        frames.status(stream)
    };
    assert_eq!(ask("/echo", "websocket"), Ok(502));
    assert_eq!(ask("/.millgate/healthz", "websocket"), Ok(502));
    assert_eq!(ask("/.millgate/me", "websocket"), Ok(502));
    assert_eq!(ask("/.millgate/none", "websocket"), Ok(404));
    assert_eq!(ask("/ws?tag=no", "connect-udp"), Ok(501));
    assert_eq!(ask("/ws?tag=yes", "websocket"), Ok(200));
}

#[test]
fn http2_is_agreed_on_with_tls_unless_a_listener_says_no() {
    let (recorder, authority) = (Recorder::start(), Authority::new());
    for (line, expected) in [("", &b"h2"[..]), ("http2 = false", b"http/1.1")] {
        let gate = Gate::plan().listen(line).tls(&authority).app(App::new("hmi", Mode::Public, &recorder)).start();
        let mut config = rustls::ClientConfig::clone(&authority.client());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let session = shake(gate.address(), "hmi.localhost", &Arc::new(config)).expect("a handshake");
        assert_eq!(session.alpn_protocol(), Some(expected), "{line}");
    }
}

#[test]
fn without_tls_http2_is_spoken_only_where_a_listener_allows_it() {
    let recorder = Recorder::start();
    let closed = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let mut client = RawClient::connect(closed.address());
    client.send(PREFACE);
    assert_eq!(client.response().status, 505);
    let open = over_http2(&recorder);
    let mut client = RawClient::connect(open.address());
    client.send(open.site("hmi").head("GET", "/old") + "\r\n");
    client.response().expect(200);
    // However slowly it comes.
    let mut client = RawClient::connect(open.address());
    for byte in PREFACE {
        client.send([*byte]);
    }
    let mut frames = Frames::over_raw(client);
    let stream = frames.get(&open.site("hmi").host, "/new");
    assert_eq!(frames.status(stream), Ok(200));
}

#[test]
fn a_shutdown_says_farewell_and_lets_streams_finish() {
    let recorder = Recorder::start();
    let mut gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let mut idle = Frames::open(gate.address(), 65_535);
    let healthy = idle.get(&host, "/.millgate/healthz");
    assert_eq!(idle.status(healthy), Ok(200));
    let mut busy = Frames::open(gate.address(), 65_535);
    let poll = busy.get(&host, "/poll?tag=busy");
    recorder.stage().wait_opened("busy");
    gate.process().signal("TERM");
    assert_eq!(idle.end(), Some(NO_ERROR));
    assert_eq!(busy.wait(GOAWAY, 0).map(|frame| frame.code()), Some(NO_ERROR));
    recorder.stage().say("busy", "news");
    assert_eq!(busy.status(poll), Ok(200));
    while busy.next().is_some() {}
    assert!(gate.process().wait().success());
}

/// What is in the socket of a client that reads nothing must not pass once the revocation was answered; a client that
/// reads keeps its connection, and its other streams.
#[test]
fn what_an_ended_session_has_not_read_is_thrown_away() {
    let recorder = Recorder::start();
    let gate = Gate::plan().http2().app(App::new("hmi", Mode::Signup, &recorder)).start();
    let host = gate.site("hmi").host;
    let [ada, bob] = ["ada@example.com", "bob@example.com"].map(|email| {
        let mut visitor = gate.visitor("hmi");
        visitor.sign_up(email).expect(303);
        visitor.session_cookie().map(|(name, token)| format!("{name}={token}")).expect("a session")
    });
    let ask = |frames: &mut Frames, cookie: &str, path: &str| {
        let stream = frames.request(&[&get(&host, path)[..], &[("cookie", cookie)]].concat(), GET).unwrap();
        assert_eq!(frames.status(stream), Ok(200));
        stream
    };
    let mut reading = Frames::open(gate.address(), 1 << 20);
    ask(&mut reading, &ada, "/bytes?n=1000");
    ask(&mut reading, &bob, "/events?tag=bob");
    let mut paused = Frames::open(gate.address(), 1 << 20);
    ask(&mut paused, &ada, "/bytes?n=20");
    std::thread::scope(|scope| {
        let deletion = scope.spawn(|| gate.api().delete_user("hmi", "ada@example.com"));
        // Answered by who reads; the other one is not asked twice.
        reading.wait(PING, 0).expect("a question");
        deletion.join().expect("a deletion");
    });
    recorder.stage().say("bob", "data: still here\n\n");
    assert!(reading.client.read_until(b"still here").is_some(), "a stream of somebody else");
    while paused.next().is_some() {}
}
