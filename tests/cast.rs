//! The cast itself, without a gate in between: what a failing test shows must be the product's fault, not the suite's.

use std::net::SocketAddr;

use millgate::domain::{Clock, Language, Timestamp};
use millgate::mail::compose::{self, Composed, Occasion};
use millgate::mail::{Config, MailError, Mailer, Security};

use crate::support::recorder::After;
use crate::support::tls::Authority;
use crate::support::{Recorder, Request, Site, SmtpSink, Style, Visitor};

fn visitor_at(recorder: &Recorder) -> Visitor {
    let address = SocketAddr::from(([127, 0, 0, 1], recorder.port()));
    let host = format!("localhost:{}", recorder.port());
    Visitor::new(Site { address, host, prefix: String::new(), tls: None, carrier: None }, Style::Browser)
}

#[test]
fn the_recorder_tells_what_it_saw_and_keeps_the_raw_bytes() {
    let recorder = Recorder::start();
    let answer = visitor_at(&recorder).send(&Request::form("/x?y=1", &[("a", "ä &")]).header("X_Odd", "1"));
    let seen = answer.seen();
    assert_eq!((seen.method.as_str(), seen.target.as_str(), seen.body.as_str()), ("POST", "/x?y=1", "a=%C3%A4%20%26"));
    assert_eq!(seen.header("x_odd"), Some("1"));
    assert_eq!(recorder.requests()[0].raw_text().lines().next(), Some("POST /x?y=1 HTTP/1.1"));
}

#[test]
fn conducted_streams_say_only_what_they_are_told() {
    let recorder = Recorder::start();
    let visitor = visitor_at(&recorder);
    let mut events = visitor.stream("/events?tag=e");
    recorder.stage().say("e", "data: 1\n\n");
    assert!(events.read_until(b"data: 1\n\n").is_some());
    drop(events);
    recorder.stage().wait_ended("e");

    let mut socket = visitor.websocket("/ws?tag=w");
    socket.assert_alive();
    recorder.stage().say("w", "hello");
    assert_eq!(socket.hear().as_deref(), Some("hello"));
    recorder.close_connections();
    socket.assert_cut();
    recorder.stage().wait_ended("w");
}

#[test]
fn bodies_of_every_framing_are_read_whole() {
    let recorder = Recorder::start();
    let mut visitor = visitor_at(&recorder);
    assert_eq!(visitor.get("/bytes?n=200000").body.len(), 200_000);
    assert_eq!(visitor.get("/chunks?n=200000").body.len(), 200_000);
    assert_eq!(visitor.get("/trailers").trailers, [("X-Checksum".to_owned(), "abc".to_owned())]);
    assert_eq!(visitor.get("/early-hints").interim[0].status, 103);
    visitor.get("/status?code=204").expect(204);

    let chunked = "POST /in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n";
    let mut client = visitor.site.connect();
    client.send(chunked);
    assert_eq!(client.response().seen().body, "abc");
    assert_eq!(recorder.wait_request("/in").trailers, [("X-T".to_owned(), "1".to_owned())]);
}

#[test]
fn chosen_answers_and_endings_are_given() {
    let recorder = Recorder::start();
    recorder.answer("/short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", After::Close);
    recorder.answer("/last", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", After::CloseOnNext);
    let site = visitor_at(&recorder).site;
    let mut client = site.connect();
    client.send(site.head("GET", "/short") + "\r\n");
    let answer = client.try_response("GET").expect("a head");
    assert!(!answer.complete && answer.body == b"abc");

    let mut client = site.connect();
    client.send(site.head("GET", "/last") + "\r\n");
    client.response().expect(200);
    client.send(site.head("GET", "/next") + "\r\n");
    assert!(client.try_response("GET").is_none());
    assert_eq!(recorder.requests_for("/next").len(), 1);
}

#[test]
fn an_upstream_over_tls_answers() {
    let authority = Authority::new();
    let recorder = Recorder::over_tls(authority.server(&["localhost"]));
    let mut site = visitor_at(&recorder).site;
    site.tls = Some(authority.client());
    let visitor = Visitor::new(site, Style::Browser);
    assert_eq!(visitor.clone().get("/secure").seen().target, "/secure");
    visitor.websocket("/ws?tag=s").assert_alive();
}

#[test]
fn the_sink_reads_mails() {
    let sink = SmtpSink::start();
    assert!(sink.table().contains(&format!("smtp://127.0.0.1:{}", sink.port())));
    let letter = letter();
    send(&sink, "anna@example.com").unwrap();
    send(&sink, "ben@example.com").unwrap();
    let mail = sink.mail_to("ben@example.com");
    assert_eq!((mail.subject.as_str(), mail.link().as_str()), (letter.subject.as_str(), LINK));
    assert_eq!((mail.text.as_str(), mail.html.as_str()), (letter.text.as_str(), letter.html.as_str()));
    assert_eq!((mail.from.as_str(), mail.header("Content-Language")), ("gate@plant.example", Some("de")));
    assert!(mail.raw.lines().all(|line| line.is_ascii()));
    assert_eq!(sink.mails().len(), 1);
}

#[test]
fn the_sink_refuses_and_stalls_and_comes_back() {
    let sink = SmtpSink::start();
    sink.refuse("550 5.1.1 no such user");
    assert!(send(&sink, "anna@example.com").unwrap_err().permanent);
    sink.refuse("451 later");
    assert!(!send(&sink, "anna@example.com").unwrap_err().permanent);
    sink.stall();
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(&sink, "anna@example.com"));
        sink.accept();
        sending.join().unwrap().unwrap();
    });
    let port = sink.port();
    drop(sink);
    let sink = SmtpSink::on_port(port);
    send(&sink, "ben@example.com").unwrap();
    assert_eq!(sink.mails().len(), 1);
}

const LINK: &str = "http://hmi.localhost:8080/hmi/.millgate/reset/abc?x=1&y=2";

fn letter() -> Composed {
    compose::reset(&Occasion {
        app_title: "Größe <4> = \"ä\", ein langer Name, der den Betreff über mehrere Zeilen trägt, und noch etwas",
        link: LINK,
        expires_at: Timestamp::from_millis(0),
        language: Language::De,
    })
}

fn send(sink: &SmtpSink, to: &str) -> Result<(), MailError> {
    let config = Config {
        host: "127.0.0.1".into(),
        port: sink.port(),
        security: Security::StartTls,
        login: None,
        from: "gate@plant.example".parse().unwrap(),
        ca: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Mailer::new(config, Clock::system()).send(&to.parse().unwrap(), &letter()))
}
