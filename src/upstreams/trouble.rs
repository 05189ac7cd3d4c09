//! Why an upstream cannot be used: a code for programs, a sentence for people.

use std::fmt;
use std::io;

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The host's name has no address.
    UnknownName,
    /// The machine is there, and nobody listens on the port.
    Refused,
    /// There is no way to the machine.
    Unreachable,
    /// Nothing came in time.
    Timeout,
    /// The certificate is not trusted, or it is no TLS.
    Tls,
    /// A Unix socket that is not there, or not for this user.
    Socket,
    /// The connection was closed without an answer.
    Closed,
    /// The answer is not HTTP, or not what HTTP allows.
    BadAnswer,
    /// A health check was answered with an error's status.
    Status,
    Other,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::UnknownName,
        Self::Refused,
        Self::Unreachable,
        Self::Timeout,
        Self::Tls,
        Self::Socket,
        Self::Closed,
        Self::BadAnswer,
        Self::Status,
        Self::Other,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownName => "unknown-name",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Socket => "socket",
            Self::Closed => "closed",
            Self::BadAnswer => "bad-answer",
            Self::Status => "status",
            Self::Other => "other",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    pub code: Kind,
    /// In English, without a stop.
    pub text: String,
}

impl Trouble {
    pub fn new(code: Kind, text: impl fmt::Display) -> Self {
        Self { code, text: text.to_string() }
    }

    /// Of a connection that could not be opened.
    pub fn connecting(error: &io::Error) -> Self {
        let is_tls = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        let code = match error.kind() {
            _ if is_tls => Kind::Tls,
            io::ErrorKind::ConnectionRefused => Kind::Refused,
            io::ErrorKind::TimedOut => Kind::Timeout,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => {
                Kind::Unreachable
            }
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Kind::Socket,
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Kind::Closed,
            // What the resolver says has no kind of its own.
            _ if error.to_string().contains("lookup") => Kind::UnknownName,
            _ => Kind::Other,
        };
        Self::new(code, error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_alike_everywhere() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
