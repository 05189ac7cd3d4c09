use std::net::{IpAddr, SocketAddr};

use crate::edge::fuzzing::{app, listener};
use crate::edge::origin::HostMemory;
use crate::edge::wire::Buffer;

use super::*;

/// Of each kind of field one, and of names that matter here a look-alike.
const LINES: &str = "Host: hmi.plant:8080\r\nAccept: text/html\r\nAccept-Language: de\r\nUser-Agent: ua\r\n\
    Origin: http://hmi.plant\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nAuthorization: Basic eA==\r\n\
    Cookie: a=b; millgate-x=secret\r\nX-Own: 1\r\nX-User: eve\r\n$User: eve\r\nX_Who: eve\r\nTE: trailers\r\n\
    Trailer: X-Sum\r\nX_Forwarded_For: 9.9.9.9\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n\
    X-Forwarded-Host: hmi.example\r\nX-Forwarded-Ssl: on\r\nX-Original-URI: /admin\r\nForwarded: for=9.9.9.9\r\n";

fn head(start: &str, more: &str) -> RequestHead {
    let text = format!("{start} HTTP/1.1\r\n{LINES}{more}\r\n");
    let (mut buffer, mut head, mut input) = (Buffer::new(), RequestHead::default(), text.as_bytes());
    while !input.is_empty() {
        let _ = buffer.poll_fill(&mut std::task::Context::from_waker(std::task::Waker::noop()), &mut input);
    }
    assert_eq!(head.take(&mut buffer, 64 * 1024), Ok(true));
    head
}

fn written(head: &RequestHead, entry: &AppEntry, peer: &str) -> String {
    let peer: IpAddr = peer.parse().unwrap();
    let origin = Origin::of(head, SocketAddr::new(peer, 40000), &listener(false), &mut HostMemory::default()).unwrap();
    let mut out = Vec::new();
    write(&mut out, head, (entry, &entry.app.upstream), &origin, b"X-User: ada\r\n");
    String::from_utf8(out).unwrap().replace("\r\n", "\n")
}

fn start(target: &str, entry: &AppEntry) -> String {
    written(&head(&format!("GET {target}"), ""), entry, "192.0.2.1").lines().next().unwrap().to_owned()
}

#[test]
fn a_strangers_request_arrives_without_claims() {
    let entry = app("http://hmi.plant:8080", "http://127.0.0.1:1880");
    assert_eq!(
        written(&head("GET /a?b=c", "Connection: X-Own\r\n"), &entry, "192.0.2.1"),
        "GET /a?b=c HTTP/1.1\nHost: hmi.plant:8080\nAccept: text/html\nAccept-Language: de\nUser-Agent: ua\n\
         Origin: http://hmi.plant\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nAuthorization: Basic eA==\n\
         Cookie: a=b\nX_Who: eve\nX-Forwarded-For: 192.0.2.1\nX-Forwarded-Proto: http\n\
         X-Forwarded-Host: hmi.plant:8080\nX-User: ada\n\n"
    );
}

#[test]
fn a_trusted_proxys_word_goes_on_and_the_apps_own_names_are_scrubbed_too() {
    let entry = app("http://edge/hmi", "http://127.0.0.1:1880/base");
    assert_eq!(
        written(&head("POST /hmi/a", "Expect: 100-continue\r\nContent-Length: 005\r\n"), &entry, "10.0.0.1"),
        "POST /base/a HTTP/1.1\nHost: 127.0.0.1:1880\nAccept: text/html\nAccept-Language: de\nUser-Agent: ua\n\
         Origin: http://hmi.plant\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nAuthorization: Basic eA==\n\
         Cookie: a=b\nX-Own: 1\nX-Forwarded-Ssl: on\nX-Original-URI: /admin\nForwarded: for=9.9.9.9\n\
         Expect: 100-continue\nContent-Length: 5\nX-Forwarded-For: 203.0.113.7, 10.0.0.1\nX-Forwarded-Proto: https\n\
         X-Forwarded-Host: hmi.example\nX-Forwarded-Prefix: /hmi\n\
         Forwarded: for=203.0.113.7;host=\"hmi.example\";proto=https\nX-User: ada\n\n"
    );
}

#[test]
fn prefixes_that_were_cut_off_one_after_the_other_are_one() {
    let mut entry = app("http://edge/hmi", "http://127.0.0.1:1880");
    let told = |entry: &AppEntry, sent: &str, peer: &str| {
        let out = written(&head("GET /hmi/a", &format!("X-Forwarded-Prefix: {sent}\r\n")), entry, peer);
        let lines = out.lines().filter_map(|line| line.strip_prefix("X-Forwarded-Prefix: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for (sent, told_of) in [("/plant", "/plant/hmi"), ("/plant/", "/plant/hmi"), ("plant", "/hmi"), ("/a,/b", "/hmi")] {
        assert_eq!(told(&entry, sent, "10.0.0.1"), [told_of], "{sent}");
    }
    assert_eq!(told(&entry, "/plant", "192.0.2.1"), ["/hmi"], "a stranger's word");
    entry.app.strip_prefix = false;
    assert_eq!(told(&entry, "/plant", "10.0.0.1"), ["/plant"]);
}

#[test]
fn whatever_name_an_app_has_for_its_user_only_the_gate_writes_it() {
    for name in ["X-Forwarded-Ssl", "Accept-Language", "x.own"] {
        let mut entry = app("http://hmi.plant", "http://127.0.0.1:1880");
        entry.app.user_header = name.parse().unwrap();
        let out = written(&head("GET /", ""), &entry, "10.0.0.1").to_ascii_lowercase();
        assert!(!out.contains(&format!("\n{}:", name.to_ascii_lowercase().replace('.', "-"))), "{name}: {out}");
    }
}

#[test]
fn the_path_is_put_below_the_upstreams() {
    let mut entry = app("http://edge/hmi", "http://127.0.0.1:1880/base");
    for (asked, sent) in [("/hmi", "/base/"), ("/hmi?a", "/base/?a"), ("/hmi/a?b", "/base/a?b")] {
        assert_eq!(start(asked, &entry), format!("GET {sent} HTTP/1.1"));
    }
    entry.app.strip_prefix = false;
    assert_eq!(start("/hmi/a", &entry), "GET /base/hmi/a HTTP/1.1");
    assert!(!written(&head("GET /hmi/a", ""), &entry, "192.0.2.1").contains("X-Forwarded-Prefix"));
}

#[test]
fn the_end_of_the_body_is_told_once() {
    let entry = app("http://hmi.plant", "http://127.0.0.1:1880");
    let told = |method: &str, more: &str| {
        let out = written(&head(&format!("{method} /"), more), &entry, "192.0.2.1");
        let names = ["content-length", "transfer-encoding", "connection", "upgrade"];
        let lines = out
            .lines()
            .filter(|line| line.split_once(':').is_some_and(|(name, _)| names.contains(&&*name.to_ascii_lowercase())));
        lines.collect::<Vec<_>>().join("|")
    };
    assert_eq!(told("GET", ""), "");
    for method in ["POST", "PUT", "PATCH"] {
        assert_eq!(told(method, ""), "Content-Length: 0");
    }
    assert_eq!(told("DELETE", "Content-Length: 7\r\n"), "Content-Length: 7");
    assert_eq!(told("POST", "Transfer-Encoding: chunked\r\n"), "Transfer-Encoding: chunked");
    let upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n";
    assert_eq!(told("GET", upgrade), "Connection: Upgrade|Upgrade: websocket");
}

#[test]
fn an_address_of_version_6_is_quoted_in_forwarded() {
    let entry = app("http://edge/hmi", "http://127.0.0.1:1880");
    let out = written(&head("GET /hmi", ""), &entry, "2001:db8::1");
    assert!(out.contains("\nX-Forwarded-For: 2001:db8::1\n"), "{out}");
    assert!(out.contains("\nForwarded: for=\"[2001:db8::1]\";host=\"hmi.plant:8080\";proto=http\n"), "{out}");
}

#[test]
fn identity_in_trailers_is_dropped() {
    let entry = app("http://edge/hmi", "http://127.0.0.1:1880");
    let scrubbed = |lines: &[u8]| scrub_trailers(lines, &entry.app);
    let lines = b"X-Sum: 1\r\nX_USER: eve\r\n$User: eve\r\nX-Who: eve\r\nx.who: eve\r\nContent-Length: 5\r\n";
    assert_eq!(scrubbed(lines).unwrap(), b"X-Sum: 1\r\n");
    for broken in ["bad line\r\n", "X-Bad: a\u{1}\r\n", "X-Bad: a\u{7f}\r\n", ": a\r\n", "X Y: a\r\n", "X(Y): a\r\n"] {
        assert_eq!(scrubbed(broken.as_bytes()), None, "{broken:?}");
    }
    let odd = b"!#$%&'*+-.^_`|~aZ09: \t~\x80\xff\r\n";
    assert_eq!(scrubbed(odd).unwrap(), odd);
}

#[test]
fn what_is_decided_before_the_body_cannot_come_behind_it() {
    let entry = app("http://hmi.plant", "http://127.0.0.1:1880");
    for name in [
        "Authorization",
        "Content-Encoding",
        "content_type",
        "Content-Range",
        "Set-Cookie",
        "WWW-Authenticate",
        "Cache-Control",
        "Age",
        "Expires",
        "Vary",
        "Host",
        "Cookie",
        "Transfer-Encoding",
        "X-Forwarded-For",
    ] {
        assert_eq!(scrub_trailers(format!("{name}: a\r\n").as_bytes(), &entry.app).unwrap(), b"", "{name}");
    }
}

#[test]
fn our_cookies_are_taken_out_and_the_others_kept_in_order() {
    let mut out = Vec::new();
    write_cookies(&mut out, b"a=b; millgate-x=secret; c=d=e;flag; __Host-Millgate-y=secret");
    assert_eq!(out, b"Cookie: a=b; c=d=e; flag\r\n");
    out.clear();
    for ours in
        [&b"millgate-x=secret"[..], b"=millgate-x=secret", b"==millgate-x=secret", b"= \t=__Host-millgate-x=secret"]
    {
        write_cookies(&mut out, ours);
        assert!(out.is_empty());
    }
    write_cookies(&mut out, b"=a=b; =c; d");
    assert_eq!(out, b"Cookie: =a=b; c; d\r\n", "what has no name gets none");
}

#[test]
fn addresses_are_written_as_everybody_writes_them() {
    for text in ["0.0.0.0", "10.20.3.255", "2001:db8::1", "::ffff:10.0.0.1"] {
        let mut out = Vec::new();
        write_ip(&mut out, text.parse().unwrap());
        assert_eq!(out, text.as_bytes());
    }
}
