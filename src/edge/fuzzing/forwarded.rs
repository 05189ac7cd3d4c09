//! What proxies in front tell: believed of those that are trusted, and passed on as one statement.

use std::net::{IpAddr, SocketAddr};

use crate::domain::Authority;
use crate::edge::forward_auth;
use crate::edge::origin::{HostMemory, Origin};
use crate::edge::wire::{Kind, RequestHead};

use super::plain::Plain;
use super::{app, listener, requests};

pub fn forwarded(data: &[u8]) {
    let fed = requests::read(data, data.len());
    let Ok(Some(mut head)) = fed.answer else { return };
    // The one who may ask comes last: the head is another one then.
    for peer in [IpAddr::from([192, 0, 2, 1]), IpAddr::from([10, 0, 0, 1])] {
        let listener = listener(true);
        let Ok(origin) = Origin::of(&head, SocketAddr::new(peer, 40000), &listener, &mut HostMemory::default()) else {
            continue;
        };
        assert_eq!(origin.is_trusted, is_trusted(peer));
        assert_eq!(origin.peer, peer);
        assert_eq!(origin.ip, told_by(&head, peer));
        if !origin.is_trusted {
            assert_eq!(origin.visitor_host(&head), head.host());
        }
        let out = requests::passed_on(&head, &app("http://hmi.plant", "http://127.0.0.1:1880"), &origin);
        requests::reread(&out);
        tells_of(&Plain::read(&out), &origin, &head);
        let mut odd = app("http://hmi.plant", "http://127.0.0.1:1880");
        odd.app.user_header = "X-Forwarded-Login".parse().expect("a header name");
        requests::passed_on(&head, &odd, &origin);
        let (before, trusted) = (head.method() == "HEAD", origin.is_trusted);
        if let Ok(Some(_)) = forward_auth::asked(&mut head, &origin, &listener) {
            assert!(trusted, "a stranger may not ask");
            asks_about(&head, before);
        }
    }
}

fn is_trusted(ip: IpAddr) -> bool {
    matches!(ip.to_canonical(), IpAddr::V4(ip) if ip.octets().first() == Some(&10))
}

/// From the right, past every proxy of ours; what cannot be read is nobody.
fn told_by(head: &RequestHead, peer: IpAddr) -> IpAddr {
    if !is_trusted(peer) {
        return peer;
    }
    let told = head.all(Kind::XForwardedFor).collect::<Vec<_>>().join(&b","[..]);
    if head.all(Kind::XForwardedFor).next().is_none() {
        return peer;
    }
    for entry in told.split(|b| *b == b',').rev() {
        let Some(ip) = std::str::from_utf8(entry).ok().and_then(address) else { return peer };
        if !is_trusted(ip) {
            return ip.to_canonical();
        }
    }
    peer
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    Authority::parse(text).and_then(|authority| authority.ip()).or_else(|| text.parse().ok())
}

fn tells_of(plain: &Plain<'_>, origin: &Origin, head: &RequestHead) {
    let chain = String::from_utf8_lossy(plain.one("x-forwarded-for"));
    assert_eq!(chain.rsplit(", ").next(), Some(&*origin.peer.to_string()));
    assert_eq!(plain.one("x-forwarded-proto"), origin.scheme.as_str().as_bytes());
    assert_eq!(plain.one("x-forwarded-host"), origin.visitor_host(head).as_bytes());
    assert_eq!(plain.one("host"), head.host().as_bytes());
}

/// The request in question can be judged like any other.
fn asks_about(head: &RequestHead, by_head: bool) {
    let target = head.target();
    assert!(target.whole().starts_with('/') && target.whole().bytes().all(|b| b.is_ascii_graphic()));
    assert!(target.readings().all(|reading| !reading.split('/').any(|segment| matches!(segment, "." | ".."))));
    assert!(!head.method().is_empty());
    assert_eq!(head.method() == "HEAD", by_head, "the answer's form follows the question's");
}
