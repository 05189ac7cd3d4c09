//! Certificates from an authority that speaks ACME (RFC 8555), such as Let's Encrypt or the plant's own.
//!
//! Nothing waits for it: until a host's certificate is there, the gateway's own authority vouches for it. [`Client`] asks
//! for one host at a time; [`Challenges`] is where listeners look when the server comes to see that the host is ours.

mod challenges;
mod client;
mod obtained;
mod order;
mod trouble;

use std::collections::BTreeSet;
use std::fmt;

use instant_acme::LetsEncrypt;
use zeroize::Zeroizing;

use crate::domain::{AppUrl, Scheme};

use super::limits::Limits;
use super::{Config, Source};

pub use challenges::Challenges;
pub use client::{Client, Outcome};
/// How the server is reached; the roof knows.
pub use instant_acme::{BodyWrapper, BytesResponse, Error as TransportError, HttpClient};

pub(super) use challenges::PROTOCOL;
pub(super) use obtained::Obtained;

/// Authorities that the whole world believes sign names of the whole world only (CA/Browser Forum, section 4.2.2).
const PUBLIC: [&str; 5] = ["letsencrypt.org", "zerossl.com", "pki.goog", "buypass.com", "ssl.com"];
pub const LETS_ENCRYPT: &str = LetsEncrypt::Production.url();

/// Whom to ask, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The address of the server's directory.
    pub directory: String,
    /// Whom the server may tell of trouble.
    pub contact: Option<String>,
    /// PEM of the authorities that may sign the server's own certificate, beside the system's.
    pub ca: Option<String>,
    pub external: Option<ExternalAccount>,
    /// `None`: the one way, then the other.
    pub challenge: Option<ChallengeKind>,
}

/// An account of another kind that the one here is bound to (RFC 8555 section 7.3.4).
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalAccount {
    pub id: String,
    pub key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for ExternalAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalAccount({})", self.id)
    }
}

/// How a host is proven to be ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeKind {
    /// A handshake on port 443 (RFC 8737): where visitors come anyway.
    TlsAlpn,
    /// A file on port 80 (RFC 8555 section 8.3).
    Http,
}

impl ChallengeKind {
    pub const ALL: [Self; 2] = [Self::TlsAlpn, Self::Http];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TlsAlpn => "tls-alpn-01",
            Self::Http => "http-01",
        }
    }
}

impl Settings {
    /// Whether the server could vouch for this host at all.
    fn can_vouch_for(&self, host: &str) -> bool {
        let server = url::Url::parse(&self.directory).ok();
        let server = server.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        let is_public = PUBLIC.iter().any(|public| server.strip_suffix(public).is_some_and(|rest| rest.ends_with('.')));
        let is_local = || !host.contains('.') || Limits::new([]).cover(host);
        let is_loopback = host == "localhost" || host.ends_with(".localhost");
        !is_loopback && !(is_public && is_local())
    }
}

/// Hosts in `urls` that listeners with `tls = "acme"` are visited by, and that have no certificate in files.
pub(super) fn hosts<'a>(
    config: &Config,
    settings: &Settings,
    urls: impl Iterator<Item = &'a AppUrl>,
) -> BTreeSet<Box<str>> {
    let source_on =
        |port: u16| config.listeners.iter().filter(move |(at, _)| at.port() == port).map(|(_, source)| source);
    // A port of no listener here may be forwarded to any.
    let comes_by =
        |port: u16| source_on(port).any(|source| *source == Source::Acme) || source_on(port).next().is_none();
    let has_files = |url: &AppUrl| config.apps.iter().any(|(other, _)| other.host == url.host);
    let ours = urls.filter(|url| url.scheme == Scheme::Https && comes_by(url.port) && !has_files(url));
    let named = ours.filter(|url| url.host.parse::<std::net::IpAddr>().is_err());
    named.filter(|url| settings.can_vouch_for(&url.host)).map(|url| url.host.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(directory: &str) -> Settings {
        Settings { directory: directory.to_owned(), contact: None, ca: None, external: None, challenge: None }
    }

    #[test]
    fn who_is_asked_for_what() {
        let config = Config {
            min_version: crate::tls::Version::default(),
            listeners: vec![
                ("0.0.0.0:8443".parse().unwrap(), Source::Acme),
                ("0.0.0.0:9443".parse().unwrap(), Source::Internal),
            ],
            apps: Vec::new(),
            authority_names: Vec::new(),
            acme: None,
        };
        let urls: Vec<AppUrl> = [
            "https://hmi.plant.example",
            "https://plc.plant.example:8443",
            "https://own.plant.example:9443",
            "http://plain.plant.example",
            "https://10.0.0.5",
            "https://localhost:8443",
            "https://box.lan",
            "https://edge-01",
        ]
        .map(|text| text.parse().unwrap())
        .to_vec();
        let asked = |directory: &str| {
            hosts(&config, &settings(directory), urls.iter()).into_iter().map(String::from).collect::<Vec<_>>()
        };
        assert_eq!(asked(LETS_ENCRYPT), ["hmi.plant.example", "plc.plant.example"]);
        let own = asked("https://ca.plant.example/acme/directory");
        assert_eq!(own, ["box.lan", "edge-01", "hmi.plant.example", "plc.plant.example"]);
    }
}
