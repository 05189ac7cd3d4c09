//! Upstreams that speak HTTP/2: with TLS and without, gRPC with its trailers, revocation, and trouble (T1, T6, T23, T26).

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Request as Http};

use crate::support::http2::{RUNTIME, open};
use crate::support::tls::Authority;
use crate::support::{App, Gate, Http2Upstream, Mode, Recorder, Request, Site, eventually};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

fn app(mode: Mode, upstream: &Http2Upstream) -> App {
    App::before("hmi", mode, &upstream.url()).with("upstream_http2 = true")
}

/// A program that speaks HTTP/2, such as a client of gRPC.
struct Caller {
    site: Site,
    cookie: String,
    requests: SendRequest<Bytes>,
}

struct Call {
    fields: HeaderMap,
    up: SendStream<Bytes>,
    down: RecvStream,
}

impl Caller {
    fn of(gate: &Gate, email: &str) -> Caller {
        let mut visitor = gate.visitor("hmi");
        visitor.sign_up(email).expect(303);
        let cookie = visitor.session_cookie().map(|(name, value)| format!("{name}={value}")).expect("a session");
        let site = gate.site("hmi");
        let requests = RUNTIME.block_on(open(site.address, site.tls.as_ref(), "hmi.localhost")).expect("a connection");
        Caller { site, cookie, requests }
    }

    fn call(&mut self, path: &str) -> Call {
        let uri = format!("http://{}{path}", self.site.host);
        let request = Http::post(uri).header("cookie", &self.cookie).header("te", "trailers").header("x-user", "eve");
        let request = request.header("content-type", "application/grpc").body(()).unwrap();
        RUNTIME.block_on(async {
            let mut requests = self.requests.clone().ready().await.expect("a stream");
            let (answer, up) = requests.send_request(request, false).expect("a stream");
            let answer = answer.await.expect("an answer");
            assert_eq!(answer.status(), 200);
            let (head, down) = answer.into_parts();
            Call { fields: head.headers, up, down }
        })
    }
}

impl Call {
    fn say(&mut self, text: &str) {
        self.up.send_data(Bytes::copy_from_slice(text.as_bytes()), false).expect("the stream is open");
    }

    /// Until so much has come.
    fn hear(&mut self, length: usize) -> Result<String, h2::Error> {
        RUNTIME.block_on(async {
            let mut heard = Vec::new();
            while heard.len() < length {
                let piece = self.down.data().await.unwrap_or(Err(Reason::NO_ERROR.into()))?;
                let _ = self.down.flow_control().release_capacity(piece.len());
                heard.extend_from_slice(&piece);
            }
            Ok(String::from_utf8_lossy(&heard).into_owned())
        })
    }

    fn assert_alive(&mut self) {
        self.say("still there?");
        assert_eq!(self.hear(12).expect("the stream is open"), "still there?");
    }

    fn finish(mut self, trailers: HeaderMap) -> HeaderMap {
        self.up.send_trailers(trailers).expect("the stream is open");
        RUNTIME.block_on(async {
            while let Some(piece) = self.down.data().await {
                piece.expect("a regular end");
            }
            self.down.trailers().await.expect("a regular end").expect("trailers")
        })
    }
}

#[test]
fn a_call_of_grpc_streams_both_ways_and_ends_with_its_trailers() {
    let upstream = Http2Upstream::start();
    let gate = Gate::plan().http2().app(app(Mode::Signup, &upstream)).start();
    let mut ada = Caller::of(&gate, ADA);
    let mut call = ada.call("/echo.Echo/Stream");
    for text in ["one", "two", "three"] {
        call.say(text);
        assert_eq!(call.hear(text.len()).expect("an echo"), text);
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", "9".parse().unwrap());
    trailers.insert("x_user", "eve".parse().unwrap());
    let status = call.finish(trailers);
    assert_eq!((status["grpc-status"].as_bytes(), status["grpc-message"].as_bytes()), (&b"0"[..], &b"well"[..]));
    let seen = upstream.wait_ended("/echo.Echo/Stream");
    assert_eq!((seen.headers["te"].as_bytes(), seen.headers["x-user"].as_bytes()), (&b"trailers"[..], ADA.as_bytes()));
    // gRPC knows no such name, and refuses a call that has it.
    assert!(!seen.headers.contains_key("$user"));
    assert_eq!(seen.trailers.len(), 1, "{:?}", seen.trailers);
    assert!(seen.headers.iter().all(|(_, value)| value != "eve"));
    assert!(!seen.headers.contains_key("transfer-encoding") && !seen.headers.contains_key("host"));
    let failing = ada.call("/echo.Echo/Fails");
    assert!(failing.down.is_end_stream(), "a status without a body");
    assert!(!failing.fields.contains_key("content-length"), "it would be metadata: {:?}", failing.fields);
}

#[test]
fn revoking_a_session_resets_its_calls_on_both_sides_and_no_others() {
    let upstream = Http2Upstream::start();
    let gate = Gate::plan().one_worker().http2().app(app(Mode::Signup, &upstream)).start();
    let (mut ada, mut bob) = (Caller::of(&gate, ADA), Caller::of(&gate, BOB));
    // Both in one connection to the upstream, and Bob's even in Ada's to the gate.
    bob.requests = ada.requests.clone();
    let mut cut = ada.call("/echo.Echo/Stream?ada");
    let mut other = bob.call("/echo.Echo/Stream?bob");
    cut.assert_alive();
    other.assert_alive();
    gate.api().delete_user("hmi", ADA);
    let _ = cut.up.send_data("too late".into(), false);
    assert!(cut.hear(1).is_err());
    let seen = upstream.wait_ended("ada");
    assert_eq!((seen.ended, seen.body), (Some(Err(Reason::CANCEL)), b"still there?".to_vec()));
    other.assert_alive();
    other.finish(HeaderMap::new());
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn visitors_in_http1_are_served_from_it_too() {
    let upstream = Http2Upstream::start();
    let gate = Gate::plan().one_worker().app(app(Mode::Public, &upstream).with("host_header = \"upstream\"")).start();
    let site = gate.site("hmi");
    let mut visitor = gate.visitor("hmi");
    visitor.fetch("/page?a=b").expect(200);
    let seen = upstream.wait_ended("/page");
    assert!(seen.headers.contains_key("$user"));
    assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("GET", &*format!("http://{}/page?a=b", upstream.address)));
    let mut client = site.connect();
    client.send(
        site.head("POST", "/chunks")
            + "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 9\r\nX_User: eve\r\n\r\n",
    );
    assert_eq!(client.response().expect(200).text(), "body");
    let seen = upstream.wait_ended("/chunks");
    assert_eq!((seen.trailers.len(), seen.trailers["x-sum"].as_bytes()), (1, &b"9"[..]));
    client.send(site.head("HEAD", "/none") + "\r\n");
    client.response_to("HEAD").expect(200);
    let large = "0123456789".repeat(300_000);
    let request = Request::fetch("/large").header("Content-Length", &large.len().to_string());
    let mut client = visitor.start(&Request { method: "POST".to_owned(), ..request });
    client.send(&large);
    assert_eq!(client.response().expect(200).text().len(), large.len());
    let mut client = site.connect();
    client.send(site.head("GET", "/hints") + "\r\n");
    let answer = client.response().expect(200);
    assert_eq!((answer.interim.len(), answer.text().as_str()), (1, "hinted"));
    let mut client = site.connect();
    client.send(site.head("GET", "/echo.Echo/Stream") + "\r\n");
    let answer = client.response().expect(200);
    assert!(answer.trailers.contains(&("grpc-status".to_owned(), "0".to_owned())), "{:?}", answer.trailers);
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn many_exchanges_share_a_connection_and_more_than_it_takes_open_another() {
    let upstream = Http2Upstream::start();
    let gate = Gate::plan().one_worker().http2().app(app(Mode::Signup, &upstream)).start();
    let mut ada = Caller::of(&gate, ADA);
    let mut more = Caller::of(&gate, BOB);
    let mut calls: Vec<Call> = (0..80).map(|_| ada.call("/echo.Echo/Stream")).collect();
    assert_eq!(upstream.connections(), 1);
    calls.extend((0..80).map(|_| more.call("/echo.Echo/Stream")));
    calls.iter_mut().for_each(Call::assert_alive);
    assert_eq!(upstream.connections(), 2);
}

#[test]
fn trouble_of_one_stream_is_no_trouble_of_another() {
    let upstream = Http2Upstream::start();
    let gate = Gate::plan().one_worker().http2().app(app(Mode::Signup, &upstream)).start();
    let mut ada = Caller::of(&gate, ADA);
    let mut call = ada.call("/echo.Echo/Stream");
    let mut visitor = gate.visitor("hmi");
    visitor.sign_in(ADA).expect(303);
    visitor.fetch("/resets").problem(502);
    // Whether the reset is seen before the head or after it.
    let broken = visitor.start(&Request::fetch("/breaks")).try_response("GET");
    assert!(broken.is_none_or(|answer| answer.status == 502 || !answer.complete));
    call.assert_alive();
    upstream.say_farewell();
    for _ in 0..3 {
        visitor.fetch("/again").expect(200);
    }
    call.assert_alive();
    call.finish(HeaderMap::new());
    let posts = upstream.seen("/again").len();
    assert_eq!(posts, 3);
}

/// RFC 9113 section 8.7: what a server refuses to begin may be sent again, whatever its method.
#[test]
fn what_an_upstream_refuses_to_begin_is_sent_once_more() {
    let upstream = Http2Upstream::start();
    let gate = Gate::plan().one_worker().app(app(Mode::Public, &upstream)).start();
    let mut visitor = gate.visitor("hmi");
    visitor.fetch("/refuses-once?get").expect(200);
    visitor.send(&Request::form("/refuses-once?post", &[])).expect(200);
    assert_eq!((upstream.seen("?get").len(), upstream.seen("?post").len()), (2, 2));
    // Its body is gone.
    visitor.send(&Request::form("/refuses-once?body", &[("a", "b")])).expect(502);
    visitor.fetch("/refuses").problem(502);
    assert_eq!((upstream.seen("?body").len(), upstream.seen("/refuses").len() - 5), (1, 2));
}

/// A connection that some firewall has forgotten looks well from here for a quarter of an hour.
#[test]
fn a_connection_that_does_not_answer_in_time_is_not_used_again() {
    let upstream = Http2Upstream::start();
    let plan = Gate::plan().one_worker().app(app(Mode::Public, &upstream).with("response_timeout = \"1s\""));
    let gate = plan.start();
    gate.visitor("hmi").fetch("/first").expect(200);
    assert_eq!(upstream.connections(), 1);
    gate.visitor("hmi").fetch("/hangs").problem(504);
    gate.visitor("hmi").fetch("/again").expect(200);
    assert_eq!(upstream.connections(), 2);
}

#[test]
fn with_tls_it_is_agreed_on_and_an_upstream_may_choose_http1() {
    let authority = Authority::new();
    let server = authority.server(&["127.0.0.1", "localhost"]);
    let upstream = Http2Upstream::over_tls(&server);
    let dir = tempfile::tempdir().expect("a directory");
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).expect("a file");
    let old = Recorder::over_tls(server);
    let ca = format!("upstream_ca_file = \"{}\"", ca.display());
    let plan = Gate::plan().app(app(Mode::Public, &upstream).with(&ca));
    let gate = plan.app(App::new("old", Mode::Public, &old).with("upstream_http2 = true").with(&ca)).start();
    gate.visitor("hmi").fetch("/new").expect(200);
    assert_eq!(upstream.wait_ended("/new").uri, format!("https://{}/new", gate.site("hmi").host));
    let visitor = gate.visitor("old");
    visitor.clone().fetch("/old").expect(200);
    visitor.websocket("/ws?tag=old").assert_alive();
}

#[test]
fn an_upstream_of_http1_that_is_said_to_speak_http2_is_a_502_that_says_why() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder).with("upstream_http2 = true"));
    gate.visitor("hmi").fetch("/").problem(502);
    eventually("the log names it", || gate.log().contains("HTTP/2").then_some(()));
    // WebSockets are passed over HTTP/1.1 all the same.
    gate.visitor("hmi").websocket("/ws?tag=w").assert_alive();
}
