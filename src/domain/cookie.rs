//! The session cookie: its name, and a byte-exact reader (RFC 6265 section 4.2.1 as servers must read it).
//!
//! No trimming beyond space and tab, no decoding, no Unicode: another name cannot pose as ours.

use super::{AppId, SessionToken};

/// 400 days, the longest that browsers keep a cookie (RFC 6265bis section 5.5); renewed by use.
const MAX_AGE_SECONDS: u32 = 400 * 24 * 60 * 60;

/// Begins every cookie name of the gateway, after an optional `__Host-` or `__Secure-`.
const STEM: &[u8] = b"millgate-";

/// What the request's cookies say for one app.
#[derive(Debug)]
pub enum Presented {
    Nothing,
    One(SessionToken),
    /// Two different values, or one that no gateway made: nobody, and worth clearing.
    Unusable,
}

pub fn name(app: AppId, secure: bool) -> String {
    format!("{}millgate-{app}", if secure { "__Host-" } else { "" })
}

/// A `Set-Cookie` value that keeps `token` for 400 days.
pub fn keep(app: AppId, secure: bool, token: &SessionToken) -> String {
    let mark = if secure { "; Secure" } else { "" };
    format!("{}={}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{mark}", name(app, secure), token.reveal())
}

/// A `Set-Cookie` value that makes the browser forget the session.
pub fn clear(app: AppId, secure: bool) -> String {
    let mark = if secure { "; Secure" } else { "" };
    format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{mark}", name(app, secure))
}

/// The pairs of one `Cookie` header value, as name and value bytes.
pub fn pairs(value: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    value.split(|b| *b == b';').map(|pair| {
        let pair = trim(pair);
        match pair.iter().position(|b| *b == b'=') {
            // Written again without its `=`, it begins where its value begins.
            Some(0) => (&b""[..], trim(pair.get(1..).unwrap_or_default())),
            Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
            None => (&b""[..], pair),
        }
    })
}

/// Whether a cookie name belongs to the gateway, in any case, for any app.
pub fn is_ours(name: &[u8]) -> bool {
    let bare = strip(name, b"__Host-").or_else(|| strip(name, b"__Secure-")).unwrap_or(name);
    strip(bare, STEM).is_some()
}

/// Whose session a cookie of that name holds, if it is spelled as the gateway spells it.
pub fn owner(name: &[u8]) -> Option<(AppId, bool)> {
    let text = std::str::from_utf8(name).ok()?;
    let (bare, secure) = text.strip_prefix("__Host-").map_or((text, false), |bare| (bare, true));
    let app = bare.strip_prefix("millgate-")?.parse().ok()?;
    (self::name(app, secure) == text).then_some((app, secure))
}

/// Finds the one token under `name` in all the `Cookie` headers of a request.
pub fn find<'a>(headers: impl Iterator<Item = &'a [u8]>, name: &[u8]) -> Presented {
    let mut found: Option<&[u8]> = None;
    for header in headers {
        for (_, value) in pairs(header).filter(|(n, _)| *n == name) {
            match found {
                Some(earlier) if earlier != value => return Presented::Unusable,
                _ => found = Some(value),
            }
        }
    }
    match found.map(SessionToken::parse) {
        None => Presented::Nothing,
        Some(Some(token)) => Presented::One(token),
        Some(None) => Presented::Unusable,
    }
}

fn strip<'a>(name: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = name.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn trim(mut pair: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = pair {
        pair = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = pair {
        pair = rest;
    }
    pair
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &[u8] = b"millgate-0000000000001";

    fn token(fill: u8) -> String {
        SessionToken::from_bytes([fill; 32]).reveal()
    }

    fn read(headers: &[String]) -> Presented {
        find(headers.iter().map(|h| h.as_bytes()), NAME)
    }

    #[test]
    fn one_value_is_found_among_others_and_even_twice() {
        let ours = format!("a=b; millgate-0000000000001={}; c", token(1));
        assert!(matches!(read(std::slice::from_ref(&ours)), Presented::One(_)));
        assert!(matches!(read(&[ours.clone(), ours]), Presented::One(_)));
        assert!(matches!(read(&["a=b".into()]), Presented::Nothing));
    }

    #[test]
    fn two_different_values_mean_nobody() {
        let two = format!("millgate-0000000000001={}; millgate-0000000000001={}", token(1), token(2));
        assert!(matches!(read(&[two]), Presented::Unusable));
    }

    #[test]
    fn no_other_spelling_poses_as_ours() {
        for spelled in [
            "\u{a0}millgate-0000000000001",
            "MILLGATE-0000000000001",
            "millgate-0000000000001 ",
            "\u{2003}millgate-0000000000001",
        ] {
            let header = format!("{spelled}={}", token(1));
            assert!(matches!(read(&[header]), Presented::Nothing), "{spelled:?}");
        }
        assert!(matches!(read(&["millgate-0000000000001=\"x\"".into()]), Presented::Unusable));
    }

    #[test]
    fn a_sessions_cookie_names_its_app() {
        let app = AppId::from_u64(1);
        for secure in [false, true] {
            assert_eq!(owner(name(app, secure).as_bytes()), Some((app, secure)));
        }
        for other in
            ["millgate-probe-0000000000001", "millgate-000000000000I", "Millgate-0000000000001", "x", "__Host-x"]
        {
            assert_eq!(owner(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn our_names_are_known_in_any_case_and_prefix() {
        assert!(is_ours(b"millgate-x") && is_ours(b"__Host-Millgate-x") && is_ours(b"__secure-millgate-x"));
        assert!(!is_ours(b"millgate") && !is_ours(b"xmillgate-x") && !is_ours(b"session"));
    }
}
