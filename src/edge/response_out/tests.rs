use crate::domain::{Authority, Scheme, Timestamp, WorkspaceId};

use super::*;

fn app(url: &str, upstream: &str) -> App {
    let place = (url.parse().unwrap(), upstream.parse().unwrap());
    App::new(WorkspaceId::from_u64(1), "hmi".parse().unwrap(), place.0, place.1, Timestamp::from_millis(0))
}

fn location(value: &str, app: &App) -> String {
    let origin = Origin {
        ip: "127.0.0.1".parse().unwrap(),
        peer: "127.0.0.1".parse().unwrap(),
        scheme: Scheme::Http,
        authority: Authority::parse("edge:8080").unwrap().into(),
        is_trusted: false,
    };
    String::from_utf8(mend_location(value.as_bytes(), app, &app.upstream, &origin).into_owned()).unwrap()
}

#[test]
fn redirects_lead_back_through_the_gate() {
    let app = app("http://edge:8080/hmi", "http://127.0.0.1:1880/base");
    for (from, to) in [
        ("/login", "/hmi/login"),
        ("/hmi/login", "/hmi/login"),
        ("/base/x?y=/z", "/hmi/x?y=/z"),
        ("/base", "/hmi/"),
        ("http://127.0.0.1:1880/base/x", "http://edge:8080/hmi/x"),
        ("http://edge:8080/x", "http://edge:8080/hmi/x"),
        ("http://edge:8080", "http://edge:8080/hmi/"),
        ("http://127.0.0.1:18800/x", "http://127.0.0.1:18800/x"),
        ("http://other/x", "http://other/x"),
        ("//other/x", "//other/x"),
        ("relative", "relative"),
    ] {
        assert_eq!(location(from, &app), to, "{from}");
    }
}

#[test]
fn without_a_prefix_only_the_upstreams_own_address_is_mended() {
    let app = app("http://hmi.localhost:8080", "http://127.0.0.1:1880");
    for (from, to) in [
        ("/login", "/login"),
        ("http://127.0.0.1:1880/x", "http://hmi.localhost:8080/x"),
        ("https://hmi.localhost:8080/x", "http://hmi.localhost:8080/x"),
    ] {
        assert_eq!(location(from, &app), to, "{from}");
    }
}

#[test]
fn cookie_paths_follow_the_prefix() {
    let app = app("http://edge:8080/hmi", "http://127.0.0.1:1880");
    for (from, to) in [
        ("a=b; Path=/; HttpOnly", "a=b; Path=/hmi/; HttpOnly"),
        ("a=b;path=/x", "a=b; Path=/hmi/x"),
        ("a=b; Path=/hmi/x", "a=b; Path=/hmi/x"),
        ("path=/x; Secure", "path=/x; Secure"),
        ("a=b", "a=b"),
    ] {
        assert_eq!(mend_cookie(from.as_bytes(), &app), to.as_bytes(), "{from}");
    }
}

#[test]
fn gateway_cookies_are_known_in_set_cookie() {
    assert!(names_ours(b"millgate-x=1; Path=/") && names_ours(b" __Host-Millgate-x=1"));
    assert!(!names_ours(b"session=millgate-x"));
}

#[test]
fn no_spelling_of_set_cookie_plants_one_of_ours() {
    for line in ["millgate-x=1", " Millgate-x =1", "=millgate-x=1", " = __Host-millgate-x=1; Path=/"] {
        assert!(names_ours(line.as_bytes()), "{line}");
    }
    for line in ["a=millgate-x=1", "a=b; millgate-x=1", "=", ""] {
        assert!(!names_ours(line.as_bytes()), "{line}");
    }
}
