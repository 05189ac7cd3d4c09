//! The request as the upstream sees it: remove, then set, in one place.

use std::io::Write as _;
use std::net::IpAddr;

use crate::directory::AppEntry;
use crate::domain::{App, HostHeader, Upstream, cookie};

use super::origin::Origin;
use super::wire::{BodyFraming, Kind, RequestHead, kind_of_request_field, same_folded};

const PREFIX: &[u8] = b"x-forwarded-prefix";

/// Writes the upstream's request head into `out`. `identity` are the gateway's own lines, set after everything that
/// the visitor sent has been scrubbed.
pub(super) fn write(
    out: &mut Vec<u8>,
    head: &RequestHead,
    (entry, behind): (&AppEntry, &Upstream),
    origin: &Origin,
    identity: &[u8],
) {
    let app = &entry.app;
    let is_prefix = |name| cuts_prefix(app) && same_folded(name, PREFIX);
    write_request_line(out, head, app, behind);
    match app.host_header {
        HostHeader::Visitor => line(out, b"Host", head.host().as_bytes()),
        HostHeader::Upstream => line(out, b"Host", behind.authority().as_bytes()),
    }
    for field in &head.fields {
        let name = head.slice(&field.name);
        let value = head.slice(&field.value);
        let passes = match field.kind {
            Kind::Plain => true,
            Kind::Forwarding => origin.is_trusted && !is_prefix(name),
            Kind::Accept | Kind::AcceptLanguage | Kind::UserAgent | Kind::Origin => true,
            Kind::SecFetchMode | Kind::SecFetchDest | Kind::Expect => true,
            Kind::Cookie => {
                write_cookies(out, value);
                false
            }
            _ => false,
        };
        if passes && !is_user_header(name, app) {
            line(out, name, value);
        }
    }
    write_framing(out, head);
    write_forwarded(out, head, app, origin);
    out.extend_from_slice(identity);
    out.extend_from_slice(b"\r\n");
}

/// The name under which this app is told who is there; whatever else it may mean, nobody else writes it.
fn is_user_header(name: &[u8], app: &App) -> bool {
    same_folded(name, app.user_header.as_str().as_bytes())
}

/// The path as the upstream knows it.
fn write_request_line(out: &mut Vec<u8>, head: &RequestHead, app: &App, behind: &Upstream) {
    let target = head.target().whole();
    let kept = if app.strip_prefix { target.get(app.url.prefix.len()..).unwrap_or_default() } else { target };
    out.extend_from_slice(head.method().as_bytes());
    out.push(b' ');
    out.extend_from_slice(behind.prefix().as_bytes());
    if !kept.starts_with('/') {
        out.push(b'/');
    }
    out.extend_from_slice(kept.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

/// All cookies but the gateway's.
pub(super) fn write_cookies(out: &mut Vec<u8>, value: &[u8]) {
    let mut first = true;
    let is_ours = |name: &[u8], value: &[u8]| cookie::is_ours(if name.is_empty() { bare(value) } else { name });
    for (name, value) in cookie::pairs(value).filter(|(name, value)| !is_ours(name, value)) {
        out.extend_from_slice(if first { b"Cookie: " } else { b"; " });
        first = false;
        // Without a name it stays so: `=a=b` is not `a=b`.
        if !name.is_empty() || value.contains(&b'=') {
            out.extend_from_slice(name);
            out.push(b'=');
        }
        out.extend_from_slice(value);
    }
    if !first {
        out.extend_from_slice(b"\r\n");
    }
}

/// A cookie without a name may hold ours in its value, as browsers write it: `=millgate-…=…`.
fn bare(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|b| !matches!(b, b'=' | b' ' | b'\t')).unwrap_or(value.len());
    value.get(start..).unwrap_or_default()
}

fn write_framing(out: &mut Vec<u8>, head: &RequestHead) {
    if head.upgrades {
        line(out, b"Connection", b"Upgrade");
        line(out, b"Upgrade", head.text(Kind::Upgrade).as_bytes());
    }
    match head.framing() {
        BodyFraming::Length(length) => number_line(out, b"Content-Length", length),
        BodyFraming::Chunked | BodyFraming::UntilClose => line(out, b"Transfer-Encoding", b"chunked"),
        // Some servers want a length with methods that usually have a body (RFC 9110 section 8.6).
        BodyFraming::Empty if matches!(head.method(), "POST" | "PUT" | "PATCH") => {
            number_line(out, b"Content-Length", 0)
        }
        BodyFraming::Empty => {}
    }
}

fn write_forwarded(out: &mut Vec<u8>, head: &RequestHead, app: &App, origin: &Origin) {
    out.extend_from_slice(b"X-Forwarded-For: ");
    if origin.is_trusted {
        for value in head.all(Kind::XForwardedFor) {
            out.extend_from_slice(value);
            out.extend_from_slice(b", ");
        }
    }
    // Each proxy adds whom it got the request from; the visitor's own claims were dropped.
    write_ip(out, origin.peer);
    out.extend_from_slice(b"\r\n");
    line(out, b"X-Forwarded-Proto", origin.scheme.as_str().as_bytes());
    let host = origin.visitor_host(head);
    line(out, b"X-Forwarded-Host", host.as_bytes());
    if cuts_prefix(app) {
        write_prefix(out, head, app, origin);
    }
    if app.forwarded_header {
        let client = match origin.ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("\"[{ip}]\""),
        };
        let value = format!("for={client};host=\"{host}\";proto={}", origin.scheme.as_str());
        line(out, b"Forwarded", value.as_bytes());
    }
}

fn cuts_prefix(app: &App) -> bool {
    app.strip_prefix && !app.url.prefix.is_empty()
}

/// What was cut off on the way here, and what is cut off here: together they are where the visitor sees the app.
fn write_prefix(out: &mut Vec<u8>, head: &RequestHead, app: &App, origin: &Origin) {
    let before = head.fields.iter().find(|field| origin.is_trusted && same_folded(head.slice(&field.name), PREFIX));
    let before =
        before.map(|field| head.slice(&field.value)).filter(|value| value.starts_with(b"/") && !value.contains(&b','));
    out.extend_from_slice(b"X-Forwarded-Prefix: ");
    let before = before.unwrap_or_default();
    out.extend_from_slice(before.strip_suffix(b"/").unwrap_or(before));
    out.extend_from_slice(app.url.prefix.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// `Display` of an IPv4 address would be a thirtieth of what a whole request costs outside of the kernel.
fn write_ip(out: &mut Vec<u8>, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            for (dot, octet) in [("", a), (".", b), (".", c), (".", d)] {
                out.extend_from_slice(dot.as_bytes());
                out.extend_from_slice(itoa::Buffer::new().format(octet).as_bytes());
            }
        }
        // Writing into a `Vec` cannot fail.
        IpAddr::V6(ip) => _ = write!(out, "{ip}"),
    }
}

pub(super) fn line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

pub(super) fn number_line(out: &mut Vec<u8>, name: &[u8], number: u64) {
    line(out, name, itoa::Buffer::new().format(number).as_bytes());
}

/// Trailers are fields too: the same scrubbing, and nothing that frames, routes or authenticates
/// (RFC 9110 section 6.5.1).
pub(super) fn scrub_trailers(lines: &[u8], app: &App) -> Option<Vec<u8>> {
    keep_trailers(lines, |name| kind_of_request_field(name) == Kind::Plain && !is_user_header(name, app))
}

/// Keeps the field lines whose name passes; `None` when one is no field line.
pub(super) fn keep_trailers(lines: &[u8], passes: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    for text in lines.split(|b| *b == b'\n').filter_map(|text| text.strip_suffix(b"\r")) {
        let colon = text.iter().position(|b| *b == b':')?;
        let (name, value) = text.split_at(colon);
        let is_token =
            !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b));
        let is_value = value.iter().all(|b| *b == b'\t' || (0x20..0x7f).contains(b) || *b >= 0x80);
        if !is_token || !is_value {
            return None;
        }
        if passes(name) && !is_forbidden_trailer(name) {
            kept.extend_from_slice(text);
            kept.extend_from_slice(b"\r\n");
        }
    }
    Some(kept)
}

fn is_forbidden_trailer(name: &[u8]) -> bool {
    const FORBIDDEN: [&[u8]; 10] = [
        b"authorization",
        b"content-encoding",
        b"content-type",
        b"content-range",
        b"set-cookie",
        b"www-authenticate",
        b"cache-control",
        b"age",
        b"expires",
        b"vary",
    ];
    FORBIDDEN.iter().any(|forbidden| same_folded(forbidden, name))
}

#[cfg(test)]
mod tests;
