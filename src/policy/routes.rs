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
    use crate::domain::{Timestamp, WorkspaceId};

    use super::*;

    fn app(url: &str) -> App {
        let place = (url.parse().unwrap(), "http://127.0.0.1:1880".parse().unwrap());
        App::new(WorkspaceId::from_u64(1), "hmi".parse().unwrap(), place.0, place.1, Timestamp::from_millis(0))
    }

    fn found(routes: &Routes, url: &str) -> Option<Destination> {
        let url: url::Url = url.parse().unwrap();
        let scheme = if url.scheme() == "https" { Scheme::Https } else { Scheme::Http };
        let host = url.host_str().unwrap();
        let authority = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
        routes.find(&Authority::parse(&authority).unwrap(), scheme, url.path())
    }

    #[test]
    fn the_longest_prefix_at_host_and_port_is_the_one_meant() {
        let console: AppUrl = "https://gate.plant".parse().unwrap();
        let apps = ["http://edge:8080", "http://edge:8080/a", "http://edge:8080/a/b", "http://edge/a", "https://edge"];
        let apps = apps.map(app);
        let routes = Routes::new(Some(&console), apps.iter());
        for (url, expected) in [
            ("http://edge:8080/", Some(0)),
            ("http://edge:8080/ab", Some(0)),
            ("http://edge:8080/a", Some(1)),
            ("http://edge:8080/a/c", Some(1)),
            ("http://edge:8080/a/b/c", Some(2)),
            ("http://edge/a", Some(3)),
            ("http://edge/", None),
            ("https://edge/a", Some(4)),
            ("http://edge:9/", None),
            ("http://other:8080/", None),
            ("http://gate.plant/", None),
        ] {
            let expected = expected
                .and_then(|at: usize| apps.get(at))
                .map(|app| Destination::App { app: app.id, prefix_length: app.url.prefix.len() });
            assert_eq!(found(&routes, url), expected, "{url}");
        }
    }

    #[test]
    fn the_console_answers_at_its_address_and_where_nobody_else_could() {
        let console: AppUrl = "https://gate.plant".parse().unwrap();
        let routes = Routes::new(Some(&console), std::iter::empty());
        for url in [
            "https://gate.plant/",
            "https://gate.plant:443/x",
            "http://localhost:1/",
            "http://10.0.0.5/",
            "http://[::1]/",
        ] {
            assert_eq!(found(&routes, url), Some(Destination::Console), "{url}");
        }
        for url in ["https://gate.plant:8443/", "https://other.plant/", "http://gate/"] {
            assert_eq!(found(&routes, url), None, "{url}");
        }
        assert_eq!(found(&Routes::default(), "https://gate.plant/"), None);
        let beside = Routes::new(Some(&console), [app("http://10.0.0.5:8080/hmi")].iter());
        assert_eq!(found(&beside, "http://10.0.0.5:8080/"), None, "beside an app");
        assert_eq!(found(&beside, "http://10.0.0.5/"), Some(Destination::Console));
    }

    #[test]
    fn what_stands_where_the_console_is() {
        let console: AppUrl = "http://gate:8080".parse().unwrap();
        for (url, hides, at, beside) in [
            ("http://gate:8080", true, true, true),
            ("http://gate:8080/w", true, true, true),
            ("http://gate:8080/api/x", true, true, true),
            ("http://gate:8080/account", true, true, true),
            ("http://gate:8080/profile", true, true, true),
            ("http://gate:8080/hmi", false, true, true),
            ("http://gate:8080/wx", false, true, true),
            ("http://gate", false, false, false),
            ("http://hmi:8080", false, false, false),
            ("http://localhost:8080", false, true, false),
            ("http://10.0.0.5:8080", false, true, false),
            ("http://10.0.0.5", false, false, false),
        ] {
            let app: AppUrl = url.parse().unwrap();
            let found = (hides_console(&console, &app), is_at_console(&console, &app), is_beside(&console, &app));
            assert_eq!(found, (hides, at, beside), "{url}");
        }
    }

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
