//! How requests are shared among an app's upstreams, and how one tells which of them are well.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Which of several upstreams gets the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum Balance {
    /// The one that has the fewest to do.
    #[n(0)]
    #[default]
    LeastConnections,
    /// The one that the visitor had before, for as long as it is well.
    #[n(1)]
    Sticky,
}

impl Balance {
    pub const ALL: [Self; 2] = [Self::LeastConnections, Self::Sticky];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeastConnections => "least-connections",
            Self::Sticky => "sticky",
        }
    }
}

/// A path, perhaps with a query, that an upstream answers with success when it is well.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HealthPath(Box<str>);

impl HealthPath {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidHealthPath;

impl fmt::Display for InvalidHealthPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write a path that begins with a slash, like /healthz")
    }
}

impl std::error::Error for InvalidHealthPath {}

impl FromStr for HealthPath {
    type Err = InvalidHealthPath;

    fn from_str(text: &str) -> Result<Self, InvalidHealthPath> {
        let fits =
            text.starts_with('/') && text.len() <= 300 && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
        if fits { Ok(Self(text.into())) } else { Err(InvalidHealthPath) }
    }
}

impl fmt::Display for HealthPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_codec!(HealthPath);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_to_ask_is_one_line() {
        assert_eq!("/healthz?full=1".parse::<HealthPath>().unwrap().as_str(), "/healthz?full=1");
        for text in ["", "healthz", "http://x/", "/a b", "/a\r\nX: y", "/a#b", "/ü"] {
            assert!(text.parse::<HealthPath>().is_err(), "{text:?}");
        }
    }
}
