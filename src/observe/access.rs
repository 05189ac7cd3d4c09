//! The access log's formats.

use std::fmt::Write;
use std::net::IpAddr;

use serde::Serialize;

use crate::domain::Timestamp;

/// The access log's target: one event a request, only when it is wanted.
pub(super) const ACCESS: &str = "millgate::access";
/// The field of a line that is written as it stands.
pub(super) const LINE: &str = "line";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLog {
    Off,
    /// As the other events of the log.
    Event,
    /// The Combined Log Format of Apache and nginx, as many tools read it.
    Common,
    /// One object a line.
    Json,
}

impl AccessLog {
    pub const ALL: [Self; 4] = [Self::Off, Self::Event, Self::Common, Self::Json];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Event => "event",
            Self::Common => "common",
            Self::Json => "json",
        }
    }
}

/// A request and what became of it.
#[derive(Debug, Serialize)]
pub struct Accessed {
    pub ip: IpAddr,
    pub user: String,
    pub workspace: String,
    pub app: String,
    pub method: String,
    pub host: String,
    pub path: String,
    pub protocol: &'static str,
    /// 0: there was no answer.
    pub status: u16,
    pub bytes: u64,
    pub millis: f64,
    pub referer: String,
    pub agent: String,
}

#[derive(Serialize)]
struct Timed<'a> {
    timestamp: Timestamp,
    #[serde(flatten)]
    accessed: &'a Accessed,
}

impl Accessed {
    /// Of a request that nobody could read.
    pub fn unread(ip: IpAddr, protocol: &'static str) -> Self {
        Self {
            ip,
            user: String::new(),
            workspace: String::new(),
            app: String::new(),
            method: String::new(),
            host: String::new(),
            path: String::new(),
            protocol,
            status: 0,
            bytes: 0,
            millis: 0.0,
            referer: String::new(),
            agent: String::new(),
        }
    }

    /// `at` is when the request came.
    pub fn write(&self, format: AccessLog, at: Timestamp) {
        let line = match format {
            AccessLog::Off => return,
            AccessLog::Event => return self.event(),
            AccessLog::Common => self.common(at),
            AccessLog::Json => escaped_json(&Timed { timestamp: at, accessed: self }),
        };
        tracing::info!(target: ACCESS, line);
    }

    fn event(&self) {
        let Self { app, method, path, user, ip, status, .. } = self;
        // A request of centuries is none.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let millis = self.millis as u64;
        tracing::info!(target: ACCESS, app, method, path, status, user, %ip, millis, "request");
    }

    fn common(&self, at: Timestamp) -> String {
        let mut line = String::with_capacity(200);
        let user = if self.user.is_empty() { "-".to_owned() } else { quoted(&self.user).replace(' ', "\\x20") };
        let request = match self.method.as_str() {
            // As nginx and Apache do.
            "" => "-".to_owned(),
            method => quoted(&format!("{method} {} {}", self.path, self.protocol)),
        };
        let (status, bytes) = (self.status, self.bytes);
        // Writing into a `String` cannot fail.
        let _ = write!(line, "{} - {user} [{}] \"{request}\" {status} {bytes}", self.ip, at.common_log());
        for text in [&self.referer, &self.agent] {
            let text = if text.is_empty() { "-".to_owned() } else { quoted(text) };
            let _ = write!(line, " \"{text}\"");
        }
        line
    }
}

/// As Apache writes what stands between quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            // Writing into a `String` cannot fail.
            _ => _ = write!(quoted, "\\x{byte:02x}"),
        }
    }
    quoted
}

/// One line of ASCII, whatever terminal it comes to.
fn escaped_json(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accessed() -> Accessed {
        Accessed {
            ip: "10.0.0.9".parse().unwrap(),
            user: "ada@example.com".into(),
            workspace: "default".into(),
            app: "hmi".into(),
            method: "GET".into(),
            host: "hmi.localhost".into(),
            path: "/a\"b".into(),
            protocol: "HTTP/1.1",
            status: 200,
            bytes: 512,
            millis: 1.5,
            referer: String::new(),
            agent: "Mozilla/5.0 ü\u{1b}".into(),
        }
    }

    #[test]
    fn the_combined_format_is_what_tools_read() {
        let line = accessed().common(Timestamp::from_millis(1_800_000_000_123));
        assert_eq!(
            line,
            r#"10.0.0.9 - ada@example.com [15/Jan/2027:08:00:00 +0000] "GET /a\"b HTTP/1.1" 200 512 "-" "Mozilla/5.0 \xc3\xbc\x1b""#
        );
    }

    #[test]
    fn what_nobody_could_read_has_no_request_line() {
        let line = Accessed::unread("2001:db8::1".parse().unwrap(), "HTTP/1.1").common(Timestamp::from_millis(0));
        assert_eq!(line, r#"2001:db8::1 - - [01/Jan/1970:00:00:00 +0000] "-" 0 0 "-" "-""#);
    }

    #[test]
    fn json_is_one_line_of_ascii() {
        let at = Timestamp::from_millis(0);
        let line = escaped_json(&Timed { timestamp: at, accessed: &accessed() });
        assert!(line.is_ascii() && !line.contains('\u{1b}'), "{line}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["agent"], &read["bytes"]), (&"Mozilla/5.0 ü\u{1b}".into(), &512.into()));
    }
}
