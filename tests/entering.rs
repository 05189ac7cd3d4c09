//! How people come in: forms, errors, redirects, the classifier, and sessions that last (T8–T15).

use crate::support::visitor::{Purpose, escape};
use crate::support::{App, Gate, MASTER, Mode, PASSWORD, Recorder, Request, Style, Visitor};

const ADA: &str = "ada@example.com";

fn gate_in(mode: Mode, recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", mode, recorder))
}

#[test]
fn a_stranger_signs_up_and_lands_on_the_page_that_was_asked_for() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut visitor = gate.visitor("hmi");
    let page = visitor.open("/line/4?speed=1").page(200);
    assert!(page.contains("sign-up"), "the way to sign up is shown: {page}");
    let fields = [
        ("email", ADA),
        ("password", PASSWORD),
        ("given_name", "Ada"),
        ("family_name", "L"),
        ("return_to", "/line/4?speed=1"),
    ];
    let answer = visitor.post("/.millgate/sign-up", &fields);
    assert_eq!(answer.location(), "/line/4?speed=1");
    assert_eq!(visitor.follow(&answer).seen().user(), ADA);
}

#[test]
fn signing_in_and_out_works_and_ends_the_session_on_the_server() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let mut visitor = gate.visitor("hmi");
    assert_eq!(visitor.sign_in(ADA).location(), "/");
    visitor.get("/").expect(200);
    let kept = visitor.clone();
    visitor.get("/.millgate/sign-out").page(200);
    visitor.get("/").expect(200);
    visitor.sign_out().expect(303);
    visitor.get("/").expect(303);
    let mut thief = kept;
    thief.fetch("/").problem(401);
    assert_eq!(gate.api().sessions_of("hmi", ADA).len(), 1, "the first browser stays");
}

#[test]
fn wrong_input_gives_the_form_again_with_what_was_typed_but_no_password() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut visitor = gate.visitor("hmi");
    let up = "/.millgate/sign-up";
    for fields in [
        vec![("email", ""), ("password", PASSWORD), ("given_name", "Ada"), ("family_name", "L")],
        vec![("email", "no-address"), ("password", PASSWORD), ("given_name", "Ada"), ("family_name", "L")],
        vec![("email", ADA), ("password", ""), ("given_name", "Ada"), ("family_name", "L")],
        vec![("email", ADA), ("password", "short"), ("given_name", "Ada"), ("family_name", "L")],
        vec![("email", ADA)],
        vec![],
    ] {
        let page = visitor.post(up, &fields).page(422);
        assert!(!page.contains(PASSWORD), "{page}");
        if fields.len() > 2 {
            assert!(page.contains("Ada"), "{page}");
        }
    }
    visitor.post("/.millgate/sign-in", &[("email", ADA)]).page(422);
    visitor.post("/.millgate/sign-in", &[("email", ADA), ("password", "not it, sorry")]).page(401);
    visitor.get("/").expect(303);
    assert!(gate.api().users("hmi").is_empty());
}

#[test]
fn what_was_typed_comes_back_escaped() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let nasty = "\"><script>alert(1)</script>";
    let fields = [("email", nasty), ("password", PASSWORD), ("given_name", nasty), ("return_to", nasty)];
    for page in [
        gate.visitor("hmi").post("/.millgate/sign-up", &fields),
        gate.visitor("hmi").post("/.millgate/sign-in", &fields[..1]),
    ] {
        assert!(!page.text().contains("<script>alert"), "{}", page.text());
    }
    let page = gate.visitor("hmi").get(&format!("/.millgate/sign-in?return_to={}", escape(nasty)));
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
}

#[test]
fn known_and_unknown_addresses_get_the_same_answer() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let answer = |email: &str| {
        let answer = gate.visitor("hmi").sign_in_with(email, "not the password").expect(401);
        (answer.text().replace(email, "…").replace(&escape(email), "…"), answer.headers.len())
    };
    assert_eq!(without_nonce(&answer(ADA).0), without_nonce(&answer("eve@example.com").0));
    assert_eq!(answer(ADA).1, answer("eve@example.com").1);
}

/// The same page apart from what is random in it.
fn without_nonce(page: &str) -> String {
    let mut rest = page;
    let mut text = String::new();
    while let Some(at) = rest.find("nonce=\"") {
        text.push_str(&rest[..at]);
        rest = rest[at + 7..].split_once('"').map_or("", |(_, rest)| rest);
    }
    text + rest
}

/// In public sign-up the form cannot hide that an address is taken, but it must not change what is there.
#[test]
fn signing_up_again_takes_nothing_over() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let mut eve = gate.visitor("hmi");
    let fields = [("email", ADA), ("password", "another password"), ("given_name", "Eve"), ("family_name", "E")];
    eve.post("/.millgate/sign-up", &fields);
    eve.fetch("/").problem(401);
    gate.visitor("hmi").sign_in_with(ADA, "another password").expect(401);
    gate.visitor("hmi").sign_in(ADA).expect(303);
    assert_eq!(gate.api().user("hmi", ADA)["given_name"], "Ada");
}

#[test]
fn spellings_of_one_address_are_one_user() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up("kira@bücher.example").expect(303);
    for spelling in [
        "KIRA@BÜCHER.EXAMPLE",
        "kira@xn--bcher-kva.example",
        " kira@bücher.example ",
        "ｋira@bücher.example",
        "\u{212a}ira@bücher.example",
    ] {
        let mut visitor = gate.visitor("hmi");
        visitor.sign_in(spelling).expect(303);
        visitor.get("/").expect(200);
    }
    assert_eq!(gate.api().users("hmi").len(), 1);
    gate.visitor("hmi").sign_in("kıra@bücher.example").expect(401);
}

#[test]
fn the_master_password_alone_opens_a_master_password_app() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::MasterPassword, &recorder);
    let mut visitor = gate.visitor("hmi");
    let page = visitor.open("/x").page(200);
    assert!(page.contains("master_password") && !page.contains("name=\"email\""), "{page}");
    visitor.post("/.millgate/master-password", &[]).page(422);
    visitor.give_master_password_of("wrong").page(401);
    let answer = visitor.post("/.millgate/master-password", &[("master_password", MASTER), ("return_to", "/x")]);
    assert_eq!(answer.location(), "/x");
    visitor.get("/x").expect(200);
}

#[test]
fn both_proofs_can_be_given_on_one_page_or_one_after_the_other() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::SignupAndMasterPassword, &recorder);
    let mut at_once = gate.visitor("hmi");
    let page = at_once.open("/").page(200);
    assert!(page.contains("name=\"email\"") && page.contains("name=\"master_password\""), "{page}");
    let up = [
        ("email", ADA),
        ("password", PASSWORD),
        ("given_name", "Ada"),
        ("family_name", "L"),
        ("master_password", MASTER),
    ];
    at_once.post("/.millgate/sign-up", &up).expect(303);
    at_once.get("/").expect(200);

    let mut user_first = gate.visitor("hmi");
    user_first.sign_in(ADA).expect(303);
    assert!(user_first.get("/").location().starts_with("/.millgate/master-password"));
    user_first.give_master_password().expect(303);
    user_first.get("/").expect(200);

    let mut master_first = gate.visitor("hmi");
    master_first.give_master_password().expect(303);
    assert!(master_first.get("/").location().starts_with("/.millgate/sign-in"));
    master_first.sign_in(ADA).expect(303);
    master_first.get("/").expect(200);

    let mut wrong = gate.visitor("hmi");
    wrong.post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("master_password", "wrong")]).page(401);
    assert_ne!(wrong.get("/").status, 200);
}

#[test]
fn an_uninvited_user_is_told_so() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::InviteOnly, &recorder))
        .app(App::new("open", Mode::Signup, &recorder))
        .start();
    gate.visitor("open").sign_up(ADA).expect(303);
    let mut visitor = gate.visitor("hmi");
    let up = [("email", "eve@example.com"), ("password", PASSWORD), ("given_name", "Eve"), ("family_name", "E")];
    let answer = visitor.post("/.millgate/sign-up", &up);
    assert!(answer.status >= 400, "{}", answer.summary());
    visitor.sign_in(ADA);
    let page = visitor.open("/");
    assert!(matches!(page.status, 403 | 200) && !page.text().contains("\"target\""), "{}", page.summary());
    assert!(recorder.requests().is_empty() && gate.api().users("hmi").is_empty());
}

#[test]
fn return_to_is_always_a_path_on_this_app() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let long = format!("/{}", "x".repeat(10_240));
    let hostile = [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "https:evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "/%0d%0aSet-Cookie:%20a=b\r\n",
        "\0/x",
        "///evil.example",
        "/./\\evil.example",
        "evil.example",
        "@evil.example",
        ".evil.example",
        "/..//evil.example",
        " //evil.example",
        "http://hmi.localhost@evil.example/",
        long.as_str(),
        "",
    ];
    for target in hostile {
        let mut visitor = gate.visitor("hmi");
        let answer =
            visitor.post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("return_to", target)]);
        if answer.status == 422 {
            continue;
        }
        let location = answer.location();
        let local =
            location.starts_with('/') && !location.starts_with("//") && !location.contains(['\\', '\t', '\r', '\n']);
        assert!(local && location.len() < 9000 && !location.starts_with("/.//"), "{target:?} -> {location:?}");
        assert!(answer.all("set-cookie").iter().all(|cookie| cookie.starts_with("millgate-")), "{}", answer.summary());
        let page = gate.visitor("hmi").get(&format!("/.millgate/sign-in?return_to={}", escape(target)));
        assert!(matches!(page.status, 200 | 400 | 414), "{}", page.summary());
    }
    for good in ["/x?y=1&z=%20", "/line/4", "/a%2fb", "/?next=//other"] {
        let mut visitor = gate.visitor("hmi");
        let answer = visitor.post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("return_to", good)]);
        assert_eq!(answer.location(), good);
    }
}

#[test]
fn forms_from_elsewhere_are_refused() {
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
fn the_classifier_tells_a_navigation_from_everything_else() {
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
fn requests_that_are_no_navigation_are_never_redirected() {
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
fn a_post_that_meets_no_session_is_never_turned_into_a_get() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let answer = gate.visitor("hmi").send(&Request::form("/order", &[("pieces", "1")]));
    assert_eq!(answer.status, 401);
    assert!(answer.page(401).contains("sign-in"));
}

#[test]
fn ten_tabs_sign_in_at_once_and_each_lands_on_its_own_page() {
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
fn a_browser_without_cookies_is_told_so_and_not_sent_round_in_circles() {
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
        pages.push(answer.text());
    }
    let told = pages.iter().any(|page| page.to_lowercase().contains("cookie"));
    assert!(told, "no page names the cause: {pages:#?}");
}

#[test]
fn two_different_cookies_of_our_name_mean_nobody_and_dead_ones_are_cleared() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    let (name, token) =
        visitor.session_cookie().map(|(name, token)| (name.to_owned(), token.to_owned())).expect("a session");
    let other = token.chars().rev().collect::<String>();
    for cookies in [format!("{name}={token}; {name}={other}"), format!("{name}={other}; {name}={token}")] {
        visitor.clone().send(&Request::fetch("/").header("Cookie", &cookies)).problem(401);
    }
    visitor.clone().send(&Request::fetch("/").header("Cookie", &format!("{name}={token}; {name}={token}"))).expect(200);
    for spelling in [
        format!("\u{a0}{name}={token}"),
        format!("\u{2003}{name}={token}"),
        format!("{}={token}", name.to_uppercase()),
        format!("{name}=\"{token}\""),
    ] {
        visitor.clone().send(&Request::fetch("/").header("Cookie", &spelling)).problem(401);
    }
    let answer = visitor.clone().send(&Request::get("/").header("Cookie", &format!("{name}={other}"))).expect(303);
    let cleared = answer
        .all("set-cookie")
        .iter()
        .any(|cookie| cookie.starts_with(&format!("{name}=;")) || cookie.contains("Max-Age=0"));
    assert!(cleared, "{}", answer.summary());
}

#[test]
fn signing_in_renews_the_token_and_a_planted_one_stays_dead() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::SignupAndMasterPassword, &recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.give_master_password().expect(303);
    let before = visitor.clone();
    let old = before.session_cookie().expect("a session").1.to_owned();
    visitor.sign_up(ADA).expect(303);
    let new = visitor.session_cookie().expect("a session").1.to_owned();
    assert_ne!(old, new, "a token from before the sign-in must not be worth more after it");
    visitor.get("/").expect(200);
    let mut attacker = before;
    assert_ne!(attacker.fetch("/").status, 200);

    let id = gate.api().app("hmi")["id"].as_str().expect("an id").to_owned();
    let mut victim = gate.visitor("hmi");
    let planted = "A".repeat(43);
    victim.jar.push((format!("millgate-{id}"), planted.clone(), "/".to_owned()));
    victim
        .post("/.millgate/sign-in", &[("email", ADA), ("password", PASSWORD), ("master_password", MASTER)])
        .expect(303);
    assert_ne!(victim.session_cookie().expect("a session").1, planted);
}

#[test]
fn the_cookie_is_as_strict_as_it_can_be() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let id = gate.api().app("hmi")["id"].as_str().expect("an id").to_owned();
    let answer = gate.visitor("hmi").sign_up(ADA);
    let cookie = answer
        .all("set-cookie")
        .into_iter()
        .find(|cookie| cookie.starts_with(&format!("millgate-{id}=")))
        .expect("the cookie")
        .to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Secure"), "{cookie}");
    let token = cookie.split(['=', ';']).nth(1).expect("a value");
    assert!(token.len() >= 43, "256 bits: {token}");
}

#[test]
fn over_tls_the_cookie_is_secure_and_bound_to_the_host() {
    let recorder = Recorder::start();
    let authority = crate::support::tls::Authority::new();
    let gate = Gate::plan().tls(&authority).app(App::new("hmi", Mode::Signup, &recorder)).start();
    let mut visitor = gate.visitor("hmi");
    let answer = visitor.sign_up(ADA).expect(303);
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-millgate-") && cookie.contains("Secure"), "{cookie}");
    let seen = visitor.get("/").seen();
    assert_eq!((seen.user(), seen.header("X-Forwarded-Proto")), (ADA, Some("https")));
    let mut socket = visitor.websocket("/ws?tag=tls");
    socket.assert_alive();
    gate.api().delete_user("hmi", ADA);
    socket.assert_cut();
}

#[test]
fn sessions_outlive_a_restart_of_the_gateway() {
    let recorder = Recorder::start();
    let mut gate = gate_in(Mode::SignupAndMasterPassword, &recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    visitor.give_master_password().expect(303);
    for _ in 0..2 {
        gate.restart();
        assert_eq!(visitor.get("/").seen().user(), ADA);
    }
    gate.kill();
    gate.start_again();
    assert_eq!(visitor.get("/").seen().user(), ADA);
    assert_eq!(gate.api().sessions_of("hmi", ADA).len(), 1);
}

/// Only that a limit bites at all is tested here; the exact moments are unit tests with a clock of their own.
#[test]
fn a_session_ends_at_its_idle_or_absolute_limit_when_the_app_has_one() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("idle", Mode::Signup, &recorder).with("idle_limit = \"1s\""))
        .app(App::new("absolute", Mode::Signup, &recorder).with("absolute_limit = \"1s\""))
        .app(App::new("endless", Mode::Signup, &recorder))
        .start();
    let mut endless = gate.visitor("endless");
    endless.sign_up(ADA).expect(303);
    for app in ["idle", "absolute"] {
        let mut visitor = gate.visitor(app);
        visitor.sign_in(ADA).expect(303);
        crate::support::eventually("the session ends", || {
            // Longer than the idle limit, which each request would put off.
            std::thread::sleep(std::time::Duration::from_millis(1500));
            (visitor.fetch("/").status == 401).then_some(())
        });
        visitor.get("/").expect(303);
    }
    endless.get("/").expect(200);
}

#[test]
fn me_tells_the_front_end_who_is_there() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").fetch("/.millgate/me").problem(401);
    gate.visitor("hmi").get("/.millgate/me").problem(401);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    let answer = visitor.fetch("/.millgate/me").expect(200);
    assert_eq!(answer.json()["email"], ADA);
    assert!(answer.header("cache-control").is_some_and(|control| control.contains("no-store")), "{}", answer.summary());
    assert!(recorder.requests().is_empty(), "reserved paths never reach an upstream");
}

#[test]
fn an_app_that_is_switched_off_says_so_with_retry_after() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    gate.api().set_running("hmi", false);
    let page = gate.visitor("hmi").get("/");
    assert!(page.header("retry-after").is_some());
    page.page(503);
    gate.visitor("hmi").fetch("/").problem(503);
    assert!(recorder.requests().is_empty());
    gate.api().set_running("hmi", true);
    gate.visitor("hmi").get("/").expect(200);
}

#[test]
fn addresses_of_every_kind_work() {
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

#[test]
fn two_gateways_on_one_address_do_not_overwrite_each_others_cookies() {
    let recorder = Recorder::start();
    let gates = [gate_in(Mode::Signup, &recorder), gate_in(Mode::Signup, &recorder)];
    let mut browser = gates[0].visitor("hmi");
    browser.sign_up(ADA).expect(303);
    let mut second = gates[1].visitor("hmi");
    second.jar = browser.jar.clone();
    second.sign_up(ADA).expect(303);
    browser.jar = second.jar.clone();
    browser.get("/").expect(200);
    second.get("/").expect(200);
}
