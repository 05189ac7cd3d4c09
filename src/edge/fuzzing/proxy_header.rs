//! The PROXY protocol: exactly the header is taken, and what an honest proxy says is what is understood.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::edge::proxy_protocol;

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

pub fn proxy_header(data: &[u8]) {
    if let Some((source, rest)) = read(data) {
        let used = data.get(..data.len() - rest.len()).unwrap_or_default();
        if used.starts_with(b"PROXY ") {
            first_version(used, source);
        } else {
            second_version(used);
        }
    }
    honestly(data);
}

fn read(mut data: &[u8]) -> Option<(Option<SocketAddr>, &[u8])> {
    let read = pin!(proxy_protocol::read(&mut data)).poll(&mut Context::from_waker(Waker::noop()));
    match read {
        Poll::Ready(Ok(source)) => Some((source, data)),
        Poll::Ready(Err(_)) => None,
        Poll::Pending => panic!("nothing is waited for"),
    }
}

/// One line, and as strictly written as it is read: no sign, no leading zero, one blank.
fn first_version(line: &[u8], source: Option<SocketAddr>) {
    let text = std::str::from_utf8(line).expect("ASCII");
    assert!(line.len() <= 107 && text.ends_with("\r\n") && text.matches("\r\n").count() == 1, "{text:?}");
    let Some(source) = source else { return assert!(text.starts_with("PROXY UNKNOWN"), "{text:?}") };
    let port = text.split(' ').nth(4).expect("a port");
    assert_eq!(port, source.port().to_string());
}

fn second_version(header: &[u8]) {
    assert!(header.starts_with(SIGNATURE));
    let [_, _, high, low] = header.get(12..16).expect("a fixed part") else { panic!("four bytes") };
    assert_eq!(header.len(), 16 + usize::from(u16::from_be_bytes([*high, *low])));
}

/// Any address, told in either version with anything behind it.
fn honestly(data: &[u8]) {
    let Some((fixed, rest)) = data.split_first_chunk::<19>() else { return };
    let [six, high, low, ip @ ..] = *fixed;
    let port = u16::from_be_bytes([high, low]);
    let [a, b, c, d, ..] = ip;
    let ip = if six % 2 == 1 { IpAddr::from(ip) } else { IpAddr::from([a, b, c, d]) };
    let source = SocketAddr::new(ip, port);
    for header in [line(source), binary(source)] {
        assert_eq!(
            read(&[&*header, rest].concat()).map(|(told, left)| (told, left.to_vec())),
            Some((Some(source), rest.to_vec()))
        );
        assert!(read(header.get(..header.len() - 1).unwrap_or_default()).is_none(), "a part is not the whole");
    }
}

fn line(source: SocketAddr) -> Vec<u8> {
    let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
    format!("PROXY {family} {0} {0} {1} {1}\r\n", source.ip(), source.port()).into_bytes()
}

fn binary(source: SocketAddr) -> Vec<u8> {
    let port = source.port().to_be_bytes();
    let (family, ip) = match source.ip() {
        IpAddr::V4(ip) => (0x11, ip.octets().to_vec()),
        IpAddr::V6(ip) => (0x21, ip.octets().to_vec()),
    };
    let addresses = [&*ip, &*ip, &port, &port].concat();
    let length = u16::try_from(addresses.len()).expect("short").to_be_bytes();
    [SIGNATURE, &[0x21, family], &length, &addresses].concat()
}
