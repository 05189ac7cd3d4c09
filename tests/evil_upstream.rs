//! Upstreams that answer wrongly, late, twice or not at all (T6, T26).

use std::net::TcpStream;

use crate::support::recorder::After;
use crate::support::{App, Gate, Mode, Recorder, Request, Response, Site};

/// One worker has one pool, so that a poisoned connection would meet the next visitor.
fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan().one_worker().app(App::new("hmi", Mode::Public, recorder).with("response_timeout = \"2s\"")).start()
}

const STOLEN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen";

/// Answers that are wrong from the head on: 502, and the connection is not used again.
const WRONG_HEADS: &[(&str, &str)] = &[
    ("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    ("a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello"),
    ("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"),
    ("a length with a plus", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello"),
    ("length and coding", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("an unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello"),
    ("chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    ("a bare CR in a value", "HTTP/1.1 200 OK\r\nX-A: 1\rSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"),
    ("NUL in a value", "HTTP/1.1 200 OK\r\nX-A: \0\r\nContent-Length: 0\r\n\r\n"),
    ("a line without colon", "HTTP/1.1 200 OK\r\nX-A\r\nContent-Length: 0\r\n\r\n"),
    ("a name with a space", "HTTP/1.1 200 OK\r\nX A: 1\r\nContent-Length: 0\r\n\r\n"),
    ("an unasked 101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\nstolen"),
    ("no head at all", "hello, stolen\r\n\r\n"),
    ("a status that is no number", "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
    ("a status too small", "HTTP/1.1 99 OK\r\nContent-Length: 0\r\n\r\n"),
    ("a status too large", "HTTP/1.1 1000 OK\r\nContent-Length: 0\r\n\r\n"),
    ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    ("half a head", "HTTP/1.1 200 OK\r\nContent-Le"),
    ("nothing", ""),
];

#[test]
pub fn a_wrong_head_is_a_502_and_touches_nobody_else() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for (name, bytes) in WRONG_HEADS {
        recorder.answer("/evil", bytes, After::Close);
        let answer = gate.visitor("hmi").fetch("/evil");
        assert_eq!(answer.status, 502, "{name}: {}", answer.summary());
        answer.problem(502);
        assert_clean(&gate, name);
    }
}

/// The same heads on a connection that stays open: what follows them must stay there.
#[test]
pub fn a_wrong_head_on_a_lasting_connection_poisons_no_pool() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for (name, bytes) in WRONG_HEADS.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        recorder.answer("/evil", format!("{bytes}{STOLEN}"), After::KeepAlive);
        let mut client = gate.visitor("hmi").start(&Request::fetch("/evil"));
        if let Some(answer) = client.try_response("GET") {
            assert!(matches!(answer.status, 502 | 504), "{name}: {}", answer.summary());
            assert!(!answer.text().contains("stolen"), "{name}: {}", answer.summary());
        }
        assert_clean(&gate, name);
    }
}

/// Good answers with something behind them.
#[test]
pub fn what_follows_an_answer_never_reaches_the_next_visitor() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let answers = [
        ("a second answer", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"),
        (
            "a second answer after chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n",
        ),
        ("a body after 204", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("a body after 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
    ];
    for (name, answer) in answers {
        recorder.answer("/evil", format!("{answer}{STOLEN}"), After::KeepAlive);
        let first = gate.visitor("hmi").fetch("/evil");
        assert!(!first.text().contains("stolen"), "{name}: {}", first.summary());
        assert_clean(&gate, name);
    }
}

#[test]
pub fn a_body_behind_the_answer_to_head_never_reaches_the_next_visitor() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    recorder.answer("/evil", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen", After::KeepAlive);
    let mut visitor = gate.visitor("hmi");
    let head = Request { method: "HEAD".to_owned(), ..Request::fetch("/evil") };
    visitor.send(&head).expect(200);
    assert_clean(&gate, "HEAD");
}

/// Bodies that break off: the visitor must be able to tell.
#[test]
pub fn a_body_that_breaks_off_is_aborted_and_not_ended_politely() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let bodies = [
        ("a short body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
        ("chunks without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"),
        ("a bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nzz\r\n"),
        ("a chunk without its end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshortened\r\n0\r\n\r\n"),
    ];
    for (name, bytes) in bodies {
        recorder.answer("/evil", bytes, After::Close);
        let mut client = gate.visitor("hmi").start(&Request::fetch("/evil"));
        if let Some(answer) = client.try_response("GET") {
            assert!(answer.status == 502 || !answer.complete, "{name}: {}", answer.summary());
        }
        assert_clean(&gate, name);
    }
}

#[test]
pub fn a_head_without_end_is_a_502() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let long = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-A: 1\r\n".repeat(256 * 1024));
    recorder.answer("/evil", long, After::Close);
    gate.visitor("hmi").fetch("/evil").problem(502);
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(20_000);
    recorder.answer("/evil", hints, After::Hang);
    let mut client = gate.visitor("hmi").start(&Request::fetch("/evil"));
    if let Some(answer) = client.try_response("GET") {
        assert!(matches!(answer.status, 502 | 504), "{}", answer.summary());
    }
    assert_clean(&gate, "endless hints");
}

/// The next visitors of the pool get their own answers, whole and nothing else.
#[track_caller]
fn assert_clean(gate: &Gate, name: &str) {
    for number in 0..3 {
        let path = format!("/clean?{number}");
        let answer = gate.visitor("hmi").fetch(&path);
        assert!(!answer.text().contains("stolen"), "{name}: {}", answer.summary());
        assert_eq!(answer.seen().target, path, "{name}");
    }
}

#[test]
pub fn a_stale_pooled_connection_costs_a_retry_and_no_error() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    recorder.answer("/last", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", After::CloseOnNext);
    for number in 0..5 {
        gate.visitor("hmi").fetch("/last").expect(200);
        let path = format!("/next-{number}");
        assert_eq!(gate.visitor("hmi").fetch(&path).seen().target, path);
        assert!(recorder.requests_for(&path).len() <= 2, "one retry at most");
    }
}

#[test]
pub fn connections_that_the_upstream_closed_while_idle_are_not_used() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for number in 0..5 {
        gate.visitor("hmi").fetch("/warm").expect(200);
        recorder.close_connections();
        let path = format!("/after-{number}");
        gate.visitor("hmi").fetch(&path).expect(200);
        assert_eq!(recorder.requests_for(&path).len(), 1);
    }
}

#[test]
pub fn a_post_is_never_sent_twice() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    recorder.answer("/last", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", After::CloseOnNext);
    for number in 0..5 {
        gate.visitor("hmi").fetch("/last").expect(200);
        let path = format!("/order-{number}");
        let answer = gate.visitor("hmi").post(&path, &[("pieces", "1")]);
        assert!(matches!(answer.status, 200 | 502), "{}", answer.summary());
        assert_eq!(recorder.requests_for(&path).len(), 1, "{path}");
    }
}

#[test]
pub fn an_upstream_that_is_down_is_a_502_that_names_the_app_and_no_secret() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let port = recorder.port();
    gate.visitor("hmi").fetch("/").expect(200);
    drop(recorder);
    let page = gate.visitor("hmi").get("/");
    page.page(502);
    for answer in [page, gate.visitor("hmi").fetch("/")] {
        assert_eq!(answer.status, 502);
        let text = answer.text();
        assert!(text.contains("hmi"), "which app? {text}");
        assert!(
            !text.contains(&port.to_string()) && !text.contains("127.0.0.1"),
            "the upstream is nobody's business: {text}"
        );
    }
    let back = Recorder::on_port(port);
    gate.visitor("hmi").fetch("/back").expect(200);
    assert_eq!(back.requests_for("/back").len(), 1);
}

#[test]
pub fn an_upstream_that_says_nothing_is_a_504() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    recorder.answer("/silent", "", After::Hang);
    recorder.answer("/half", "HTTP/1.1 200 OK\r\nX-A: ", After::Hang);
    gate.visitor("hmi").fetch("/silent").problem(504);
    gate.visitor("hmi").get("/half").page(504);
    assert_eq!(recorder.requests_for("/silent").len(), 1, "a slow request is not sent again");
}

#[test]
pub fn an_upstream_that_swallows_connections_is_a_504() {
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    full.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).expect("a port");
    full.listen(0).expect("a backlog of one");
    let address = full.local_addr().unwrap().as_socket().expect("an address");
    let patience = std::time::Duration::from_millis(300);
    let queue: Vec<_> = (0..4).map(|_| TcpStream::connect_timeout(&address, patience)).collect();
    assert!(queue.iter().any(Result::is_err), "the queue is full");

    let recorder = Recorder::start();
    let hole = App::before("hole", Mode::Public, &format!("http://{address}")).with("connect_timeout = \"1s\"");
    let gate = Gate::plan().one_worker().app(hole).app(App::new("hmi", Mode::Public, &recorder)).start();
    let waiting = gate.visitor("hole").start(&Request::fetch("/"));
    gate.visitor("hmi").fetch("/meanwhile").expect(200);
    let mut waiting = waiting;
    waiting.response().problem(504);
}

#[test]
pub fn a_broken_upstream_harms_no_other_app() {
    let (good, bad) = (Recorder::start(), Recorder::start());
    let gate = Gate::plan()
        .one_worker()
        .app(App::new("good", Mode::Public, &good))
        .app(App::new("bad", Mode::Public, &bad).with("response_timeout = \"60s\""))
        .start();
    bad.answer("/silent", "", After::Hang);
    let stuck: Vec<_> = (0..50).map(|_| gate.visitor("bad").start(&Request::fetch("/silent"))).collect();
    for _ in 0..50 {
        gate.visitor("good").fetch("/").expect(200);
    }
    drop(stuck);
}

#[test]
pub fn trouble_before_the_head_is_a_page_for_people_and_a_problem_for_programs() {
    let gate = Gate::before(App::before("hmi", Mode::Public, "http://127.0.0.1:1").with("title = \"Line 4\""));
    let page = gate.visitor("hmi").get("/").page(502);
    assert!(page.contains("Line 4"), "{page}");
    gate.visitor("hmi").fetch("/").problem(502);
    assert_eq!(gate.visitor("hmi").refused_websocket("/ws").status, 502);
}

#[test]
pub fn an_upstream_may_answer_before_the_request_is_whole() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let site: Site = gate.site("hmi");
    let mut client = site.connect();
    client.send(site.head("POST", "/full") + "Content-Length: 100000000\r\n\r\nfirst bytes");
    let answer: Response = client.head();
    assert_eq!(answer.status, 413);
}
