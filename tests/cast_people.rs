//! The cast for people, proven by itself: the clock that moves, the eye for codes, the browser at many addresses.

use crate::support::recorder::After;
use crate::support::{App, Browser, Clock, Gate, Mode, Recorder, page, qr};

#[test]
fn the_clock_moves_the_gateways_time_and_nobody_elses() {
    let recorder = Recorder::start();
    let clock = Clock::new();
    let gate = clock.rules(Gate::plan().app(App::new("hmi", Mode::InviteOnly, &recorder))).start();
    let link = gate.api().access_link("hmi", "ada@example.com")["link"].as_str().expect("a link").to_owned();
    let mut visitor = gate.visitor("hmi");
    let path = visitor.local(&link);
    visitor.get(&path).page(200);
    clock.ahead(15 * crate::support::clock::DAY);
    assert!(matches!(visitor.get(&path).status, 404 | 410));
    clock.set(0);
    visitor.get(&path).page(200);
}

#[test]
fn codes_are_read_as_a_phone_would() {
    for text in ["http://hmi.localhost:8080/.millgate/invite/AbCd-_0123456789", "x", &"long/".repeat(60)] {
        let code = fast_qr::QRBuilder::new(text).build().expect("a code");
        assert_eq!(qr::read(&fast_qr::convert::svg::SvgBuilder::default().to_str(&code)), text);
    }
}

#[test]
fn the_browser_keeps_cookies_by_host_name_and_follows_anywhere() {
    let (one, two) = (Recorder::start(), Recorder::start());
    let there = format!("http://two.localhost:{}/there?x=1", two.port());
    let hop =
        format!("HTTP/1.1 302 Found\r\nLocation: {there}\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 0\r\n\r\n");
    one.answer("/go", hop, After::KeepAlive);
    let mut browser = Browser::new().with_header("User-Agent", "Agent/1");
    let arrival = browser.open(&format!("http://one.localhost:{}/go", one.port()));
    assert_eq!((arrival.url.as_str(), arrival.way.len()), (there.as_str(), 2));
    let seen = arrival.answer.seen();
    assert_eq!((seen.header("User-Agent"), seen.header("Sec-Fetch-Site")), (Some("Agent/1"), Some("none")));
    assert!(seen.header("Cookie").is_none(), "another host");
    let same_host = browser.get(&format!("http://one.localhost:{}/", two.port())).seen();
    assert_eq!(same_host.header("Cookie"), Some("a=1"), "cookies do not know ports");
}

#[test]
fn forms_and_buttons_are_found_in_a_page() {
    let html = r#"<form method="post" action="/hmi/.millgate/hand-over"><input type="hidden" name="code" value="a&amp;b">
        <input type="checkbox" name="off" value="on"></form><a href="x?return_to=%2F&#38;y" data-provider="works">W</a>"#;
    assert_eq!(page::form(html, "/.millgate/hand-over"), [("code".to_owned(), "a&b".to_owned())]);
    assert!(page::has_form(html, "/hand-over") && !page::has_form(html, "/sign-in"));
    assert_eq!(page::attribute(&page::button(html, "works"), "href").as_deref(), Some("x?return_to=%2F&y"));
    assert_eq!(page::field(html, "code").as_deref(), Some("a&b"));
}
