//! Where a visitor goes after a form: always a path on the app that they came from.

use std::fmt;
use std::str::FromStr;

/// Longer targets are not kept: a browser's own limit for a whole URL is about this.
const MAX_LENGTH: usize = 4096;

/// A path with optional query and fragment that every browser resolves on the same origin (CWE-601).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(Box<str>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidReturnTo;

impl fmt::Display for InvalidReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a path on this app")
    }
}

impl std::error::Error for InvalidReturnTo {}

impl ReturnTo {
    /// The app's own start page.
    pub fn home(prefix: &str) -> Self {
        Self(format!("{prefix}/").into_boxed_str())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it lies below an app's path prefix (empty, or like `/hmi`).
    pub fn is_below(&self, prefix: &str) -> bool {
        match self.0.strip_prefix(prefix) {
            Some(rest) => rest.is_empty() || rest.starts_with(['/', '?', '#']),
            None => false,
        }
    }
}

impl FromStr for ReturnTo {
    type Err = InvalidReturnTo;

    fn from_str(text: &str) -> Result<Self, InvalidReturnTo> {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let fits = text.len() <= MAX_LENGTH
            && text.starts_with('/')
            // Browsers read `\` as `/`, and `//host` as another host; they drop tabs and line breaks.
            && text.bytes().all(|b| (0x21..=0x7e).contains(&b) && b != b'\\')
            && !text.starts_with("//")
            // `/.//host` and `/%2e//host` become `//host` once dot segments are removed.
            && !has_dot_segment(path)
            && !path.contains("//");
        if fits { Ok(Self(text.into())) } else { Err(InvalidReturnTo) }
    }
}

fn has_dot_segment(path: &str) -> bool {
    path.split('/').any(|segment| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    })
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_a_path_on_this_app_is_taken() {
        for text in ["/", "/a", "/a/b?c=d&e=//f", "/a#/line/4", "/?x=http://y", "/a%2fb", "/.hidden"] {
            assert!(text.parse::<ReturnTo>().is_ok(), "{text}");
        }
        for text in [
            "",
            "a",
            "//x",
            "/\\x",
            "\\/x",
            "https:x",
            "https://x",
            "javascript:alert(1)",
            "/\tx",
            "/\n/x",
            " /x",
            "/x y",
            "/.//x",
            "/..//x",
            "/%2e//x",
            "/a/../x",
            "/a//b",
            "/ü",
            "/\0",
            "/\u{7f}",
        ] {
            assert!(text.parse::<ReturnTo>().is_err(), "{text:?}");
        }
        assert!(format!("/{}", "a".repeat(10_000)).parse::<ReturnTo>().is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_taken_resolves_on_the_same_origin(text in "[/\\\\.%2eEfF:a@?#\\t ]{0,12}") {
            if let Ok(target) = text.parse::<ReturnTo>() {
                let base = url::Url::parse("http://app.test:8080/page").unwrap();
                let resolved = base.join(target.as_str()).unwrap();
                prop_assert_eq!(resolved.origin(), base.origin());
            }
        }
    }
}
