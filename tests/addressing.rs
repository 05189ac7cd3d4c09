//! Every way to address an upstream (Unix socket, TLS) and an app (port, path prefix, host).

use crate::support::recorder::After;
use crate::support::tls::Authority;
use crate::support::{App, Gate, Mode, Recorder, Site};

#[test]
pub fn an_upstream_on_a_unix_socket_works() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.sock");
    let recorder = Recorder::on_unix(&path);
    let gate = Gate::before(App::before("hmi", Mode::Public, &format!("unix:{}", path.display())));
    assert_eq!(gate.visitor("hmi").get("/x?y").seen().target, "/x?y");
    gate.visitor("hmi").websocket("/ws?tag=w").assert_alive();
    assert_eq!(recorder.requests().len(), 2);
}

#[test]
pub fn an_upstream_over_tls_is_verified_against_its_own_ca() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let ca = format!("upstream_ca_file = \"{}\"", file.display());
    let recorder = Recorder::over_tls(authority.server(&["localhost"]));
    let wrong_name = Recorder::over_tls(authority.server(&["elsewhere.example"]));
    let gate = Gate::plan()
        .app(App::new("good", Mode::Public, &recorder).with(&ca))
        .app(App::new("unknown-ca", Mode::Public, &recorder))
        .app(App::new("wrong-name", Mode::Public, &wrong_name).with(&ca))
        .app(App::new("opted-out", Mode::Public, &wrong_name).with("upstream_verify = false"))
        .start();
    assert_eq!(gate.visitor("good").get("/x").seen().target, "/x");
    gate.visitor("good").websocket("/ws?tag=w").assert_alive();
    gate.visitor("unknown-ca").fetch("/").problem(502);
    gate.visitor("wrong-name").fetch("/").problem(502);
    gate.visitor("opted-out").get("/").expect(200);
    assert_eq!(recorder.requests_for("/").len(), 0, "nothing is sent to whom we do not know");
}

#[test]
pub fn a_port_of_its_own_is_opened_for_an_app() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder).on_own_port())
        .app(App::new("two", Mode::Public, &recorder).on_own_port())
        .start();
    let mut visitor = gate.visitor("hmi");
    assert_eq!(visitor.get("/x").location(), "/.millgate/sign-in?return_to=%2Fx");
    visitor.sign_up("ada@example.com").expect(303);
    assert_eq!(visitor.get("/x").seen().user(), "ada@example.com");
    gate.visitor("two").get("/").expect(200);
}

#[test]
pub fn a_path_prefix_is_stripped_and_mended_by_default() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder).at_prefix("/hmi"));
    let site = gate.site("hmi");
    assert_eq!(site.bare_get("/x?y=/z").seen().target, "/x?y=/z");
    assert_eq!(site.bare_get("/").seen().target, "/");
    assert_eq!(site.bare_get("?q").seen().target, "/?q");
    let own = recorder.url();
    let locations =
        [("/there", "/hmi/there"), ("there", "there"), ("https://elsewhere.example/x", "https://elsewhere.example/x")];
    for (given, expected) in locations {
        recorder.answer(
            "/go",
            format!("HTTP/1.1 302 Found\r\nLocation: {given}\r\nContent-Length: 0\r\n\r\n"),
            After::KeepAlive,
        );
        assert_eq!(site.bare_get("/go").header("location"), Some(expected), "{given}");
    }
    recorder.answer(
        "/go",
        format!("HTTP/1.1 302 Found\r\nLocation: {own}/there\r\nContent-Length: 0\r\n\r\n"),
        After::KeepAlive,
    );
    let mended = site.bare_get("/go");
    let mended = mended.header("location").expect("a Location");
    assert!(mended == "/hmi/there" || mended == site.url("/there"), "{mended}");
    let cookies = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/; HttpOnly\r\nSet-Cookie: b=2; path=/deep\r\nSet-Cookie: c=3\r\nContent-Length: 0\r\n\r\n";
    recorder.answer("/cookies", cookies, After::KeepAlive);
    let answer = site.bare_get("/cookies");
    let held: Vec<String> = answer.all("set-cookie").into_iter().map(str::to_lowercase).collect();
    assert!(held[0] == "a=1; path=/hmi; httponly" || held[0] == "a=1; path=/hmi/; httponly", "{held:?}");
    assert_eq!(held[1..], ["b=2; path=/hmi/deep", "c=3"]);
}

#[test]
pub fn a_path_prefix_is_kept_when_asked_for() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder).at_prefix("/hmi").with("strip_prefix = false"));
    let site = gate.site("hmi");
    assert_eq!(site.bare_get("/x").seen().target, "/hmi/x");
    let answer =
        "HTTP/1.1 302 Found\r\nLocation: /hmi/there\r\nSet-Cookie: a=1; Path=/hmi\r\nContent-Length: 0\r\n\r\n";
    recorder.answer("/hmi/go", answer, After::KeepAlive);
    let answer = site.bare_get("/go");
    assert_eq!(answer.header("location"), Some("/hmi/there"));
    assert_eq!(answer.all("set-cookie"), ["a=1; Path=/hmi"]);
}

#[test]
pub fn a_prefix_is_a_path_segment_and_not_a_beginning_of_letters() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder).at_prefix("/hmi"));
    for path in ["/hmix", "/hmi2/x", "/HMI/x", "/h"] {
        let site = Site { prefix: String::new(), ..gate.site("hmi") };
        assert_ne!(site.bare_get(path).status, 200, "{path}");
    }
    assert!(recorder.requests().is_empty());
}

#[test]
pub fn an_app_at_a_prefix_has_its_own_sign_in_below_it() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("one", Mode::Signup, &recorder).at_prefix("/one"))
        .app(App::new("two", Mode::Signup, &recorder).at_prefix("/two"))
        .start();
    let mut visitor = gate.visitor("one");
    assert_eq!(visitor.get("/x?y").location(), "/one/.millgate/sign-in?return_to=%2Fone%2Fx%3Fy");
    visitor.sign_up("ada@example.com").expect(303);
    assert_eq!(visitor.get("/x").seen().target, "/x");
    let mut elsewhere = gate.visitor("two");
    elsewhere.jar = visitor.jar.clone();
    elsewhere.get("/x").expect(303);
}
