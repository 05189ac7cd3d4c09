//! The access log: one line for each request, written when its exchange ends, however it ends.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use crate::directory::Directory;
use crate::domain::{Clock, Timestamp};
use crate::observe::{AccessLog, Accessed};
use crate::policy::{Principal, without_code};

use super::admission::Admission;
use super::origin::Origin;
use super::wire::RequestHead;

/// A request under way; dropping it writes its line, so that a stream that was cut is logged too.
pub(super) struct Access {
    format: AccessLog,
    begun: Instant,
    at: Timestamp,
    line: Accessed,
    answered: Answered,
}

/// Where a connection notes what it has answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Answered {
    pub(super) status: Rc<Cell<u16>>,
    /// Behind the head.
    pub(super) bytes: Rc<Cell<u64>>,
}

impl Answered {
    pub(super) fn reset(&self) {
        self.status.set(0);
        self.bytes.set(0);
    }
}

impl Access {
    pub(super) fn of(
        format: AccessLog,
        (head, protocol): (&RequestHead, &'static str),
        origin: &Origin,
        admission: &Admission,
        directory: &Directory,
        (answered, clock): (&Answered, &Clock),
    ) -> Self {
        let entry = admission.app();
        let line = Accessed {
            app: entry.map(|entry| entry.app.name.to_string()).unwrap_or_default(),
            workspace: entry.map(|entry| entry.workspace.to_string()).unwrap_or_default(),
            user: match admission {
                Admission::Forward(permit, ..) | Admission::Vouch(permit, ..) => name(permit.principal(), directory),
                _ => String::new(),
            },
            ..asked((head, protocol), origin.ip)
        };
        Self::begin(format, line, answered, clock)
    }

    /// A request that is refused before anything is decided. `head`: as far as there is one.
    pub(super) fn refused(
        format: AccessLog,
        (head, protocol): (Option<&RequestHead>, &'static str),
        ip: IpAddr,
        (answered, clock): (&Answered, &Clock),
    ) -> Self {
        let line = head.map_or_else(|| Accessed::unread(ip, protocol), |head| asked((head, protocol), ip));
        Self::begin(format, line, answered, clock)
    }

    fn begin(format: AccessLog, line: Accessed, answered: &Answered, clock: &Clock) -> Self {
        Self { format, begun: Instant::now(), at: clock.now(), line, answered: answered.clone() }
    }
}

/// What the request says itself.
fn asked((head, protocol): (&RequestHead, &'static str), ip: IpAddr) -> Accessed {
    Accessed {
        method: head.method().to_owned(),
        // Without the query and without codes, which may hold what is nobody's business.
        path: without_code(head.target().path()).to_owned(),
        host: head.host().to_owned(),
        referer: referer(plain(head, b"referer")),
        agent: plain(head, b"user-agent").to_owned(),
        ..Accessed::unread(ip, if head.http_10 { "HTTP/1.0" } else { protocol })
    }
}

fn name(principal: Principal, directory: &Directory) -> String {
    match principal {
        Principal::User(user) => directory.person(user).map(|person| person.username().to_owned()).unwrap_or_default(),
        Principal::Device(device) => device.to_string(),
    }
}

/// A field that nobody else looks at.
fn plain<'a>(head: &'a RequestHead, name: &[u8]) -> &'a str {
    let field = head.fields.iter().find(|field| head.slice(&field.name).eq_ignore_ascii_case(name));
    field.and_then(|field| std::str::from_utf8(head.slice(&field.value)).ok()).unwrap_or_default()
}

/// The page that led here, as bare as the path of the request itself.
fn referer(text: &str) -> String {
    let bare = text.split(['?', '#']).next().unwrap_or_default();
    let start = bare.find("://").map_or(0, |at| at + 3);
    let path = bare.get(start..).and_then(|rest| rest.find('/')).map_or(bare.len(), |at| start + at);
    let (origin, path) = bare.split_at(path);
    format!("{origin}{}", without_code(path))
}

impl Drop for Access {
    fn drop(&mut self) {
        self.line.status = self.answered.status.get();
        self.line.bytes = self.answered.bytes.get();
        // To the microsecond: the digits after that would be the arithmetic's.
        self.line.millis = (self.begun.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        self.line.write(self.format, self.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_referer_tells_no_secrets() {
        for (text, told) in [
            ("http://hmi/x?token=a#b", "http://hmi/x"),
            ("http://hmi/.millgate/invite/abcdef", "http://hmi/.millgate/invite/"),
            ("http://hmi", "http://hmi"),
            ("", ""),
        ] {
            assert!(referer(text).starts_with(told) && !referer(text).contains("abcdef"), "{}", referer(text));
        }
    }
}
