//! Finding the end of a head without trusting anything in it.

use memchr::{memchr, memchr_iter};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    More,
    /// The head's length, with the empty line.
    Complete(usize),
    /// A line end that is not CR LF: two readers may see two messages (RFC 9112 section 2.2).
    BareLineEnd,
}

/// Looks for the empty line in `bytes`, of which the first `seen` were looked at before.
pub(super) fn strict(bytes: &[u8], seen: usize) -> Scan {
    let from = seen.min(bytes.len());
    for at in memchr_iter(b'\n', bytes.get(from..).unwrap_or_default()) {
        let end = from + at;
        let before = bytes.get(..end).unwrap_or_default();
        if before.last() != Some(&b'\r') {
            return Scan::BareLineEnd;
        }
        if before.ends_with(b"\r\n\r") || before == b"\r" {
            let head = bytes.get(..=end).unwrap_or_default();
            return if has_bare_cr(head) { Scan::BareLineEnd } else { Scan::Complete(end + 1) };
        }
    }
    Scan::More
}

/// As `strict`, but lines may end in LF alone, as small devices write them; a CR elsewhere is still refused.
pub(super) fn lenient(bytes: &[u8]) -> Scan {
    for end in memchr_iter(b'\n', bytes) {
        let before = bytes.get(..end).unwrap_or_default();
        let line = before.strip_suffix(b"\r").unwrap_or(before);
        if line.is_empty() || line.ends_with(b"\n") {
            let head = bytes.get(..=end).unwrap_or_default();
            return if has_bare_cr(head) { Scan::BareLineEnd } else { Scan::Complete(end + 1) };
        }
    }
    Scan::More
}

fn has_bare_cr(head: &[u8]) -> bool {
    let mut rest = head;
    while let Some(at) = memchr(b'\r', rest) {
        if rest.get(at + 1) != Some(&b'\n') {
            return true;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_at_its_empty_line() {
        assert_eq!(strict(b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest", 0), Scan::Complete(24));
        assert_eq!(strict(b"GET / HTTP/1.1\r\nA: b\r\n", 0), Scan::More);
        assert_eq!(strict(b"GET / HTTP/1.1\r\nA: b\r\n\r", 20), Scan::More);
    }

    #[test]
    fn bare_line_ends_are_refused_at_once() {
        for head in [&b"GET / HTTP/1.1\n"[..], b"A: b\r\nC: d\n\n", b"A: b\rC: d\r\n\r\n", b"A: b\r\r\n\r\n"] {
            assert_eq!(strict(head, 0), Scan::BareLineEnd, "{head:?}");
        }
    }

    #[test]
    fn an_upstream_may_end_lines_with_lf_alone() {
        assert_eq!(lenient(b"HTTP/1.1 200 OK\nA: b\n\nx"), Scan::Complete(22));
        assert_eq!(lenient(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nx"), Scan::Complete(25));
        assert_eq!(lenient(b"HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n"), Scan::BareLineEnd);
    }
}
