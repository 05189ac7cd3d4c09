//! What one address, one app, one page of elsewhere may take, and who a proxy speaks for.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::support::frames::Frames;
use crate::support::{App, DEADLINE, Gate, Mode, RawClient, Recorder, Request, Response, eventually};

const REFUSED_STREAM: u32 = 7;

fn ask(client: &mut RawClient, gate: &Gate) -> Option<Response> {
    client.try_send(gate.site("hmi").head("GET", "/x") + "\r\n").ok()?;
    client.try_response("GET")
}

#[test]
fn one_address_has_its_share_and_leaves_the_rest_to_others() {
    let recorder = Recorder::start();
    let plan = Gate::plan().limit("connections_per_address = 3").app(App::new("hmi", Mode::Public, &recorder));
    let gate = plan.start();
    // Whoever waited for the gate to be ready may not have left yet.
    let mut held: Vec<RawClient> = Vec::new();
    eventually("three places", || {
        let mut client = gate.connect();
        if ask(&mut client, &gate).is_some_and(|answer| answer.status == 200) {
            held.push(client);
        }
        (held.len() == 3).then_some(())
    });
    assert!(ask(&mut gate.connect(), &gate).is_none(), "a fourth one is closed");
    assert!(held.iter_mut().all(|client| ask(client, &gate).is_some()), "those inside go on");
    held.pop();
    eventually("a place is free again", || ask(&mut gate.connect(), &gate));
}

/// A stream costs what a connection costs: a hundred of them on each would leave nothing for others.
#[test]
fn streams_take_of_their_addresss_share_too() {
    let recorder = Recorder::start();
    let plan = Gate::plan().http2().limit("connections_per_address = 4");
    let gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    let host = gate.site("hmi").host;
    // Whoever waited for the gate to be ready may not have left yet.
    let mut frames = Frames::open(gate.address(), 65_535);
    let first = frames.get(&host, "/");
    assert_eq!(frames.status(first), Ok(200));
    let polls: Vec<u32> = (0..10).map(|number| frames.get(&host, &format!("/poll?tag=poll{number}"))).collect();
    for poll in &polls[3..] {
        assert_eq!(frames.status(*poll), Err(REFUSED_STREAM));
    }
    recorder.stage().say("poll0", "done");
    assert_eq!(frames.status(polls[0]), Ok(200));
    let next = frames.get(&host, "/");
    assert_eq!(frames.status(next), Ok(200));
}

#[test]
fn trusted_proxies_bring_as_many_as_come() {
    let recorder = Recorder::start();
    let plan = Gate::plan().limit("connections_per_address = 1").listen("trusted_proxies = [\"127.0.0.1\"]");
    let gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    let mut held: Vec<RawClient> = (0..5).map(|_| gate.connect()).collect();
    assert!(held.iter_mut().all(|client| ask(client, &gate).is_some()));
}

#[test]
fn an_app_has_its_share_and_the_others_theirs() {
    let recorder = Recorder::start();
    let plan = Gate::plan().app(App::new("hmi", Mode::Public, &recorder).with("max_connections = 2"));
    let gate = plan.app(App::new("other", Mode::Public, &recorder)).start();
    let visitor = gate.visitor("hmi");
    let stream = visitor.stream("/events?tag=a");
    let socket = visitor.websocket("/ws?tag=b");
    let full = gate.visitor("hmi").fetch("/x");
    full.problem(503);
    assert!(full.header("Retry-After").is_some(), "{}", full.summary());
    gate.visitor("other").fetch("/x").expect(200);
    drop((stream, socket));
    eventually("places are free again", || (gate.visitor("hmi").fetch("/x").status == 200).then_some(()));
}

#[test]
fn pages_of_elsewhere_open_no_websockets() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Public, &recorder))
        .app(App::new("open", Mode::Public, &recorder).with("websocket_origins = \"any\""))
        .app(App::new("listed", Mode::Public, &recorder).with("websocket_origins = [\"https://plant.example\"]"))
        .start();
    let handshake = |app: &str, origin: &str| {
        let head = gate.site(app).head("GET", "/ws?tag=o");
        let rest = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
        let origin = if origin.is_empty() { String::new() } else { format!("Origin: {origin}\r\n") };
        let mut client = gate.site(app).connect();
        client.send(format!("{head}{rest}{origin}\r\n"));
        client.head().status
    };
    let own = gate.site("hmi").origin();
    let sibling = gate.site("open").origin();
    for (app, origin, status) in [
        ("hmi", "", 101),
        ("hmi", own.as_str(), 101),
        ("hmi", sibling.as_str(), 403),
        ("hmi", "https://evil.example", 403),
        ("hmi", "null", 403),
        ("open", "https://evil.example", 101),
        ("listed", "https://plant.example", 101),
        ("listed", "http://plant.example", 403),
        ("listed", "https://evil.example", 403),
    ] {
        assert_eq!(handshake(app, origin), status, "{app} from {origin:?}");
    }
    // Nothing but WebSockets is judged by it.
    let request = Request::fetch("/x").header("Origin", "https://evil.example");
    gate.visitor("hmi").send(&request).expect(200);
}

/// What the gate answers a peer at 127.0.0.2, a neighbor of ours that it trusts.
fn answer_to_proxy(gate: &Gate, bytes: &[u8]) -> String {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 2], 0)).into()).unwrap();
    socket.connect(&gate.address().into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has no more to say.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_trusted_proxy_says_for_whom_it_connects() {
    let recorder = Recorder::start();
    let plan = Gate::plan().listen("trusted_proxies = [\"127.0.0.2\"]\nproxy_protocol = true");
    let gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    let first = b"PROXY TCP4 203.0.113.7 192.0.2.2 40000 443\r\n".to_vec();
    let second =
        [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"[..], &[203, 0, 113, 8, 192, 0, 2, 2, 156, 64, 1, 187]].concat();
    for (header, source, path) in [(first, "203.0.113.7", "/first"), (second, "203.0.113.8", "/second")] {
        let head = gate.site("hmi").head("GET", path) + "X-Forwarded-For: 10.9.9.9\r\nConnection: close\r\n\r\n";
        let answer = answer_to_proxy(&gate, &[&header, head.as_bytes()].concat());
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        // The visitor is no proxy of ours: what it claims is not believed.
        assert_eq!(recorder.wait_request(path).header("X-Forwarded-For"), Some(source));
    }
    let head = gate.site("hmi").head("GET", "/unsaid") + "\r\n";
    assert_eq!(answer_to_proxy(&gate, head.as_bytes()), "", "without a header there is no answer");
    assert_eq!(answer_to_proxy(&gate, b"PROXY TCP4 nonsense and more of it\r\n"), "");
    assert!(recorder.requests_for("/unsaid").is_empty());
}

#[test]
fn everybody_else_is_not_believed() {
    let recorder = Recorder::start();
    let plan = Gate::plan().listen("trusted_proxies = [\"10.0.0.5\"]\nproxy_protocol = true");
    let gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    gate.visitor("hmi").fetch("/x").expect(200);
    let mut client = gate.connect();
    client.send("PROXY TCP4 203.0.113.7 192.0.2.2 40000 443\r\n");
    client.send(gate.site("hmi").head("GET", "/x") + "\r\n");
    // Read as the request line that it is not.
    assert!(matches!(client.response().status, 400 | 505));
}
