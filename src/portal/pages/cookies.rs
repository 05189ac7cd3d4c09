//! The cookies that pages set beside the session's own.

use std::net::IpAddr;

use http::header;

use crate::domain::{AppId, Authority, FlowKey, FlowKeyId, cookie};

use super::answer::{Answer, Headers};
use super::arrival::Arrival;

/// Long enough to fill in a form.
const PROBE_SECONDS: u32 = 15 * 60;
/// Long enough to sign in somewhere else.
const FLOW_SECONDS: u32 = 10 * 60;
/// Labels that a cookie's `Domain` is cleared for; deeper names are not found in plants.
const MOST_LABELS: usize = 5;

/// A cookie that says nothing but that the browser keeps cookies. Like the session's in all that a browser judges by.
pub(super) fn probe(app: AppId, secure: bool) -> String {
    let mark = if secure { "; Secure" } else { "" };
    format!("{}=1; Path=/; Max-Age={PROBE_SECONDS}; HttpOnly; SameSite=Lax{mark}", probe_name(app, secure))
}

pub(super) fn clear_probe(app: AppId, secure: bool) -> String {
    let mark = if secure { "; Secure" } else { "" };
    format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{mark}", probe_name(app, secure))
}

pub(super) fn probe_name(app: AppId, secure: bool) -> String {
    format!("{}millgate-probe-{app}", if secure { "__Host-" } else { "" })
}

/// What binds a sign-in that leaves the app's address to the browser that began it.
pub(super) struct FlowCookie {
    pub(super) key: FlowKeyId,
    /// The `Set-Cookie` value that keeps it for ten minutes from now.
    pub(super) line: String,
}

/// The binding cookie that came, kept for longer, so that flows in several tabs do not end each other; or a new one.
pub(super) fn flow_cookie(arrival: &Arrival) -> FlowCookie {
    let key = flow_key(arrival).unwrap_or_else(FlowKey::random);
    let (app, secure) = (arrival.app(), arrival.visit.secure);
    let mark = if secure { "; Secure" } else { "" };
    let (name, value) = (flow_name(app, secure), key.reveal());
    let line = format!("{name}={value}; Path=/; Max-Age={FLOW_SECONDS}; HttpOnly; SameSite=Lax{mark}");
    FlowCookie { key: key.id(), line }
}

/// The binding cookie that came with the request. Two different ones are nobody's.
pub(super) fn flow_key(arrival: &Arrival) -> Option<FlowKey> {
    let name = flow_name(arrival.app(), arrival.visit.secure);
    let mut values = arrival.cookie_values(name.as_bytes());
    let first = values.next()?;
    if values.any(|value| value != first) { None } else { FlowKey::parse(first) }
}

fn flow_name(app: AppId, secure: bool) -> String {
    format!("{}millgate-flow-{app}", if secure { "__Host-" } else { "" })
}

/// Clears the dead cookies of a visitor who sent some. A request does not tell their path and domain, so every place
/// is named from which a browser may have sent them; what this answer sets itself stays.
pub(super) fn clear_dead(answer: Answer, arrival: &Arrival) -> Answer {
    if !arrival.visit.stale_cookie {
        return answer;
    }
    let own = format!("{}=", cookie::name(arrival.app(), arrival.visit.secure));
    let is_set =
        answer.headers().get_all(header::SET_COOKIE).iter().any(|line| line.as_bytes().starts_with(own.as_bytes()));
    let clear = cookie::clear(arrival.app(), arrival.visit.secure);
    let mut answer = if is_set { answer } else { answer.cookie(&clear) };
    // `__Host-` cookies have no other place.
    if !arrival.visit.secure {
        for place in places(&arrival.visit.host, &arrival.site.prefix) {
            answer = answer.cookie(&clear.replacen("Path=/", &place, 1));
        }
    }
    answer
}

/// Attributes of the places beside the one of our own cookie.
fn places(host: &str, prefix: &str) -> Vec<String> {
    let base = format!("Path={prefix}/.millgate");
    let paths = (!prefix.is_empty()).then(|| format!("Path={prefix}")).into_iter().chain([base]);
    let host = Authority::parse(host).map(|authority| authority.host).unwrap_or_default();
    let labels: Vec<&str> = if host.parse::<IpAddr>().is_ok() { Vec::new() } else { host.split('.').collect() };
    let first = labels.len().saturating_sub(MOST_LABELS);
    let last = labels.len().saturating_sub(1);
    let domains =
        (first..last).filter_map(|at| labels.get(at..)).map(|rest| format!("Path=/; Domain={}", rest.join(".")));
    paths.chain(domains).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_is_stripped_like_every_cookie_of_ours() {
        for secure in [false, true] {
            assert!(cookie::is_ours(probe_name(AppId::from_u64(1), secure).as_bytes()));
        }
        insta::assert_snapshot!(probe(AppId::from_u64(1), true), @"__Host-millgate-probe-0000000000001=1; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure");
    }

    #[test]
    fn dead_cookies_are_looked_for_where_they_can_be() {
        assert_eq!(
            places("line4.plant.example:8080", "/hmi"),
            ["Path=/hmi", "Path=/hmi/.millgate", "Path=/; Domain=line4.plant.example", "Path=/; Domain=plant.example"]
        );
        assert_eq!(places("10.0.0.5:8080", ""), ["Path=/.millgate"]);
        assert_eq!(places("[::1]:8080", ""), ["Path=/.millgate"]);
        assert_eq!(places("localhost", ""), ["Path=/.millgate"]);
    }
}
