//! Page or 401: what a request is for decides, never who claims to send it (T9–T12).

use crate::entering::{ADA, gate_in};
use crate::support::visitor::{Purpose, escape};
use crate::support::{App, Gate, Mode, PASSWORD, Recorder, Request, Style, Visitor};

#[test]
pub fn forms_from_elsewhere_are_refused() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let form = Request::form("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD)]);
    let foreign = [
        form.clone().header("Origin", "https://evil.example"),
        form.clone().header("Origin", "null").header("Sec-Fetch-Site", "cross-site"),
        form.clone().header("Sec-Fetch-Site", "cross-site"),
        form.clone()
            .header("Origin", &format!("http://other.localhost:{}", gate.port()))
            .header("Sec-Fetch-Site", "same-site"),
    ];
    for request in foreign {
        let mut visitor = gate.visitor("hmi");
        visitor.send(&request).expect(403);
        visitor.fetch("/").problem(401);
    }
    let mut visitor = gate.visitor("hmi");
    visitor.sign_in(ADA).expect(303);
    visitor
        .send(
            &Request::form("/.millgate/sign-out", &[])
                .header("Origin", "https://evil.example")
                .header("Sec-Fetch-Site", "cross-site"),
        )
        .expect(403);
    visitor.fetch("/").expect(200);
    // A program sends neither; it is not a browser that could be tricked.
    let mut bare = gate.visitor("hmi");
    let mut request = form;
    request.purpose = Purpose::Bare;
    bare.send(&request).expect(303);
}

#[test]
pub fn the_classifier_tells_a_navigation_from_everything_else() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let lan = || Visitor::new(gate.site("hmi"), Style::Lan);
    let sign_in = "/.millgate/sign-in?return_to=%2Fx";
    for mut visitor in [gate.visitor("hmi"), lan()] {
        assert_eq!(visitor.get("/x").location(), sign_in);
        let head = Request { method: "HEAD".to_owned(), ..Request::get("/x") };
        assert_eq!(visitor.send(&head).location(), sign_in);
        visitor.send(&Request::form("/x", &[("a", "1")])).page(401);
        let problem = visitor.fetch("/x").problem(401);
        let url = problem["sign_in_url"].as_str().expect("sign_in_url");
        assert!(url.contains("/.millgate/sign-in"), "{url}");
        visitor.send(&Request::new("GET", "/sw.js", Purpose::ServiceWorker)).problem(401);
        assert_eq!(visitor.refused_websocket("/ws").status, 401);
        let mut post = Request::fetch("/x").header("Content-Type", "application/json").body("{}");
        post.method = "POST".to_owned();
        visitor.send(&post).problem(401);
    }
    assert!(recorder.requests().is_empty());
}

#[test]
pub fn requests_that_are_no_navigation_are_never_redirected() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let preflight = Request::new("OPTIONS", "/x", Purpose::Fetch)
        .header("Origin", "https://elsewhere.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    let image = Request::fetch("/x.png")
        .header("Sec-Fetch-Mode", "no-cors")
        .header("Sec-Fetch-Dest", "image")
        .header("Accept", "image/*");
    let xhr = Request::fetch("/x").header("Accept", "text/html, */*").header("X-Requested-With", "XMLHttpRequest");
    let program = Request::new("GET", "/x", Purpose::Bare);
    let curl = Request::new("GET", "/x", Purpose::Bare).header("Accept", "*/*").header("User-Agent", "curl/8.0");
    let events = Request::fetch("/events").header("Accept", "text/event-stream");
    for request in [preflight, image, xhr, program, curl, events] {
        let answer = gate.visitor("hmi").send(&request);
        assert_eq!(answer.status, 401, "{:?}: {}", request.headers, answer.summary());
    }
    let frame = Request::get("/x").header("Sec-Fetch-Dest", "iframe");
    gate.visitor("hmi").send(&frame).expect(303);
    assert!(recorder.requests().is_empty());
}

#[test]
pub fn a_post_that_meets_no_session_is_never_turned_into_a_get() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let answer = gate.visitor("hmi").send(&Request::form("/order", &[("pieces", "1")]));
    assert_eq!(answer.status, 401);
    assert!(answer.page(401).contains("sign-in"));
}

#[test]
pub fn ten_tabs_sign_in_at_once_and_each_lands_on_its_own_page() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let tabs: Vec<_> = (0..10)
        .map(|number| {
            let mut tab = gate.visitor("hmi");
            std::thread::spawn(move || {
                let path = format!("/tab/{number}?a=b");
                let page = tab.open(&path).page(200);
                assert!(page.contains(&escape_attribute(&path)), "the form carries its target: {page}");
                let answer =
                    tab.post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("return_to", &path)]);
                assert_eq!(answer.location(), path);
                assert_eq!(tab.follow(&answer).seen().target, path);
            })
        })
        .collect();
    tabs.into_iter().for_each(|tab| tab.join().expect("the tab lands"));
}

fn escape_attribute(path: &str) -> String {
    path.replace('&', "&amp;")
}

#[test]
pub fn a_browser_without_cookies_is_told_so_and_not_sent_round_in_circles() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let mut visitor = gate.visitor("hmi");
    let mut pages = Vec::new();
    for _ in 0..4 {
        let answer = visitor.sign_in(ADA);
        visitor.jar.clear();
        if answer.status != 303 {
            pages.push(answer.text());
            break;
        }
        let answer = visitor.open("/");
        visitor.jar.clear();
        pages.push(answer.text());
    }
    let told = pages.iter().any(|page| page.to_lowercase().contains("cookie"));
    assert!(told, "no page names the cause: {pages:#?}");
}

#[test]
pub fn addresses_of_every_kind_work() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("label", Mode::Signup, &recorder).at_host("box"))
        .app(App::new("local", Mode::Signup, &recorder).at_host("box.local"))
        .app(App::new("lan", Mode::Signup, &recorder).at_host("192.168.1.7"))
        .app(App::new("six", Mode::Signup, &recorder).at_host("[fd00::7]"))
        .app(App::new("prefix", Mode::Signup, &recorder).at_prefix("/deep/prefix"))
        .start();
    for app in ["label", "local", "lan", "six", "prefix"] {
        let mut visitor = Visitor::new(gate.site(app), Style::Lan);
        let prefix = visitor.site.prefix.clone();
        let target = escape(&format!("{prefix}/x")).replace("%2E", ".").replace("%2D", "-");
        assert_eq!(visitor.get("/x").location(), format!("{prefix}/.millgate/sign-in?return_to={target}"));
        if app == "label" {
            visitor.sign_up(ADA).expect(303)
        } else {
            visitor.sign_in(ADA).expect(303)
        };
        assert_eq!(visitor.get("/x").seen().user(), ADA, "{app}");
    }
}
