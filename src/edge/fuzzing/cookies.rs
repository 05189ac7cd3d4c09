//! Cookies: ours reaches no upstream, no other poses as ours, and the rest goes through in its order.

use crate::domain::cookie::{self, Presented};
use crate::domain::{AppId, SessionToken};
use crate::edge::{request_out, response_out};

const APP: AppId = AppId::from_u64(1);

pub fn cookies(data: &[u8]) {
    // As in a head that was accepted.
    if data.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return;
    }
    found(data);
    passed_on(data);
    planted(data);
    if let Some((app, secure)) = cookie::owner(data) {
        assert_eq!(cookie::name(app, secure).as_bytes(), data, "one name, one spelling");
        assert!(cookie::is_ours(data));
    }
}

/// A session is only what stands there letter by letter, and only once.
fn found(header: &[u8]) {
    for secure in [false, true] {
        let name = cookie::name(APP, secure);
        let named = format!("{name}=");
        let spelled: Vec<&[u8]> = header
            .split(|b| *b == b';')
            .map(|pair| {
                let start = pair.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(pair.len());
                let end = pair.iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(start, |last| last + 1);
                pair.get(start..end).unwrap_or_default()
            })
            .filter_map(|pair| pair.strip_prefix(named.as_bytes()))
            .collect();
        match cookie::find(std::iter::once(header), name.as_bytes()) {
            Presented::One(token) => {
                let text = token.reveal();
                assert!(!spelled.is_empty() && spelled.iter().all(|value| *value == text.as_bytes()));
                assert_eq!(SessionToken::parse(text.as_bytes()).map(|again| again.reveal()), Some(text));
            }
            Presented::Nothing => assert!(spelled.is_empty()),
            Presented::Unusable => assert!(!spelled.is_empty()),
        }
    }
}

fn passed_on(header: &[u8]) {
    let mut out = Vec::new();
    request_out::write_cookies(&mut out, header);
    let Some(line) = out.strip_prefix(b"Cookie: ") else { return assert!(out.is_empty()) };
    let kept = line.strip_suffix(b"\r\n").expect("a whole line");
    assert!(!kept.windows(2).any(|two| two == b"\r\n"), "one line");
    for pair in kept.split(|b| *b == b';') {
        // Servers read a pair without a name in more than one way.
        let start = pair.iter().position(|b| !matches!(b, b' ' | b'\t' | b'=')).unwrap_or(pair.len());
        let rest = pair.get(start..).unwrap_or_default().to_ascii_lowercase();
        let ours = [&b"millgate-"[..], b"__host-millgate-", b"__secure-millgate-"];
        assert!(!ours.iter().any(|ours| rest.starts_with(ours)), "{} gets through", pair.escape_ascii());
    }
    let (before, after): (Vec<_>, Vec<_>) = (cookie::pairs(header).collect(), cookie::pairs(kept).collect());
    let mut rest = before.iter();
    assert!(after.iter().all(|pair| rest.any(|other| other == pair)), "others, in their order: {after:?}");
    let mut twice = Vec::new();
    request_out::write_cookies(&mut twice, kept);
    assert_eq!(twice, out, "scrubbed is scrubbed");
}

/// What an upstream sets must not come back as ours.
fn planted(set_cookie: &[u8]) {
    if response_out::names_ours(set_cookie) {
        return;
    }
    let Some(sent) = as_browsers_send(set_cookie) else { return };
    for secure in [false, true] {
        let name = cookie::name(APP, secure);
        let read = cookie::find(std::iter::once(&*sent), name.as_bytes());
        assert!(matches!(read, Presented::Nothing), "{} comes back as ours", set_cookie.escape_ascii());
    }
}

/// A `Set-Cookie` value as it comes back in `Cookie` (RFC 6265bis sections 5.6 and 5.8.3). `None`: not kept.
pub(super) fn as_browsers_send(set_cookie: &[u8]) -> Option<Vec<u8>> {
    if set_cookie.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return None;
    }
    let pair = set_cookie.split(|b| *b == b';').next()?;
    let (name, value) = match pair.iter().position(|b| *b == b'=') {
        Some(at) => (pair.get(..at)?, pair.get(at + 1..)?),
        None => (&b""[..], pair),
    };
    let (name, value) = (name.trim_ascii(), value.trim_ascii());
    match (name, value) {
        ([], []) => None,
        ([], value) => Some(value.to_vec()),
        (name, value) => Some([name, b"=", value].concat()),
    }
}
