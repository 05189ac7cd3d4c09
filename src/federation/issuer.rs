//! A provider's name, which is also its address.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Google names itself so, and in some ID tokens without the scheme.
const GOOGLE: &str = "https://accounts.google.com";
const GOOGLE_BARE: &str = "accounts.google.com";
/// Where the document of OpenID Connect Discovery 1.0 lies (section 4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// An issuer identifier (OpenID Connect Core section 2): https, or http on this machine; no query, no fragment. Kept as it
/// is written, for issuers are compared character by character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: Box<str>,
    discovery: Url,
}

/// Why it cannot be one, as a sentence that names the fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidIssuer(&'static str);

impl fmt::Display for InvalidIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidIssuer {}

impl Issuer {
    pub fn google() -> Option<Self> {
        GOOGLE.parse().ok()
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether an `iss` claim or parameter names this issuer.
    pub(super) fn is_named(&self, iss: &str) -> bool {
        iss == self.as_str() || (self.as_str() == GOOGLE && iss == GOOGLE_BARE)
    }

    pub(super) fn discovery(&self) -> &Url {
        &self.discovery
    }

    /// Whether the provider may have us call there: over TLS, or in plain text on this machine when the provider itself
    /// is there. A stranger's document must not send us to what listens on loopback.
    pub(super) fn may_use(&self, endpoint: &Url) -> bool {
        let honest = endpoint.username().is_empty() && endpoint.password().is_none() && endpoint.fragment().is_none();
        let local = self.discovery.scheme() == "http";
        honest && (is_https(endpoint) || (local && is_local_http(endpoint)))
    }
}

impl FromStr for Issuer {
    type Err = InvalidIssuer;

    fn from_str(text: &str) -> Result<Self, InvalidIssuer> {
        const FORM: InvalidIssuer =
            InvalidIssuer("write it as the provider names it, like https://accounts.google.com");
        let url = Url::parse(text).map_err(|_| FORM)?;
        if !is_https(&url) && !is_local_http(&url) {
            return Err(InvalidIssuer("it must begin with https:// (http:// is for this machine only)"));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidIssuer("leave out user name, password, and everything from `?` or `#` on"));
        }
        if text.bytes().any(|byte| !byte.is_ascii_graphic()) || text.len() > 500 {
            return Err(FORM);
        }
        let discovery = format!("{}{DISCOVERY}", text.strip_suffix('/').unwrap_or(text));
        Ok(Self { text: text.into(), discovery: Url::parse(&discovery).map_err(|_| FORM)? })
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_https(url: &Url) -> bool {
    url.scheme() == "https" && url.host().is_some()
}

/// A name is believed here and held to it when it is resolved.
fn is_local_http(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && is_local
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_on_this_machine_and_kept_as_written() {
        for text in ["https://id.example", "https://id.example/", "https://id.example/realms/a", "http://127.0.0.1:1"] {
            assert_eq!(text.parse::<Issuer>().unwrap().as_str(), text);
        }
        for text in
            ["id.example", "http://id.example", "https://u@h", "https://h?a", "https://h#a", "ftp://h", "https://h ä"]
        {
            assert!(text.parse::<Issuer>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_document_lies_below_the_issuer() {
        for text in ["https://id.example/a", "https://id.example/a/"] {
            let issuer: Issuer = text.parse().unwrap();
            assert_eq!(issuer.discovery().as_str(), "https://id.example/a/.well-known/openid-configuration");
        }
    }

    #[test]
    fn only_google_may_leave_out_the_scheme() {
        assert!(Issuer::google().unwrap().is_named("accounts.google.com"));
        let other: Issuer = "https://id.example".parse().unwrap();
        assert!(other.is_named("https://id.example"));
        assert!(!other.is_named("id.example") && !other.is_named("https://id.example/"));
    }

    #[test]
    fn a_remote_provider_cannot_send_us_to_this_machine() {
        let may =
            |issuer: &str, endpoint: &str| issuer.parse::<Issuer>().unwrap().may_use(&Url::parse(endpoint).unwrap());
        assert!(may("https://id.example", "https://other.example/token?x=1"));
        assert!(may("http://localhost:1", "http://127.0.0.1:2/token"));
        assert!(!may("https://id.example", "http://127.0.0.1:2/token"));
        assert!(!may("https://id.example", "http://id.example/token"));
        assert!(!may("http://localhost:1", "http://id.example/token"));
        assert!(!may("https://id.example", "https://u:p@id.example/token"));
        assert!(!may("https://id.example", "file:///etc/passwd"));
    }
}
