//! The upstream's answer as the visitor sees it.

use std::borrow::Cow;

use crate::directory::AppEntry;
use crate::domain::{AccessMode, App, Upstream, cookie};
use crate::policy::is_below;

use super::origin::Origin;
use super::pump::Coding;
use super::request_out::{keep_trailers, line, number_line};
use super::respond::HSTS;
use super::wire::{BodyFraming, Kind, RequestHead, ResponseHead, kind_of_response_field};

const EVENTS: &[u8] = b"text/event-stream";

/// How the answer's end is told to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delivery {
    pub(super) coding: Coding,
    /// The connection must close behind it.
    pub(super) closes: bool,
}

impl Delivery {
    /// `framed`: to a stream of HTTP/2.
    pub(super) fn of(request: &RequestHead, response: &ResponseHead, framed: bool) -> Self {
        match response.framing() {
            _ if framed => Self { coding: Coding::Frames, closes: false },
            BodyFraming::Empty | BodyFraming::Length(_) => Self { coding: Coding::Identity, closes: false },
            BodyFraming::Chunked | BodyFraming::UntilClose if request.http_10 => {
                Self { coding: Coding::Identity, closes: true }
            }
            BodyFraming::Chunked | BodyFraming::UntilClose => Self { coding: Coding::Chunked, closes: false },
        }
    }
}

/// What of the exchange shapes the answer's head.
pub(super) struct Context<'a> {
    pub(super) entry: &'a AppEntry,
    /// The one of its upstreams that answers.
    pub(super) behind: &'a Upstream,
    pub(super) origin: &'a Origin,
    pub(super) request: &'a RequestHead,
    pub(super) set_cookie: Option<&'a str>,
    pub(super) hsts: Option<&'a str>,
    pub(super) closes: bool,
}

/// Writes the visitor's response head into `out`.
pub(super) fn write(out: &mut Vec<u8>, response: &ResponseHead, context: &Context<'_>, delivery: Delivery) {
    write_status_line(out, response);
    let app = &context.entry.app;
    // A device's cookie in a cache would make one device of many.
    let is_for_all = app.access == AccessMode::Public && context.set_cookie.is_none();
    for field in &response.fields {
        let name = response.slice(&field.name);
        let value = response.slice(&field.value);
        match field.kind {
            Kind::Plain | Kind::Vary => line(out, name, value),
            Kind::SetCookie if names_ours(value) => {}
            Kind::SetCookie => line(out, name, &mend_cookie(value, app)),
            Kind::Location => line(out, name, &mend_location(value, app, context.behind, context.origin)),
            Kind::CacheControl if is_for_all => line(out, name, value),
            _ => {}
        }
    }
    if !is_for_all {
        write_caching(out, response);
    }
    write_framing(out, response, context.request, delivery);
    if let Some(hsts) = context.hsts.filter(|_| !names_hsts(response)) {
        line(out, HSTS, hsts.as_bytes());
    }
    if let Some(cookie) = context.set_cookie {
        line(out, b"Set-Cookie", cookie.as_bytes());
    }
    if context.closes {
        line(out, b"Connection", b"close");
    }
    out.extend_from_slice(b"\r\n");
}

/// An interim answer (RFC 9110 section 15.2), such as 103 Early Hints, or the 101 of an upgrade.
pub(super) fn write_interim(out: &mut Vec<u8>, response: &ResponseHead) {
    write_status_line(out, response);
    for field in response.fields.iter() {
        let value = response.slice(&field.value);
        if matches!(field.kind, Kind::Plain) || field.kind == Kind::SetCookie && !names_ours(value) {
            line(out, response.slice(&field.name), value);
        }
    }
    if response.status == 101 {
        line(out, b"Connection", b"Upgrade");
        line(out, b"Upgrade", response.all(Kind::Upgrade).next().unwrap_or_default());
    }
    out.extend_from_slice(b"\r\n");
}

pub(super) fn scrub_trailers(lines: &[u8]) -> Option<Vec<u8>> {
    keep_trailers(lines, |name| kind_of_response_field(name) == Kind::Plain)
}

fn write_status_line(out: &mut Vec<u8>, response: &ResponseHead) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(response.status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(response.reason());
    out.extend_from_slice(b"\r\n");
}

fn write_framing(out: &mut Vec<u8>, response: &ResponseHead, request: &RequestHead, delivery: Delivery) {
    let is_framed = delivery.coding == Coding::Frames;
    match response.framing() {
        BodyFraming::Length(length) => number_line(out, b"Content-Length", length),
        BodyFraming::Chunked | BodyFraming::UntilClose if delivery.coding == Coding::Chunked => {
            line(out, b"Transfer-Encoding", b"chunked");
        }
        // The length of what a GET would have got (RFC 9110 section 8.6).
        BodyFraming::Empty if request.method() == "HEAD" || response.status == 304 => {
            if let Some(length) = response.all(Kind::ContentLength).next() {
                line(out, b"Content-Length", length);
            }
        }
        // Frames say where an answer ends. A length that the upstream did not tell would be one more field of a call that
        // failed, to callers of gRPC.
        BodyFraming::Empty if is_framed && response.all(Kind::ContentLength).next().is_none() => {}
        BodyFraming::Empty if response.status != 204 => number_line(out, b"Content-Length", 0),
        _ => {}
    }
}

/// What a gate lets through for one visitor must not be kept for all (RFC 9111 section 5.2.2.7).
fn write_caching(out: &mut Vec<u8>, response: &ResponseHead) {
    write_cache_control(out, response);
    let varies = response.all(Kind::Vary).flat_map(|value| value.split(|b| *b == b',')).any(|name| {
        let name = name.trim_ascii();
        name == b"*" || name.eq_ignore_ascii_case(b"cookie")
    });
    if !varies {
        line(out, b"Vary", b"Cookie");
    }
}

fn write_cache_control(out: &mut Vec<u8>, response: &ResponseHead) {
    if response.all(Kind::CacheControl).next().is_none() {
        return line(out, b"Cache-Control", b"private");
    }
    let mut directives = Vec::new();
    let mut is_private = false;
    for directive in response.all(Kind::CacheControl).flat_map(|value| value.split(|b| *b == b',')) {
        let directive = directive.trim_ascii();
        let name = directive.split(|b| *b == b'=').next().unwrap_or_default().to_ascii_lowercase();
        is_private |= matches!(name.as_slice(), b"private" | b"no-store");
        if !directive.is_empty() && !matches!(name.as_slice(), b"public" | b"s-maxage" | b"proxy-revalidate") {
            directives.push(directive);
        }
    }
    if !is_private {
        directives.insert(0, b"private");
    }
    line(out, b"Cache-Control", &directives.join(&b", "[..]));
}

/// Events never end by themselves, and who listens to them comes back.
pub(super) fn is_event_stream(response: &ResponseHead) -> bool {
    let is_named = |name: &[u8]| name.eq_ignore_ascii_case(b"content-type");
    let mut kinds = response.fields.iter().filter(|field| is_named(response.slice(&field.name)));
    let kind = kinds.next().map(|field| response.slice(&field.value)).unwrap_or_default();
    kind.get(..EVENTS.len()).is_some_and(|start| start.eq_ignore_ascii_case(EVENTS))
}

/// The app knows better than the gateway what holds for its host.
fn names_hsts(response: &ResponseHead) -> bool {
    response.fields.iter().any(|field| response.slice(&field.name).eq_ignore_ascii_case(HSTS))
}

/// Browsers send a cookie without a name, `=millgate-…=…`, back as if it had ours.
pub(super) fn names_ours(set_cookie: &[u8]) -> bool {
    let start = set_cookie.iter().position(|b| !b.is_ascii_whitespace() && *b != b'=').unwrap_or_default();
    let rest = set_cookie.get(start..).unwrap_or_default();
    let name = rest.split(|b| matches!(b, b'=' | b';')).next().unwrap_or_default();
    cookie::is_ours(name.trim_ascii())
}

/// A cookie's path is below the app's prefix when the prefix was stripped.
fn mend_cookie<'a>(value: &'a [u8], app: &App) -> Cow<'a, [u8]> {
    let prefix = &app.url.prefix;
    if !app.strip_prefix || prefix.is_empty() {
        return Cow::Borrowed(value);
    }
    let mut mended = Vec::with_capacity(value.len() + prefix.len());
    for (at, part) in value.split(|b| *b == b';').enumerate() {
        if at > 0 {
            mended.push(b';');
        }
        let trimmed = part.trim_ascii();
        let path = trimmed.get(..5).filter(|name| at > 0 && name.eq_ignore_ascii_case(b"path="));
        match path.and_then(|_| std::str::from_utf8(trimmed.get(5..)?).ok()) {
            Some(path) if path.starts_with('/') && !is_below(path, prefix) => {
                mended.extend_from_slice(b" Path=");
                mended.extend_from_slice(prefix.as_bytes());
                mended.extend_from_slice(if path == "/" { b"/" } else { path.as_bytes() });
            }
            _ => mended.extend_from_slice(part),
        }
    }
    Cow::Owned(mended)
}

/// A redirect to the upstream's own address, or to a path outside the stripped prefix, leads back through the gate.
fn mend_location<'a>(value: &'a [u8], app: &App, upstream: &Upstream, origin: &Origin) -> Cow<'a, [u8]> {
    let Ok(text) = std::str::from_utf8(value) else { return Cow::Borrowed(value) };
    let authority = app.url.origin().split_once("://").map_or(String::new(), |(_, authority)| authority.to_owned());
    let Some((is_absolute, path)) = path_on_this_app(text, upstream, &authority) else { return Cow::Borrowed(value) };
    let base = if is_absolute { format!("{}://{authority}", origin.scheme.as_str()) } else { String::new() };
    let behind = upstream.prefix();
    let path = if !behind.is_empty() && is_below(path_only(path), behind) {
        path.get(behind.len()..).unwrap_or_default()
    } else {
        path
    };
    let prefix = match &*app.url.prefix {
        prefix if app.strip_prefix && !is_below(path_only(path), prefix) => prefix,
        _ => "",
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    Cow::Owned(format!("{base}{prefix}{slash}{path}").into_bytes())
}

/// The path of a redirect to the app itself, by its public or its upstream's address, and whether it was absolute.
fn path_on_this_app<'a>(text: &'a str, upstream: &Upstream, authority: &str) -> Option<(bool, &'a str)> {
    if text.starts_with('/') && !text.starts_with("//") {
        return Some((false, text));
    }
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let path = rest.strip_prefix(authority).or_else(|| rest.strip_prefix(upstream.authority().as_str()))?;
    (path.is_empty() || path.starts_with(['/', '?', '#'])).then_some((true, path))
}

fn path_only(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
