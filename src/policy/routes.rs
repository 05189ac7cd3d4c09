//! Which app a host, port and path belong to. An app's URL decides, nothing else does.

use std::collections::HashMap;

use crate::domain::{App, AppId, AppUrl, Authority, Scheme};

/// First segment of everything that the gateway answers itself.
pub const RESERVED: &str = "/.millgate";

/// What the console's pages and the API begin with, on the console's own address.
const CONSOLE: [&str; 4] = ["/api", "/w", "/account", "/profile"];

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    App { app: AppId, prefix_length: usize },
    Console,
}

/// Apps by the authority of their URL, longest path prefix first.
#[derive(Debug, Default)]
pub struct Routes {
    hosts: HashMap<Box<str>, Vec<Claim>>,
    console: Option<(Box<str>, u16)>,
}

/// An app's claim on a host.
#[derive(Debug)]
struct Claim {
    port: u16,
    prefix: Box<str>,
    app: AppId,
}

impl Routes {
    pub fn new<'a>(console: Option<&AppUrl>, apps: impl Iterator<Item = &'a App>) -> Self {
        let mut hosts: HashMap<_, Vec<Claim>> = HashMap::new();
        for app in apps {
            let claim = Claim { port: app.url.port, prefix: app.url.prefix.clone(), app: app.id };
            hosts.entry(app.url.host.clone()).or_default().push(claim);
        }
        for claims in hosts.values_mut() {
            claims.sort_by_key(|claim| (std::cmp::Reverse(claim.prefix.len()), claim.app));
        }
        Self { hosts, console: console.map(|url| (url.host.clone(), url.port)) }
    }

    /// `None` for a host that nobody claims. The console also answers on `localhost` and on IP literals that no
    /// app claims, not even a path of: a box without a screen can be set up from a laptop, and DNS rebinding finds
    /// nothing. A member's cookie goes to every port of a host, so a page of an app must find no console beside it.
    pub fn find(&self, authority: &Authority, scheme: Scheme, path: &str) -> Option<Destination> {
        let port = authority.port.unwrap_or(scheme.default_port());
        let claims = self.hosts.get(&*authority.host).map(Vec::as_slice).unwrap_or_default();
        if let Some(claim) = claims.iter().find(|claim| claim.port == port && is_below(path, &claim.prefix)) {
            return Some(Destination::App { app: claim.app, prefix_length: claim.prefix.len() });
        }
        let is_console = self.console.as_ref().is_some_and(|(host, at)| *host == authority.host && *at == port);
        let is_free = is_local(authority) && claims.iter().all(|claim| claim.port != port);
        (is_console || is_free).then_some(Destination::Console)
    }
}

/// Whether the console answers there without having been told to.
fn is_local(authority: &Authority) -> bool {
    &*authority.host == "localhost" || authority.ip().is_some()
}

/// Whether an app there would stand before the console's own pages, or before the API.
pub fn hides_console(console: &AppUrl, app: &AppUrl) -> bool {
    is_beside(console, app) && (app.prefix.is_empty() || CONSOLE.iter().any(|path| is_below(&app.prefix, path)))
}

/// Whether a page from there is, to a browser, as good as one of the console's.
pub fn is_at_console(console: &AppUrl, app: &AppUrl) -> bool {
    let is_local = Authority::parse(&app.authority()).is_some_and(|authority| is_local(&authority));
    is_beside(console, app) || (is_local && console.port == app.port)
}

/// One host and port: to a browser one origin, whatever the path.
pub fn is_beside(one: &AppUrl, other: &AppUrl) -> bool {
    (&one.host, one.port) == (&other.host, other.port)
}

/// A path as it may be logged: what follows the page's name below the reserved segment is a secret code.
pub fn without_code(path: &str) -> &str {
    let Some(at) = path.find("/.millgate/") else { return path };
    let page = at + "/.millgate/".len();
    let rest = path.get(page..).unwrap_or_default();
    let end = rest.find('/').map_or(path.len(), |slash| page + slash + 1);
    path.get(..end).unwrap_or_default()
}

/// Whether `path` is `prefix` itself or lies below it, by whole segments.
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_not_logged() {
        assert_eq!(without_code("/hmi/.millgate/invite/SECRET"), "/hmi/.millgate/invite/");
        assert_eq!(without_code("/.millgate/sign-in"), "/.millgate/sign-in");
        assert_eq!(without_code("/a/b"), "/a/b");
    }

    #[test]
    fn prefixes_match_whole_segments() {
        assert!(is_below("/hmi", "/hmi") && is_below("/hmi/x", "/hmi") && is_below("/x", ""));
        assert!(!is_below("/hmix", "/hmi") && !is_below("/", "/hmi") && !is_below("/HMI/x", "/hmi"));
    }
}
