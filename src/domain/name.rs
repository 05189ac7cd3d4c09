//! Short names that operators choose.

use std::fmt;
use std::str::FromStr;

/// A name in URLs and config files: 1 to 40 of `a-z`, `0-9` and `-`, beginning and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(Box<str>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSlug;

impl fmt::Display for InvalidSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("use 1 to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends")
    }
}

impl std::error::Error for InvalidSlug {}

impl Slug {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !text.starts_with('-')
            && !text.ends_with('-');
        if fits { Ok(Self(text.into())) } else { Err(InvalidSlug) }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_codec!(Slug);

/// A header name that an operator may have identity written under: an RFC 9110 token that steers nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeaderToken(Box<str>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidHeaderToken;

impl fmt::Display for InvalidHeaderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("use a header name such as X-User: up to 64 letters, digits, `-`, `_`, `.` or `$`, not one that HTTP itself uses")
    }
}

impl std::error::Error for InvalidHeaderToken {}

/// Names that frame, route or secure a message; identity must not overwrite them.
const TAKEN: &[&str] = &[
    "accept",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "origin",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-user-info",
    "x-user-jwt",
];

impl HeaderToken {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The plain copy of `$USER`, for servers that drop names with `$`.
impl Default for HeaderToken {
    fn default() -> Self {
        Self("X-User".into())
    }
}

impl FromStr for HeaderToken {
    type Err = InvalidHeaderToken;

    fn from_str(text: &str) -> Result<Self, InvalidHeaderToken> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'$'))
            && !TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(text))
            && !text.to_ascii_lowercase().starts_with("sec-");
        if fits { Ok(Self(text.into())) } else { Err(InvalidHeaderToken) }
    }
}

impl fmt::Display for HeaderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_codec!(HeaderToken);
