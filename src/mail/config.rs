//! Which server takes the mail, who says so, and whom it comes from.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::Zeroizing;

use crate::domain::Email;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// A DNS name in ASCII, or an IP address without brackets.
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<Login>,
    pub from: Sender,
    /// PEM of authorities beside the system's.
    pub ca: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314 section 3.3).
    Implicit,
    /// RFC 3207. Nothing is said in plain text but on loopback, when the server there offers no STARTTLS.
    StartTls,
}

/// Whoever asks the server to take mail. Says nothing of the password when shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// `smtps://user@host:465` or `smtp://host`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: Option<String>,
}

/// The sentences say how to write it right, and never repeat what was written: there may be a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidServer {
    Form,
    Password,
}

impl fmt::Display for InvalidServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "this is no mail server's URL: write smtps://user@mail.example.com (TLS, port 465) or \
                 smtp://user@mail.example.com (STARTTLS, port 587); in the user, write @ as %40"
            }
            Self::Password => "the password does not belong into the URL; take it out and add password_file = \"…\"",
        })
    }
}

impl std::error::Error for InvalidServer {}

impl FromStr for Server {
    type Err = InvalidServer;

    fn from_str(text: &str) -> Result<Self, InvalidServer> {
        let url = Url::parse(text).map_err(|_| InvalidServer::Form)?;
        if url.password().is_some() {
            return Err(InvalidServer::Password);
        }
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Implicit, 465),
            "smtp" => (Security::StartTls, 587),
            _ => return Err(InvalidServer::Form),
        };
        let port = url.port().unwrap_or(port);
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() || port == 0 {
            return Err(InvalidServer::Form);
        }
        let host = host(url.host_str().unwrap_or_default()).ok_or(InvalidServer::Form)?;
        let user = decoded(url.username()).filter(|user| !user.contains(char::is_control));
        if user.is_none() {
            return Err(InvalidServer::Form);
        }
        Ok(Self { host, port, security, user: user.filter(|user| !user.is_empty()) })
    }
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

fn host(written: &str) -> Option<String> {
    if let Some(inner) = written.strip_prefix('[') {
        return inner.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(|ip| ip.to_string());
    }
    let host = decoded(written)?;
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Some(ip.to_string());
    }
    let ascii = idna::domain_to_ascii_strict(&host).ok()?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    (!ascii.is_empty() && ascii.bytes().all(is_plain)).then_some(ascii)
}

/// Whom a letter comes from: `Millgate <gate@plant.example>`, or the address alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub name: Option<String>,
    pub email: Email,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSender;

impl fmt::Display for InvalidSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write it like \"Millgate <gate@plant.example>\"")
    }
}

impl std::error::Error for InvalidSender {}

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(inner) => inner.rsplit_once('<').ok_or(InvalidSender)?,
            None => ("", text),
        };
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(name).trim();
        if name.contains(char::is_control) || name.contains(['<', '>', '"', '\\']) {
            return Err(InvalidSender);
        }
        let email = address.parse().map_err(|_| InvalidSender)?;
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), email })
    }
}
