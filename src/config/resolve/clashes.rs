//! What cannot be true at once: two apps of one name or address, an app in the console's place, a loop.

use crate::config::problem::{Place, Problems};
use crate::config::resolved::Listener;
use crate::config::table::Field;
use crate::domain::{AppUrl, Scheme, Upstream};
use crate::policy::{hides_console, is_beside};

use super::apps::Placed;

pub(super) fn find(
    apps: &[Placed],
    console: Option<&Field<AppUrl>>,
    listeners: &[Field<Listener>],
    problems: &mut Problems,
) {
    for (index, app) in apps.iter().enumerate() {
        let earlier = apps.get(..index).unwrap_or_default();
        names_and_urls(app, earlier, problems);
        beside_console(app, console, problems);
        reachable(app, listeners, problems);
        certificate(app, earlier, listeners, problems);
    }
    let urls = apps.iter().map(|app| (&app.resolved.url, &app.url));
    for (url, place) in urls.chain(console.map(|field| (&field.value, &field.place))) {
        led_away(url, place, listeners, problems);
    }
    if let Some(console) = console.filter(|console| !console.value.prefix.is_empty()) {
        let origin = console.value.origin();
        problems.error(&console.place, format!("the console cannot stand below a path; write url = \"{origin}\""));
    }
}

fn names_and_urls(app: &Placed, earlier: &[Placed], problems: &mut Problems) {
    let mine = &app.resolved;
    if earlier.iter().any(|other| other.resolved.name == mine.name && other.resolved.workspace == mine.workspace) {
        problems.error(
            &app.name,
            format!("two apps of the workspace \"{}\" are called \"{}\"; rename one", mine.workspace, mine.name),
        );
    }
    let at = |url: &AppUrl| (url.host.clone(), url.port, url.prefix.clone());
    if let Some(other) = earlier.iter().find(|other| at(&other.resolved.url) == at(&mine.url)) {
        problems.error(
            &app.url,
            format!(
                "the apps \"{}\" and \"{}\" have the same address {}; give one another host, port or path",
                other.resolved.name, mine.name, mine.url
            ),
        );
    }
}

fn beside_console(app: &Placed, console: Option<&Field<AppUrl>>, problems: &mut Problems) {
    let url = &app.resolved.url;
    let Some(console) = console.map(|field| &field.value) else { return };
    if !is_beside(url, console) {
        return;
    }
    if url.prefix.is_empty() {
        problems.error(
            &app.url,
            format!(
                "{url} is the console's address; give the app another host or port, or a path such as {url}/{}",
                app.resolved.name
            ),
        );
    } else if hides_console(console, url) {
        let prefix = &url.prefix;
        problems.error(
            &app.url,
            format!("{prefix} on the console's address belongs to the gateway; give the app another path"),
        );
    }
}

fn reachable(app: &Placed, listeners: &[Field<Listener>], problems: &mut Problems) {
    let url = &app.resolved.url;
    let speaks_tls = listeners.iter().any(|listener| listener.value.tls.is_some());
    let behind_proxy = listeners.iter().any(|listener| !listener.value.trusted_proxies.is_empty());
    if url.scheme == Scheme::Https && !speaks_tls && !behind_proxy && !listeners.is_empty() {
        problems.warn(&app.url, format!("{url} is https, but no listener has `tls` or a trusted proxy before it; add tls = {{ cert = \"…\", key = \"…\" }} to a [[listen]]"));
    }
    for upstream in std::iter::once(&app.resolved.upstream).chain(&app.resolved.more_upstreams) {
        not_a_loop(app, upstream, listeners, problems);
    }
}

fn not_a_loop(app: &Placed, upstream: &Upstream, listeners: &[Field<Listener>], problems: &mut Problems) {
    let Upstream::Tcp { host, port, .. } = upstream else { return };
    let local = &**host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let own_port =
        *port == app.resolved.url.port || listeners.iter().any(|listener| listener.value.address.port() == *port);
    if local && own_port {
        problems.error(
            &app.upstream,
            format!("port {port} of this machine is where the gateway itself listens; write where the app runs"),
        );
    }
}

/// Who connects names a host and nothing else, so that a host has one certificate.
fn certificate(app: &Placed, earlier: &[Placed], listeners: &[Field<Listener>], problems: &mut Problems) {
    let Some(place) = &app.tls else { return };
    let mine = &app.resolved;
    if mine.url.scheme == Scheme::Http {
        problems.warn(place, format!("it has no effect, because {} is not https://", mine.url));
    } else if listeners.iter().all(|listener| listener.value.tls.is_none()) {
        problems.error(place, "no listener speaks TLS; add `tls` to a [[listen]] as well");
    }
    let other = earlier.iter().find(|other| {
        other.resolved.url.host == mine.url.host
            && other.resolved.tls.as_ref().is_some_and(|tls| mine.tls.as_ref() != Some(tls))
    });
    if let Some(other) = other {
        problems.error(
            place,
            format!(
                "the host {} has another certificate in the app \"{}\"; name the same files",
                mine.url.host, other.resolved.name
            ),
        );
    }
}

/// A plain address at a port that only redirects: nobody would get in.
fn led_away(url: &AppUrl, place: &Place, listeners: &[Field<Listener>], problems: &mut Problems) {
    let redirects = |listener: &Listener| listener.redirects && listener.address.port() == url.port;
    if url.scheme == Scheme::Http && listeners.iter().any(|listener| redirects(&listener.value)) {
        let port = url.port;
        problems.error(
            place,
            format!("{url} is http, but the listener on port {port} redirects to https; write https, or another port"),
        );
    }
}
