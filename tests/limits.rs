//! Strangers can make nothing grow, guess nothing for long, and slow nobody who is inside (T20–T22, invariant 7).

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use crate::support::app::MASTER;
use crate::support::gate::ACCOUNT_KEY;
use crate::support::{App, Gate, Mode, PASSWORD, RawClient, Recorder, Request, Response, Visitor, eventually};

const ADA: &str = "ada@example.com";

fn gate_in(mode: Mode, recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", mode, recorder))
}

/// Tries until the gate asks to wait, and gives the number of tries it took.
#[track_caller]
fn tries_until_429(mut attempt: impl FnMut() -> Response) -> usize {
    for tries in 1..=200 {
        let answer = attempt();
        if answer.status == 429 {
            let wait: u64 = answer.header("retry-after").and_then(|wait| wait.parse().ok()).expect("Retry-After");
            assert!(wait > 0, "{}", answer.summary());
            return tries;
        }
        assert_eq!(answer.status, 401, "{}", answer.summary());
    }
    panic!("200 guesses were free");
}

/// 5,000 connections of one address could each hold back the last byte of a megabyte.
#[test]
fn bodies_that_never_end_fill_no_memory_and_keep_nobody_out() {
    let recorder = Recorder::start();
    let gate = Gate::plan().one_worker().app(App::new("hmi", Mode::Signup, &recorder)).start();
    let site = gate.site("hmi");
    let piece = vec![b'x'; 400_000];
    let mut held: Vec<RawClient> = (0..120)
        .map(|_| {
            let mut client = site.connect();
            client.send(site.head("POST", "/.millgate/sign-in") + "Content-Length: 1000000\r\n\r\n");
            // One that is refused already need not take it.
            let _ = client.try_send(&piece);
            client
        })
        .collect();
    // Whoever's bytes find no room, and whose that is nobody knows.
    let is_refused = |client: &mut RawClient| !client.is_silent_for(Duration::from_millis(1));
    let refused = eventually("some are refused", || {
        let refused: Vec<usize> = (0..held.len()).filter(|at| is_refused(&mut held[*at])).collect();
        (refused.len() >= 20).then(|| refused[0])
    });
    let refused = held[refused].head();
    assert_eq!(refused.status, 503);
    assert!(refused.header("Retry-After").is_some(), "{}", refused.summary());
    gate.visitor("hmi").sign_up(ADA).expect(303);
}

#[test]
fn guessing_a_password_is_limited_per_account_and_forged_addresses_do_not_help() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let mut number = 0;
    tries_until_429(|| {
        number += 1;
        let fields = [("email", ADA), ("password", "a wrong guess")];
        let address = format!("203.0.113.{number}");
        let request = Request::form("/.millgate/sign-in", &fields)
            .header("X-Forwarded-For", &address)
            .header("X-Real-IP", &address);
        // A new browser each time: no cookie to be counted by.
        gate.visitor("hmi").send(&request)
    });
}

/// C11. Wrong tries are limited.
#[test]
fn guessing_the_master_password_is_limited() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::MasterPassword, &recorder);
    tries_until_429(|| gate.visitor("hmi").give_master_password_of("a wrong guess"));
}

#[test]
pub fn a_plant_behind_one_address_is_not_locked_out_by_one_guesser() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    gate.visitor("hmi").sign_up("bob@example.com").expect(303);
    tries_until_429(|| gate.visitor("hmi").sign_in_with(ADA, "a wrong guess"));
    gate.visitor("hmi").sign_in("bob@example.com").expect(303);
    for number in 0..10 {
        gate.visitor("hmi").sign_up(&format!("new-{number}@example.com")).expect(303);
    }
}

#[test]
fn a_browser_that_was_signed_in_here_before_is_not_locked_out_by_strangers() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    tries_until_429(|| gate.visitor("hmi").sign_in_with(ADA, "a wrong guess"));
    ada.get("/").expect(200);
}

#[test]
fn a_wait_says_the_same_for_unknown_addresses() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let known = tries_until_429(|| gate.visitor("hmi").sign_in_with(ADA, "a wrong guess"));
    let unknown = tries_until_429(|| gate.visitor("hmi").sign_in_with("eve@example.com", "a wrong guess"));
    // A slow machine may earn a try back in between.
    assert!(known.abs_diff(unknown) <= 2, "the limiter tells who exists: {known} tries against {unknown}");
}

#[test]
fn a_long_password_is_cut_off_before_it_is_hashed() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let long = "x".repeat(100_000);
    let fields = [("email", ADA), ("password", long.as_str()), ("given_name", "Ada"), ("family_name", "L")];
    let answer = gate.visitor("hmi").post("/.millgate/sign-up", &fields);
    assert!(matches!(answer.status, 413 | 422), "{}", answer.status);
    let answer = gate.visitor("hmi").post("/.millgate/sign-in", &fields[..2]);
    assert!(matches!(answer.status, 401 | 413 | 422), "{}", answer.status);
}

#[test]
fn a_burst_of_sign_ins_is_answered_and_those_inside_go_on() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let burst: Vec<_> = (0..100)
        .map(|number| {
            let mut visitor = gate.visitor("hmi");
            std::thread::spawn(move || visitor.sign_in_with(&format!("user-{number}@example.com"), PASSWORD))
        })
        .collect();
    for _ in 0..100 {
        ada.fetch("/").expect(200);
    }
    for answer in burst.into_iter().map(|thread| thread.join().expect("an answer")) {
        assert!(matches!(answer.status, 401 | 429 | 503), "{}", answer.summary());
        assert_eq!(answer.status == 401, answer.header("retry-after").is_none(), "{}", answer.summary());
    }
    gate.visitor("hmi").sign_in(ADA);
    ada.fetch("/").expect(200);
}

#[test]
fn connections_that_send_nothing_or_slowly_are_ended() {
    let recorder = Recorder::start();
    let plan =
        Gate::plan().limit("head_timeout = \"1s\"").limit("idle_timeout = \"1s\"").limit("body_timeout = \"1s\"");
    let gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    let site = gate.site("hmi");
    let silent = site.connect();
    let mut half = site.connect();
    half.send("GET / HT");
    let mut idle = site.connect();
    idle.send(site.head("GET", "/") + "\r\n");
    idle.response().expect(200);
    let mut body = site.connect();
    body.send(site.head("POST", "/in") + "Content-Length: 10\r\n\r\nhalf");
    let mut preface = site.connect();
    preface.send("PRI * HTTP/2.0\r\n\r\nSM");
    for (name, mut client) in
        [("silent", silent), ("half a head", half), ("idle", idle), ("half a body", body), ("half a preface", preface)]
    {
        if let Some(answer) = client.try_response("GET") {
            assert!(matches!(answer.status, 400 | 408 | 502 | 504 | 505), "{name}: {}", answer.summary());
        }
        assert!(client.read_to_end().is_empty(), "{name}");
    }
}

#[test]
fn clients_that_ask_and_never_read_are_ended() {
    let recorder = Recorder::start();
    let plan = Gate::plan().limit("body_timeout = \"1s\"").limit("connections = 2");
    let gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    let asks = "GET /.millgate/healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
    let greedy = [(); 2].map(|()| {
        let mut client = TcpStream::connect(gate.address()).expect("a connection");
        client.set_write_timeout(Some(Duration::from_millis(300))).expect("a timeout");
        while client.write_all(asks.as_bytes()).is_ok() {}
        client
    });
    gate.visitor("hmi").fetch("/").expect(200);
    drop(greedy);
}

#[test]
fn a_head_that_drips_is_ended_even_though_bytes_keep_coming() {
    let recorder = Recorder::start();
    let gate = Gate::plan().limit("head_timeout = \"1s\"").app(App::new("hmi", Mode::Public, &recorder)).start();
    let mut client = gate.connect();
    let ended = (0..2000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        client.try_send("x").is_err()
    });
    assert!(ended, "a head may take for ever");
}

#[test]
pub fn timers_of_idle_connections_do_not_end_streams() {
    let recorder = Recorder::start();
    let plan =
        Gate::plan().limit("head_timeout = \"1s\"").limit("idle_timeout = \"1s\"").limit("body_timeout = \"1s\"");
    let gate = plan.app(App::new("hmi", Mode::Public, &recorder).with("response_timeout = \"1s\"")).start();
    let visitor = gate.visitor("hmi");
    let mut events = visitor.stream("/events?tag=e");
    let mut socket = visitor.websocket("/ws?tag=w");
    // Longer than every timer: what is open and quiet stays open.
    std::thread::sleep(Duration::from_millis(2500));
    socket.assert_alive();
    recorder.stage().say("e", "data: late\n\n");
    assert!(events.read_until(b"data: late\n\n").is_some());
}

#[test]
fn connections_beyond_the_limit_wait_or_end_and_the_gate_heals() {
    let recorder = Recorder::start();
    let gate = Gate::plan().limit("connections = 20").app(App::new("hmi", Mode::Public, &recorder)).start();
    let site = gate.site("hmi");
    let mut crowd: Vec<RawClient> = (0..60).map(|_| site.connect()).collect();
    for client in &mut crowd {
        let _ = client.try_send(site.head("GET", "/crowd") + "\r\n");
    }
    crowd.truncate(5);
    for client in &mut crowd {
        client.response().expect(200);
    }
    drop(crowd);
    site.bare_get("/after").expect(200);
}

#[test]
fn memory_stays_bounded_under_strangers() {
    let recorder = Recorder::start();
    let mut gate = gate_in(Mode::Signup, &recorder);
    let strange = |from: usize, to: usize, gate: &Gate| {
        for number in from..to {
            let mut client = gate.connect();
            client.send(format!("GET / HTTP/1.1\r\nHost: hmi.localhost:{}\r\nCookie: a={number}\r\n\r\n", gate.port()));
            assert_eq!(client.response().status, 401);
        }
    };
    strange(0, 500, &gate);
    let before = gate.process().resident_kib();
    strange(500, 3500, &gate);
    let after = gate.process().resident_kib();
    assert!(after < before + 16 * 1024, "from {before} to {after} KiB");
}

#[test]
pub fn no_secret_reaches_the_log_at_any_level() {
    let recorder = Recorder::start();
    for format in ["text", "json"] {
        let plan = Gate::plan().log("level = \"trace\"").log("access = true").log(&format!("format = \"{format}\""));
        let mut gate = plan.app(App::new("hmi", Mode::SignupAndMasterPassword, &recorder)).start();
        let secrets = use_every_secret(&gate);
        gate.terminate();
        let log = gate.log();
        for secret in secrets {
            assert!(!log.contains(&secret), "{format}: {secret} is in the log");
        }
    }
}

/// Does whatever touches a secret, and returns them all.
fn use_every_secret(gate: &Gate) -> Vec<String> {
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    visitor.give_master_password().expect(303);
    visitor.give_master_password_of("wrong-master-guess");
    visitor.sign_in_with(ADA, "wrong-password-guess");
    let request = Request::get("/?token=in-the-query").header("Authorization", "Bearer upstreams-own-secret");
    let jwt = visitor.send(&request).seen().header("X-User-Jwt").expect("a token").to_owned();
    gate.api().set_master_password("hmi", "a-new-master-password");
    let link = gate.api().access_link("hmi", "new@example.com")["link"].as_str().expect("a link").to_owned();
    let code = link.rsplit('/').next().expect("a code").to_owned();
    let mut invited: Visitor = gate.visitor("hmi");
    invited.accept(&link);
    gate.api().authorized(Some("Bearer mg_a-wrong-key-that-somebody-tried")).get("/api/v1/workspaces");
    let cookies = [&visitor, &invited]
        .into_iter()
        .filter_map(|browser| browser.session_cookie())
        .map(|(_, token)| token.to_owned());
    let mut secrets: Vec<String> = cookies.collect();
    let known = [
        PASSWORD,
        MASTER,
        ACCOUNT_KEY,
        "wrong-master-guess",
        "wrong-password-guess",
        "a-new-master-password",
        "upstreams-own-secret",
        "mg_a-wrong-key-that-somebody-tried",
        "in-the-query",
    ];
    secrets.extend(known.map(str::to_owned));
    secrets.extend([jwt, code, PASSWORD.replace(' ', "%20"), PASSWORD.replace(' ', "+")]);
    secrets
}

#[test]
fn each_event_is_one_escaped_line() {
    let recorder = Recorder::start();
    let mut gate = Gate::plan()
        .log("format = \"json\"")
        .log("level = \"debug\"")
        .log("access = true")
        .app(App::new("hmi", Mode::Signup, &recorder))
        .start();
    let nasty = "agent\u{1b}[31m \"quoted\" \u{85} \u{2028} end";
    let request = Request::get("/%0a%0dlevel=error?x=%1b[2J").header("User-Agent", nasty);
    gate.visitor("hmi").send(&request);
    gate.visitor("hmi").sign_in_with("eve\r\nERROR forged@example.com", "x");
    gate.terminate();
    let log = gate.log();
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert!(!line.contains(['\u{1b}', '\u{85}', '\u{2028}', '\r']), "{line:?}");
    }
    assert!(!log.is_empty());
}

/// C28. User, app, method, path, status, time.
#[test]
pub fn the_access_log_tells_who_asked_for_what_and_what_became_of_it() {
    let recorder = Recorder::start();
    let plan = Gate::plan().log("format = \"json\"").log("access = true");
    let mut gate = plan.app(App::new("hmi", Mode::Signup, &recorder)).start();
    gate.visitor("hmi").fetch("/stranger?token=secret");
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    ada.get("/page?token=secret").expect(200);
    ada.websocket("/ws?tag=w").assert_alive();
    gate.api().delete_user("hmi", ADA);
    gate.terminate();
    let log = gate.log();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = |path: &str| lines.iter().find(|line| line["path"] == path).unwrap_or_else(|| panic!("{path}: {log}"));
    let stranger = told("/stranger");
    assert_eq!((&stranger["status"], &stranger["app"]), (&401.into(), &"hmi".into()), "{stranger}");
    let page = told("/page");
    assert_eq!((&page["method"], &page["status"], &page["user"]), (&"GET".into(), &200.into(), &ADA.into()), "{page}");
    assert!(page["ip"] == "127.0.0.1" && page["millis"].is_u64(), "{page}");
    assert_eq!(told("/ws")["status"], 101, "also when it was revoked");
    assert!(!log.contains("token=secret"), "{log}");
}

/// What is refused before anything is decided is a request too: whoever looks for an attack or a broken client sees it.
#[test]
fn the_access_log_tells_what_was_refused_unread() {
    let recorder = Recorder::start();
    let plan = Gate::plan().log("access = \"common\"").limit("head_timeout = \"1s\"");
    let mut gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    let long = format!("GET / HTTP/1.1\r\nHost: hmi.localhost\r\nX-Long: {}\r\n\r\n", "a".repeat(70_000));
    for (head, status) in [
        ("GET / HTTP/1.1\r\nHost: hmi.localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("GET /old HTTP/3.7\r\nHost: hmi.localhost\r\n\r\n", 505),
        (&long, 431),
        ("GET / HTTP/1.1\r\nHost: hmi.lo", 408),
    ] {
        gate.connect().send(head).response().expect(status);
    }
    gate.terminate();
    let log = gate.log();
    for status in [400, 505, 431, 408] {
        let is_it = |line: &&str| line.starts_with("127.0.0.1 - - [") && line.contains(&format!("\" {status} "));
        assert_eq!(log.lines().filter(is_it).count(), 1, "{status}: {log}");
    }
}

#[test]
fn the_access_log_is_written_as_other_tools_read_it() {
    let recorder = Recorder::start();
    let agent = "agent \"quoted\" ü";
    for format in ["common", "json"] {
        let plan = Gate::plan().log(&format!("access = \"{format}\""));
        let mut gate = plan.app(App::new("hmi", Mode::Signup, &recorder)).start();
        let mut ada = gate.visitor("hmi");
        ada.sign_up(ADA).expect(303);
        let request = Request::get("/bytes?n=200000&token=secret").header("User-Agent", agent);
        ada.send(&request.header("Referer", "http://other/x?token=secret")).expect(200);
        gate.terminate();
        let log = gate.log();
        assert!(!log.contains("token=secret") && log.is_ascii(), "{log}");
        let line = log.lines().find(|line| line.contains("/bytes")).unwrap_or_else(|| panic!("{log}"));
        if format == "json" {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let told = (&line["user"], &line["status"], &line["bytes"], &line["agent"], &line["referer"]);
            let expected = (&ADA.into(), &200.into(), &200_000.into(), &agent.into(), &"http://other/x".into());
            assert_eq!(told, expected);
        } else {
            assert!(line.starts_with(&format!("127.0.0.1 - {ADA} [")), "{line}");
            let rest =
                " +0000] \"GET /bytes HTTP/1.1\" 200 200000 \"http://other/x\" \"agent \\\"quoted\\\" \\xc3\\xbc\"";
            assert!(line.ends_with(rest), "{line}");
        }
    }
}
