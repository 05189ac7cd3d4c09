//! The request's path: what is judged is what is sent. A path that a server behind could read as another one is refused.

use std::borrow::Cow;

use crate::policy::RESERVED;

/// Decoding more often than this is nobody's honest need.
const MAX_DECODINGS: usize = 3;

/// Path and query in origin form.
#[derive(Debug, Clone, Copy)]
pub(in crate::edge) struct Target<'a> {
    whole: &'a str,
    path_end: usize,
}

impl<'a> Target<'a> {
    pub(in crate::edge) fn new(whole: &'a str) -> Self {
        Self { whole, path_end: whole.find('?').unwrap_or(whole.len()) }
    }

    /// With its query.
    pub(in crate::edge) fn whole(&self) -> &'a str {
        self.whole
    }

    pub(in crate::edge) fn path(&self) -> &'a str {
        self.whole.get(..self.path_end).unwrap_or_default()
    }

    /// Refuses characters that no URL holds, broken escapes and dot segments in every disguise.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !self.whole.starts_with('/') {
            return Err("the target is not a path");
        }
        if !self.whole.bytes().all(|b| (0x21..=0x7e).contains(&b) && b != b'#') {
            return Err("the target holds characters that belong into an escape");
        }
        if self.path().contains('\\') {
            return Err("the path holds a backslash");
        }
        if is_simple(self.path()) {
            return Ok(());
        }
        if has_broken_escape(self.path()) {
            return Err("the path holds a broken escape");
        }
        self.readings().try_for_each(|reading| check_reading(&reading))
    }

    /// Every path that a server behind might take this one for: decoded once or more, `\` as `/`, without parameters
    /// (`;`) and doubled slashes, in lower case. The first is the path as sent.
    pub(in crate::edge) fn readings(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let mut next = Some(Cow::Borrowed(self.path()));
        let mut round = 0;
        std::iter::from_fn(move || {
            let current = next.take()?;
            if round < MAX_DECODINGS && !is_simple(&current) {
                let further = decode(&current);
                next = (further != current).then_some(Cow::Owned(further));
            }
            round += 1;
            Some(current)
        })
    }
}

/// Whether the path, in any reading, is one that the gateway answers itself.
pub(in crate::edge) fn is_reserved(path: &str) -> bool {
    crate::policy::is_below(path, RESERVED)
}

/// No escapes, no parameters, no empty segments, no dots at a segment's start: there is only one reading.
fn is_simple(path: &str) -> bool {
    !path.bytes().any(|b| matches!(b, b'%' | b';' | b'\\') || b.is_ascii_uppercase())
        && !path.contains("//")
        && !path.contains("/.")
}

fn check_reading(path: &str) -> Result<(), &'static str> {
    if path.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return Err("the path hides a control character");
    }
    if path.split('/').any(|segment| segment == "." || segment == "..") {
        return Err("the path holds dot segments");
    }
    Ok(())
}

fn has_broken_escape(path: &str) -> bool {
    path.split('%')
        .skip(1)
        .any(|rest| !rest.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)))
}

/// One round of what servers do to paths.
fn decode(path: &str) -> String {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    let text = String::from_utf8_lossy(&bytes).replace('\\', "/").to_ascii_lowercase();
    let mut clean = String::with_capacity(text.len());
    for segment in text.split('/').filter(|segment| !segment.is_empty()) {
        clean.push('/');
        clean.push_str(segment.split(';').next().unwrap_or_default());
    }
    if clean.is_empty() || text.ends_with('/') {
        clean.push('/');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_pass() {
        for target in [
            "/",
            "/a/b.c?d=../e",
            "/.well-known/x",
            "/a%20b",
            "/a%2Fb",
            "/a;v=1/b",
            "//a",
            "/A/B",
            "/100%25",
            "/%E4%BD%A0",
        ] {
            assert_eq!(Target::new(target).check(), Ok(()), "{target}");
        }
    }

    #[test]
    fn dot_segments_and_controls_are_refused_in_every_disguise() {
        for target in [
            "/..",
            "/a/../b",
            "/./a",
            "/%2e%2e/a",
            "/.%2E/a",
            "/%252e%252e/a",
            "/a%2f..%2fb",
            "/a\\..\\b",
            "/a/..;/b",
            "/..;x=1/b",
            "/a%5c..%5cb",
            "/a%00",
            "/a%0d%0ab",
            "/a%",
            "/a%2",
            "/a%zz",
            "/\u{e4}",
            "/a b",
            "/%c0%ae%c0%ae/%00",
        ] {
            assert!(Target::new(target).check().is_err(), "{target}");
        }
    }

    #[test]
    fn readings_show_what_a_server_behind_may_see() {
        for target in [
            "/%2emillgate/me",
            "//.millgate/me",
            "/.millgate;x/me",
            "/%252emillgate/me",
            "/.MILLGATE/me",
            "/.millgate%2fme",
        ] {
            assert!(Target::new(target).readings().any(|reading| is_reserved(&reading)), "{target}");
        }
    }
}
