//! Forward-auth: another proxy carries the traffic and asks here whether a request may pass. The same decision as for a
//! request of our own; only a permit does not forward, but answers 200 with who is there.
//!
//! Two ways of asking. nginx's `auth_request` understands 2xx, 401 and 403, and nothing else. Caddy, Traefik and Envoy
//! pass on to the visitor whatever is not 2xx, so that they get the whole answer (`?redirect=1`, or with the original path
//! behind the endpoint's own).
//!
//! Only where a listener says so, and only to its proxies, which keep visitors from it: a page of the app that could ask
//! would get the token of whoever looks at it.

use http::StatusCode;

use crate::domain::{Scheme, cookie};
use crate::handoff::Notice;

use super::Listener;
use super::admission::{Admission, Class};
use super::notices;
use super::origin::Origin;
use super::respond::{Answer, visitor_base};
use super::wire::{Field, Reject, RequestHead};

const ENDPOINT: &str = "/.millgate/auth";
const WHOLE: &str = "redirect=1";
/// By which nginx, Traefik and Caddy tell what they were asked for.
const ORIGINAL_TARGETS: [&str; 2] = ["X-Original-URI", "X-Forwarded-Uri"];
const ORIGINAL_METHODS: [&str; 2] = ["X-Original-Method", "X-Forwarded-Method"];
/// `OPTIONS` and WebDAV's are shorter.
const LONGEST_METHOD: usize = 20;

/// How the other proxy takes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// By its status.
    Status,
    /// As a whole, for the visitor.
    Whole,
}

/// Whether somebody asks; the head is then that of the request in question. On `Err`, what a stranger is answered.
pub(super) fn asked(head: &mut RequestHead, origin: &Origin, listener: &Listener) -> Result<Option<Asked>, Refused> {
    if !listener.forward_auth {
        return Ok(None);
    }
    let target = head.target();
    let Some(rest) = target.whole().strip_prefix(ENDPOINT) else { return Ok(None) };
    let (asked, behind) = match rest.split_at_checked(1) {
        None => (Asked::Status, None),
        Some(("?", query)) if query == WHOLE => (Asked::Whole, None),
        Some(("?", _)) => (Asked::Status, None),
        Some(("/", _)) => (Asked::Whole, Some(rest.to_owned())),
        Some(_) => return Ok(None),
    };
    if !origin.is_trusted {
        return Err(Refused::Stranger);
    }
    let target = match behind {
        Some(behind) => behind,
        None => told(head, ORIGINAL_TARGETS)?.unwrap_or_else(|| "/".to_owned()),
    };
    let method = told(head, ORIGINAL_METHODS)?.filter(|method| is_method(method));
    let method = method.unwrap_or_else(|| head.method().to_owned());
    // The answer's form follows from how it was asked for: to a HEAD without a body, to everything else with one.
    let method = match (head.method(), &*method) {
        ("HEAD", _) => "HEAD",
        (_, "HEAD") => "GET",
        (_, other) => other,
    };
    head.pose_as(method, &target).map_err(Refused::Malformed)?;
    Ok(Some(asked))
}

/// What the proxy tells. Each proxy has a name of its own for it and sets that one; the other may have come through it
/// from the visitor. So what is told in two ways, or in no readable way, is believed in neither.
fn told(head: &RequestHead, names: [&str; 2]) -> Result<Option<String>, Refused> {
    let is_one = |field: &&Field| names.iter().any(|name| is_named(head, field, name));
    let mut values = head.fields.iter().filter(is_one).map(|field| head.slice(&field.value));
    let Some(first) = values.next() else { return Ok(None) };
    match std::str::from_utf8(first) {
        Ok(text) if values.all(|other| other == first) => Ok(Some(text.to_owned())),
        _ => Err(Refused::Malformed(Reject::Malformed("what was asked for is told in two ways"))),
    }
}

pub(super) enum Refused {
    Malformed(Reject),
    Stranger,
}

impl Refused {
    /// For whoever sets it up.
    pub(super) fn stranger() -> Answer {
        Answer::problem(
            StatusCode::FORBIDDEN,
            "untrusted-peer",
            "Only a proxy that the listener's trusted_proxies name may ask who is there",
            &[],
        )
    }
}

fn is_named(head: &RequestHead, field: &Field, name: &str) -> bool {
    head.slice(&field.name).eq_ignore_ascii_case(name.as_bytes())
}

fn is_method(text: &str) -> bool {
    (1..=LONGEST_METHOD).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
}

/// From what would happen to a request to what the other proxy is told.
pub(super) fn answered(asked: Asked, admission: Admission, head: &RequestHead, origin: &Origin) -> Admission {
    match (asked, admission) {
        (_, Admission::Forward(permit, entry, traveler)) => Admission::Vouch(permit, entry, traveler),
        (_, Admission::Challenge(challenge, entry, traveler)) if Class::of(head) == Class::Navigation => {
            let base = visitor_base(origin, origin.visitor_host(head));
            let way = format!("{base}{}", notices::challenge_path(challenge, &entry, head));
            let mut answer = match asked {
                Asked::Whole => Answer::redirect(way),
                Asked::Status => {
                    notices::unauthorized(challenge, &entry, origin, head).with("X-Millgate-Redirect", way)
                }
            };
            if traveler.stale_cookie {
                answer = answer.with("Set-Cookie", cookie::clear(entry.app.id, origin.scheme == Scheme::Https));
            }
            Admission::Say(answer)
        }
        (Asked::Status, Admission::Challenge(challenge, entry, _)) => {
            Admission::Say(notices::unauthorized(challenge, &entry, origin, head))
        }
        (Asked::Status, Admission::Refuse(refusal, entry, _)) => {
            let mut answer = notices::problem(Notice::Refused(refusal), &entry);
            answer.status = StatusCode::FORBIDDEN;
            Admission::Say(answer)
        }
        (Asked::Whole, theirs @ (Admission::Challenge(..) | Admission::Refuse(..))) => theirs,
        (_, Admission::UnknownHost) => Admission::Say(Answer::problem(
            StatusCode::FORBIDDEN,
            "no-app",
            "No app has this address; is the visitor's Host passed on?",
            &[],
        )),
        _ => Admission::Say(Answer::problem(
            StatusCode::FORBIDDEN,
            "misrouted",
            "This path is the gateway's own: route /.millgate/ to it instead of asking about it",
            &[],
        )),
    }
}

/// Who is there, in the headers of a 200.
pub(super) fn vouch(lines: &[u8], set_cookie: Option<String>) -> Answer {
    let mut answer = Answer::exactly(String::new());
    answer.fields.clear();
    // Our own lines, made of printable ASCII.
    let text = String::from_utf8_lossy(lines);
    answer.fields.extend(
        text.lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned().into(), value.to_owned())),
    );
    answer.fields.extend(set_cookie.map(|cookie| ("Set-Cookie".into(), cookie)));
    answer
}
