//! Numbers for Prometheus, and readiness with what lies behind it.

use serde_json::{Value, json};

use crate::support::process::free_port;
use crate::support::recorder::After;
use crate::support::{App, Gate, Mode, RawClient, Recorder, Response, eventually};

struct Watched {
    gate: Gate,
    port: u16,
}

fn watched(app: App) -> Watched {
    let port = free_port();
    let gate = Gate::plan().app(app).table(&format!("[metrics]\naddress = \"127.0.0.1:{port}\"")).start();
    Watched { gate, port }
}

impl Watched {
    fn get(&self, path: &str) -> Response {
        let mut client = RawClient::connect(([127, 0, 0, 1], self.port).into());
        client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        client.response()
    }

    /// The value of the sample that is written like this.
    fn sample(&self, name: &str) -> Option<f64> {
        let page = self.get("/metrics").expect(200).text();
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))?;
        Some(line.parse().unwrap_or_else(|_| panic!("{name}: {line}")))
    }

    #[track_caller]
    fn wait(&self, name: &str, value: f64) {
        eventually(&format!("{name} = {value}: {:?}", self.sample(name)), || {
            (self.sample(name) == Some(value)).then_some(())
        });
    }
}

#[test]
fn requests_are_counted_by_app_mode_and_verdict() {
    let recorder = Recorder::start();
    let watched = watched(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = watched.gate.visitor("hmi");
    visitor.fetch("/x").expect(401);
    visitor.sign_up("ada@example.com").expect(303);
    for _ in 0..3 {
        visitor.get("/x").expect(200);
    }
    recorder.answer("/bad", "nonsense\r\n\r\n", After::Close);
    visitor.fetch("/bad").expect(502);
    let request =
        |verdict: &str| format!("millgate_requests_total{{app=\"default/hmi\",mode=\"signup\",verdict=\"{verdict}\"}}");
    watched.wait(&request("challenge"), 1.0);
    watched.wait(&request("forward"), 4.0);
    watched.wait("millgate_responses_total{app=\"default/hmi\",class=\"2xx\"}", 3.0);
    watched.wait("millgate_responses_total{app=\"default/hmi\",class=\"5xx\"}", 1.0);
    watched.wait("millgate_upstream_response_seconds_count{app=\"default/hmi\"}", 3.0);
    watched.wait("millgate_sign_ins_total{way=\"sign_up\",result=\"ok\"}", 1.0);
    watched.wait("millgate_sessions{app=\"default/hmi\"}", 1.0);
    watched.wait("millgate_users", 1.0);
    let upstream = format!("app=\"default/hmi\",upstream=\"{}\"", recorder.url());
    watched.wait(&format!("millgate_upstream_up{{{upstream}}}"), 1.0);
    watched.wait(&format!("millgate_upstream_failures_total{{{upstream},kind=\"bad-answer\"}}"), 1.0);
}

#[test]
fn failures_limits_and_streams_are_counted() {
    let recorder = Recorder::start();
    let watched = watched(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = watched.gate.visitor("hmi");
    visitor.sign_up("ada@example.com").expect(303);
    watched.gate.visitor("hmi").sign_in_with("ada@example.com", "wrong password").expect(401);
    watched.wait("millgate_sign_ins_total{way=\"password\",result=\"wrong_credentials\"}", 1.0);
    let stream = visitor.stream("/events?tag=m");
    let socket = visitor.websocket("/ws?tag=w");
    watched.wait("millgate_open_exchanges{app=\"default/hmi\"}", 2.0);
    watched.wait("millgate_websockets", 1.0);
    drop((stream, socket));
    watched.wait("millgate_open_exchanges{app=\"default/hmi\"}", 0.0);
    let mut client = watched.gate.connect();
    client.send("GET / HTTP/1.1\r\nHost: no.such.host\r\n\r\n").response().expect(404);
    watched.wait("millgate_requests_rejected_total{reason=\"unknown_host\"}", 1.0);
    watched.gate.connect().send("GET / HTTP/1.1\r\nBroken\r\n\r\n").response().expect(400);
    watched.wait("millgate_requests_rejected_total{reason=\"malformed\"}", 1.0);
    assert!(watched.sample("millgate_store_commits_total").unwrap() > 0.0);
    assert!(watched.sample("millgate_store_commit_seconds_total").unwrap() > 0.0);
    assert!(watched.sample("process_resident_memory_bytes").unwrap() > 1e6);
    watched.wait("millgate_mails{state=\"queued\"}", 0.0);
}

/// Every line is one that Prometheus can read, every family is told what it is, and none tells who somebody is.
#[test]
fn the_page_is_well_formed_and_names_nobody() {
    let recorder = Recorder::start();
    let watched = watched(App::new("hmi", Mode::Signup, &recorder));
    watched.gate.visitor("hmi").sign_up("ada@example.com").expect(303);
    let answer = watched.get("/metrics").expect(200);
    assert_eq!(answer.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let page = answer.text();
    assert!(!page.contains("ada"), "{page}");
    let mut families = Vec::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            families.push(rest.split(' ').next().unwrap().to_owned());
        } else if !line.starts_with('#') {
            let family = families.last().expect("a family");
            let (name, value) = line.rsplit_once(' ').expect("a value");
            assert!(name.starts_with(family.as_str()) && value.parse::<f64>().is_ok(), "{line}");
        }
    }
    let mut known = families.clone();
    known.sort();
    known.dedup();
    assert_eq!(known.len(), families.len(), "{families:?}");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    if readme.contains("millgate_requests_total") {
        let untold: Vec<_> = families.iter().filter(|family| !readme.contains(family.as_str())).collect();
        assert!(untold.is_empty(), "the README does not tell: {untold:?}");
    }
}

#[test]
fn nothing_else_is_served_there_and_nothing_of_it_elsewhere() {
    let recorder = Recorder::start();
    let watched = watched(App::new("hmi", Mode::Public, &recorder));
    watched.get("/").expect(404);
    watched.gate.console().bare_get("/metrics").expect(404);
    watched.gate.visitor("hmi").get("/metrics").expect(200).seen();
}

#[test]
fn silent_connections_keep_no_scraper_out() {
    let recorder = Recorder::start();
    let watched = watched(App::new("hmi", Mode::Public, &recorder));
    let address = ([127, 0, 0, 1], watched.port).into();
    let silent: Vec<_> = (0..20).map(|_| RawClient::connect(address)).collect();
    let begun = std::time::Instant::now();
    watched.get("/metrics").expect(200);
    // They would be ended after ten seconds; a stalled machine is no failure.
    assert!(begun.elapsed().as_secs() < 9);
    drop(silent);
}

#[test]
fn readiness_tells_upstreams_to_operators_only() {
    let recorder = Recorder::start();
    let watched = watched(App::new("hmi", Mode::Public, &recorder));
    watched.gate.visitor("hmi").get("/x").expect(200);
    let told = watched.get("/readyz").expect(200).json();
    assert_eq!((&told["ready"], &told["apps"][0]["app"]), (&json!(true), &json!("default/hmi")), "{told}");
    assert_eq!(told["apps"][0]["upstreams"][0]["state"], "up");
    let ask = |host: &str, more: &str| -> Value {
        let mut client = watched.gate.connect();
        let head = format!("GET /.millgate/readyz?verbose HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
        let text = client.send(head).response().expect(200).text();
        serde_json::from_str(&text).unwrap_or(Value::Null)
    };
    assert_eq!(ask("localhost", "")["apps"][0]["app"], "default/hmi");
    for (host, more) in [("hmi.localhost", ""), ("localhost", "X-Forwarded-For: 10.0.0.9\r\n"), ("evil.example", "")] {
        assert_eq!(ask(host, more), Value::Null, "{host} {more}");
    }
}
