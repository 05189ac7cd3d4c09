//! Where apps are found: their public address, and the upstream behind it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Why an address cannot be used, as a sentence that names the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidUrl(&'static str);

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidUrl {}

/// The host of a request or URL, canonical: lower case, no trailing dot, IDN in Punycode, IPv6 without brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Authority {
    pub host: Box<str>,
    pub port: Option<u16>,
}

impl Authority {
    /// Reads a `Host` header (RFC 9110 section 7.2). `None` for what no client may send: user info, a bad port, stray bytes.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 300 {
            return None;
        }
        let (host, port) = split_port(text)?;
        let port = match port {
            Some(digits) => Some(parse_port(digits)?),
            None => None,
        };
        Some(Self { host: canonical_host(host)?, port })
    }

    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// Splits `host:port`; an IPv6 literal stands in brackets.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if text.starts_with('[') {
        let end = text.find(']')? + 1;
        let (host, rest) = text.split_at_checked(end)?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None if rest.is_empty() => Some((host, None)),
            None => None,
        };
    }
    match text.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((text, None)),
    }
}

fn parse_port(digits: &str) -> Option<u16> {
    let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok().filter(|port| *port != 0) } else { None }
}

fn canonical_host(host: &str) -> Option<Box<str>> {
    if let Some(inner) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        let v6: std::net::Ipv6Addr = inner.parse().ok()?;
        // As browsers write it: all of it in hexadecimal, also what stands for an address of version 4.
        let shown = url::Host::<&str>::Ipv6(v6).to_string();
        return Some(shown.trim_matches(['[', ']']).into());
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    if is_canonical(host) {
        return Some(host.into());
    }
    let lower = host.to_ascii_lowercase();
    is_canonical(&lower).then(|| lower.into())
}

/// Browsers send Punycode (RFC 5891); bytes beyond ASCII are nobody's honest host.
fn is_canonical(host: &str) -> bool {
    (1..=253).contains(&host.len())
        && host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_'))
        && !host.contains("..")
        && !host.starts_with('.')
        && !host.ends_with('.')
}

/// An app's public address: scheme, host, port and an optional path prefix without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppUrl {
    pub scheme: Scheme,
    pub host: Box<str>,
    pub port: u16,
    /// Empty, or `/hmi`.
    pub prefix: Box<str>,
}

impl AppUrl {
    /// Scheme, host and port as a browser writes them in `Origin`.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.authority())
    }

    /// Host and port as a browser writes them in `Host`.
    pub fn authority(&self) -> String {
        authority(self.scheme, &self.host, self.port)
    }
}

impl FromStr for AppUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        const FORM: InvalidUrl = InvalidUrl("write it like http://hmi.localhost:8080 or https://edge-01/hmi");
        let url = Url::parse(text).map_err(|_| FORM)?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(InvalidUrl("it must begin with http:// or https://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUrl("leave out the user name and password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidUrl("leave out everything from `?` or `#` on"));
        }
        let host = canonical_host(url.host_str().ok_or(FORM)?).ok_or(FORM)?;
        let port = url.port().unwrap_or(scheme.default_port());
        if port == 0 {
            return Err(InvalidUrl("no program listens on port 0; leave it out or write another"));
        }
        let prefix = url.path().trim_end_matches('/');
        if prefix.contains(['%', ';', '\\']) || prefix.contains("//") || prefix.contains("/.") {
            return Err(InvalidUrl("use plain letters, digits and hyphens in the path"));
        }
        Ok(Self { scheme, host, port, prefix: prefix.into() })
    }
}

impl fmt::Display for AppUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.prefix)
    }
}

super::text_codec!(AppUrl);

fn authority(scheme: Scheme, host: &str, port: u16) -> String {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    if port == scheme.default_port() { host } else { format!("{host}:{port}") }
}

/// Where an app really runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Upstream {
    Tcp { scheme: Scheme, host: Box<str>, port: u16, prefix: Box<str> },
    Unix { path: PathBuf },
}

impl Upstream {
    /// What an upstream on its own would be called in `Host`.
    pub fn authority(&self) -> String {
        match self {
            Self::Tcp { scheme, host, port, .. } => authority(*scheme, host, *port),
            Self::Unix { .. } => "localhost".to_owned(),
        }
    }

    /// The path that is put before every forwarded path; empty, or like `/base`.
    pub fn prefix(&self) -> &str {
        match self {
            Self::Tcp { prefix, .. } => prefix,
            Self::Unix { .. } => "",
        }
    }
}

impl FromStr for Upstream {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            // One slash: shown with two, it would be read as a URL without a host.
            return match path.strip_prefix('/') {
                Some(rest) => Ok(Self::Unix { path: format!("/{}", rest.trim_start_matches('/')).into() }),
                None => Err(InvalidUrl("write a socket with its whole path, like unix:/run/app.sock")),
            };
        }
        let url: AppUrl = text.parse().map_err(|error: InvalidUrl| match error.0.contains("hmi") {
            true => InvalidUrl("write it like http://127.0.0.1:1880, https://host or unix:/run/app.sock"),
            false => error,
        })?;
        let AppUrl { scheme, host, port, prefix } = url;
        Ok(Self::Tcp { scheme, host, port, prefix })
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { scheme, prefix, .. } => {
                write!(f, "{}://{}{prefix}", scheme.as_str(), self.authority())
            }
            Self::Unix { path } => write!(f, "unix:{}", path.display()),
        }
    }
}

super::text_codec!(Upstream);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spelling_of_a_host_is_one_host() {
        for text in ["HMI.localhost", "hmi.localhost.", "hmi.LOCALHOST:8080"] {
            assert_eq!(&*Authority::parse(text).unwrap().host, "hmi.localhost", "{text}");
        }
        assert_eq!(&*Authority::parse("[::0001]:80").unwrap().host, "::1");
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            ":80",
            "a:",
            "a:0",
            "a:65536",
            "a:8080x",
            "a b",
            "a/b",
            "a@b",
            "a,b",
            "[::1",
            "[::1]x",
            "[x]",
            "a..b",
            "a..",
            ".",
            ".a",
            "a:80:90",
            "a\tb",
            "a?b",
            "a#b",
            "a%b",
            "a:+80",
            "müller.example",
        ] {
            assert_eq!(Authority::parse(text), None, "{text:?}");
        }
        assert_eq!(Authority::parse(&"a".repeat(254)), None);
    }

    #[test]
    fn app_urls_are_parsed_and_shown() {
        for (text, shown) in [
            ("http://hmi.localhost:8080", "http://hmi.localhost:8080"),
            ("https://Edge-01/hmi/", "https://edge-01/hmi"),
            ("http://10.0.0.5:9001/", "http://10.0.0.5:9001"),
            ("http://[::1]:80/a/b", "http://[::1]/a/b"),
            ("http://[::ffff:10.0.0.1]", "http://[::ffff:a00:1]"),
        ] {
            assert_eq!(text.parse::<AppUrl>().unwrap().to_string(), shown);
        }
        for text in [
            "hmi",
            "ftp://x",
            "http://u:p@x",
            "http://x/?a",
            "http://x/#a",
            "http://x/%41",
            "http://x/a;b",
            "http://x:0",
        ] {
            assert!(text.parse::<AppUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn upstreams_are_parsed_and_shown() {
        for text in ["http://127.0.0.1:1880", "https://plc/base", "unix:/run/app.sock"] {
            assert_eq!(text.parse::<Upstream>().unwrap().to_string(), text);
        }
        assert!("unix:app.sock".parse::<Upstream>().is_err());
        for text in ["unix:///run/app.sock", "unix:////run/app.sock", "unix://///run/app.sock"] {
            assert_eq!(text.parse::<Upstream>().unwrap().to_string(), "unix:/run/app.sock");
        }
    }
}
