//! What the app behind sees, and what neither side may put there (T1, T2).

use crate::support::recorder::After;
use crate::support::response::Headers;
use crate::support::{App, Gate, MASTER, Mode, PASSWORD, Recorder, Request, Visitor};

pub const ADA: &str = "ada@example.com";

pub const PRESETS: &str = "identity_headers = [\"remote-user\", \"x-forwarded-user\", \"x-webauth-user\"]";

/// Names that mean identity with every preset on.
pub const RESERVED: [&str; 13] = [
    "$USER",
    "X-User",
    "X-User-Info",
    "X-User-Jwt",
    "Remote-User",
    "Remote-Email",
    "Remote-Name",
    "Remote-Groups",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Preferred-Username",
    "X-Forwarded-Groups",
    "X-WebAuth-User",
];

/// The ways in which a careless server would read the same name.
pub fn spellings(name: &str) -> Vec<String> {
    let odd: String = name
        .char_indices()
        .map(|(at, c)| if at % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
        .collect();
    vec![name.to_owned(), odd, name.to_uppercase(), name.replace('-', "_"), name.replace('-', "."), name.to_lowercase()]
}

pub fn fold(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

fn forge(mut request: Request) -> Request {
    for name in RESERVED.iter().flat_map(|name| spellings(name)) {
        request = request.header(&name, "forged").header(&name, "");
    }
    request
}

#[track_caller]
fn assert_unforged(headers: &Headers, context: &str) {
    for (name, value) in headers {
        assert!(!value.contains("forged"), "{context}: {name}: {value}");
    }
    for name in RESERVED {
        let found: Vec<_> = headers.iter().filter(|(held, _)| fold(held) == fold(name)).collect();
        assert!(found.len() <= 1, "{context}: {found:?}");
    }
}

/// A visitor who passes in this mode.
pub fn entered(gate: &Gate, mode: Mode) -> Visitor {
    let mut visitor = gate.visitor("hmi");
    match mode {
        Mode::Public => drop(visitor.get("/").expect(200)),
        Mode::MasterPassword => drop(visitor.give_master_password().expect(303)),
        Mode::Signup => drop(visitor.sign_up(ADA).expect(303)),
        Mode::SignupAndMasterPassword => {
            let fields = [("email", ADA), ("password", PASSWORD), ("given_name", "Ada"), ("family_name", "L")];
            visitor.post("/.millgate/sign-up", &[&fields[..], &[("master_password", MASTER)]].concat()).expect(303);
        }
        Mode::InviteOnly => {
            let link = gate.api().access_link("hmi", ADA)["link"].as_str().expect("a link").to_owned();
            visitor.accept(&link).expect(303);
        }
    }
    visitor
}

/// C25, C27. What the client claims never arrives.
#[test]
pub fn no_spelling_of_an_identity_header_arrives_in_any_mode() {
    for mode in Mode::ALL {
        let recorder = Recorder::start();
        let gate = Gate::before(App::new("hmi", mode, &recorder).with(PRESETS));
        let mut visitor = entered(&gate, mode);
        let seen = visitor.send(&forge(Request::get("/page"))).seen();
        assert_unforged(&seen.headers, mode.as_str());
        assert_eq!(seen.all("$USER").len(), 1, "{mode:?}");

        visitor.start(&forge(visitor.handshake("/ws?tag=w"))).head().expect(101);
        assert_unforged(&recorder.wait_request("/ws").headers, mode.as_str());

        recorder.forget();
        gate.visitor("hmi").send(&forge(Request::fetch("/stranger")));
        for request in recorder.requests() {
            assert_eq!(mode, Mode::Public, "{request:?}");
            assert_unforged(&request.headers, "a stranger");
        }
    }
}

#[test]
fn no_identity_header_arrives_in_a_trailer_and_others_do() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with(PRESETS));
    let visitor = entered(&gate, Mode::Signup);
    let mut request =
        Request::fetch("/in").header("Transfer-Encoding", "chunked").header("Trailer", "X-User, X-Checksum");
    request.method = "POST".to_owned();
    let names = RESERVED.iter().flat_map(|name| spellings(name));
    let trailers: String = names.map(|name| format!("{name}: forged\r\n")).collect();
    let mut client = visitor.start(&request);
    client.send(format!("2\r\nhi\r\n0\r\n{trailers}X-Checksum: abc\r\n\r\n"));
    client.response().expect(200);
    let arrived = recorder.wait_request("/in");
    assert!(!arrived.raw_text().contains("forged"), "{}", arrived.raw_text());
    assert_eq!(arrived.trailers, [("X-Checksum".to_owned(), "abc".to_owned())]);
}

/// The header that an operator chose for an app is as reserved as the others, wherever it could come from.
#[test]
fn the_name_that_an_app_chose_never_comes_from_the_visitor() {
    let recorder = Recorder::start();
    // What a proxy before this one is believed of otherwise, and most of them pass on from anybody.
    let plan = Gate::plan().listen("trusted_proxies = [\"127.0.0.1\"]");
    let plan = plan.app(App::new("hmi", Mode::Public, &recorder).with("user_header = \"X-Plant-User\""));
    let gate = plan.app(App::new("plc", Mode::Public, &recorder).with("user_header = \"X-Original-User\"")).start();
    for (app, name) in [("hmi", "X-Plant-User"), ("plc", "X-Original-User")] {
        let mut request = Request::fetch("/in").header("Transfer-Encoding", "chunked");
        request.method = "POST".to_owned();
        for spelling in spellings(name) {
            request = request.header(&spelling, "forged");
        }
        let trailers: String = spellings(name).iter().map(|name| format!("{name}: forged\r\n")).collect();
        recorder.forget();
        let mut client = gate.visitor(app).start(&request);
        client.send(format!("2\r\nhi\r\n0\r\n{trailers}X-Checksum: abc\r\n\r\n"));
        client.response().expect(200);
        let arrived = recorder.wait_request("/in");
        assert!(!arrived.raw_text().contains("forged"), "{}", arrived.raw_text());
        assert_eq!(arrived.all(name).len(), 1, "{}", arrived.raw_text());
        assert_eq!(arrived.trailers, [("X-Checksum".to_owned(), "abc".to_owned())]);
    }
}

#[test]
fn what_connection_names_is_removed_but_never_what_the_gate_sets() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = entered(&gate, Mode::Signup);
    for connection in
        ["close, X-User, $USER", "X-User-Info, X-User-Jwt, X-Forwarded-For, Authorization", "keep-alive, X-Hop, $user"]
    {
        let request = Request::fetch("/").header("Connection", connection).header("X-Hop", "1").header("X-Stays", "1");
        let seen = visitor.send(&request).seen();
        for name in ["$USER", "X-User", "X-User-Info", "X-User-Jwt", "X-Forwarded-For"] {
            assert_eq!(seen.all(name).len(), 1, "{connection}: {name}");
        }
        assert_eq!(seen.all("X-Hop").is_empty(), connection.contains("X-Hop"), "{connection}");
        assert_eq!(seen.all("X-Stays"), ["1"]);
    }
}

#[test]
fn hop_by_hop_headers_stop_at_the_gate_in_both_directions() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let request = Request::fetch("/")
        .header("Keep-Alive", "timeout=9")
        .header("Proxy-Authorization", "Basic x")
        .header("TE", "gzip");
    let seen = gate.visitor("hmi").send(&request).seen();
    for name in ["Keep-Alive", "Proxy-Authorization", "TE", "Proxy-Connection"] {
        assert!(seen.all(name).is_empty(), "{name}");
    }
    let answer = "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: x\r\n\
                  X-Stays: 1\r\nContent-Length: 2\r\n\r\nok";
    recorder.answer("/hop", answer, After::KeepAlive);
    let answer = gate.visitor("hmi").fetch("/hop").expect(200);
    for name in ["X-Hop", "Proxy-Authenticate"] {
        assert!(answer.all(name).is_empty(), "{name}");
    }
    assert_eq!(answer.all("X-Stays"), ["1"]);
}

#[test]
pub fn a_stranger_cannot_say_where_a_request_comes_from() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let request = Request::fetch("/")
        .header("X-Forwarded-For", "203.0.113.7")
        .header("X_Forwarded_For", "203.0.113.7")
        .header("X-Forwarded-Proto", "gopher")
        .header("X-Forwarded-Host", "evil.example")
        .header("Forwarded", "for=203.0.113.7;host=evil.example");
    let seen = gate.visitor("hmi").send(&request).seen();
    assert_eq!(seen.all("X-Forwarded-For"), ["127.0.0.1"]);
    assert_eq!(seen.all("X-Forwarded-Proto"), ["http"]);
    assert_eq!(seen.all("X-Forwarded-Host"), [gate.site("hmi").host]);
    let raw = recorder.wait_request("/").raw_text();
    assert!(!raw.contains("203.0.113.7") && !raw.contains("evil.example"), "{raw}");
}

#[test]
pub fn a_trusted_proxy_is_believed_and_its_word_reaches_the_sessions_list() {
    let recorder = Recorder::start();
    let plan = Gate::plan().listen("trusted_proxies = [\"127.0.0.0/8\"]").app(App::new("hmi", Mode::Signup, &recorder));
    let gate = plan.start();
    let mut visitor = gate.visitor("hmi");
    let fields = [("email", ADA), ("password", PASSWORD), ("given_name", "Ada"), ("family_name", "L")];
    let proxied =
        |request: Request| request.header("X-Forwarded-For", "203.0.113.7").header("X-Forwarded-Proto", "http");
    visitor.send(&proxied(Request::form("/.millgate/sign-up", &fields))).expect(303);
    let seen = visitor.send(&proxied(Request::fetch("/"))).seen();
    assert_eq!(seen.all("X-Forwarded-For"), ["203.0.113.7, 127.0.0.1"]);
    assert_eq!(seen.all("X-Forwarded-Proto"), ["http"]);
    let stranger = gate.visitor("hmi").send(&Request::fetch("/").header("X-Forwarded-Proto", "https"));
    assert!(stranger.text().contains("\"sign_in_url\":\"https://"), "{}", stranger.summary());
    assert_eq!(gate.api().sessions_of("hmi", ADA)[0]["ip"], "203.0.113.7");
}

#[test]
pub fn the_standard_forwarded_header_is_there_when_asked_for() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder).with("forwarded_header = true"));
    let seen = gate.visitor("hmi").send(&Request::fetch("/").header("Forwarded", "for=203.0.113.7")).seen();
    let value = seen.header("Forwarded").expect("Forwarded");
    assert!(value.contains("for=127.0.0.1") && value.contains("proto=http") && !value.contains("203"), "{value}");
}

#[test]
pub fn the_upstream_sees_the_visitors_host_or_its_own() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Public, &recorder))
        .app(App::new("strict", Mode::Public, &recorder).with("host_header = \"upstream\""))
        .start();
    assert_eq!(gate.visitor("hmi").get("/").seen().all("Host"), [gate.site("hmi").host]);
    let own = format!("127.0.0.1:{}", recorder.port());
    assert_eq!(gate.visitor("strict").get("/").seen().all("Host"), [own]);
}

#[test]
pub fn authorization_passes_untouched() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let seen = gate.visitor("hmi").send(&Request::fetch("/").header("Authorization", "Basic  dXNlcjpwYXNz")).seen();
    assert_eq!(seen.all("Authorization"), ["Basic  dXNlcjpwYXNz"]);
}

#[test]
pub fn the_gateways_cookies_never_reach_an_upstream_and_others_do() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder).at_prefix("/hmi"))
        .app(App::new("two", Mode::Public, &recorder).at_prefix("/two"))
        .start();
    let mut visitor = entered(&gate, Mode::Signup);
    let (name, token) =
        visitor.session_cookie().map(|(name, value)| (name.to_owned(), value.to_owned())).expect("a session");
    let cookies = format!("a=1; {name}={token}; b=\"2; __Host-{name}={token}; c=3=3");
    let seen = visitor.send(&Request::fetch("/").header("Cookie", &cookies)).seen();
    assert_eq!(seen.all("Cookie"), ["a=1; b=\"2; c=3=3"]);
    assert!(visitor.fetch("/").seen().all("Cookie").is_empty());

    // The other app on the same host gets this browser's cookies as well.
    let mut two = gate.visitor("two");
    two.jar = visitor.jar.clone();
    assert!(!format!("{:?}", two.fetch("/").seen().headers).contains(&token));
}

#[test]
pub fn an_upstream_cannot_set_the_gateways_cookies() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let id = gate.api().app("hmi")["id"].as_str().expect("an id").to_owned();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nSet-Cookie: millgate-{id}=evil\r\nSet-Cookie: a=1; Path=/\r\nset-cookie:  __Host-millgate-{id}=evil\r\n\
         Set-Cookie: millgate-{id} =evil\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    );
    recorder.answer("/cookies", answer, After::KeepAlive);
    let answer = gate.visitor("hmi").fetch("/cookies").expect(200);
    let kept: Vec<_> = answer
        .all("Set-Cookie")
        .into_iter()
        .filter(|cookie| !cookie.starts_with("millgate-") || cookie.contains("evil"))
        .collect();
    assert_eq!(kept, ["a=1; Path=/", "b=2"]);
}

#[test]
pub fn answers_of_protected_apps_are_private_to_caches() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder))
        .app(App::new("open", Mode::Public, &recorder))
        .start();
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: public, max-age=60\r\nVary: Accept\r\n\r\nok";
    recorder.answer("/cached", head, After::KeepAlive);
    recorder.answer("/silent", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", After::KeepAlive);
    recorder.answer(
        "/never",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: no-store\r\n\r\nok",
        After::KeepAlive,
    );
    let mut visitor = entered(&gate, Mode::Signup);
    for path in ["/cached", "/silent"] {
        let answer = visitor.get(path).expect(200);
        let control = answer.all("Cache-Control").join(",").to_lowercase();
        assert!(control.contains("private") && !control.contains("public"), "{path}: {control}");
        assert!(answer.all("Vary").join(",").to_lowercase().contains("cookie"), "{path}");
    }
    assert!(visitor.get("/cached").all("Vary").join(",").contains("Accept"));
    assert!(visitor.get("/never").all("Cache-Control").join(",").contains("no-store"));
    assert_eq!(gate.visitor("open").fetch("/cached").all("Cache-Control"), ["public, max-age=60"]);
}
