//! Which app a host, port and path belong to. An app's URL decides, nothing else does.

use std::collections::HashMap;

use crate::domain::{App, AppId, AppUrl, Authority, Scheme};

/// First segment of everything that the gateway answers itself.
pub const RESERVED: &str = "/.millgate";

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    App { app: AppId, prefix_length: usize },
    Console,
}

/// Apps by the authority of their URL, longest path prefix first.
#[derive(Debug, Default)]
pub struct Routes {
    hosts: HashMap<(Box<str>, u16), Vec<(Box<str>, AppId)>>,
    console: Option<(Box<str>, u16)>,
}

impl Routes {
    pub fn new<'a>(console: Option<&AppUrl>, apps: impl Iterator<Item = &'a App>) -> Self {
        let mut hosts: HashMap<_, Vec<_>> = HashMap::new();
        for app in apps {
            let place = hosts.entry((app.url.host.clone(), app.url.port)).or_default();
            place.push((app.url.prefix.clone(), app.id));
        }
        for place in hosts.values_mut() {
            place.sort_by_key(|(prefix, id)| (std::cmp::Reverse(prefix.len()), *id));
        }
        Self { hosts, console: console.map(|url| (url.host.clone(), url.port)) }
    }

    /// `None` for a host that nobody claims. The console also answers on `localhost` and on IP literals that no
    /// app claims: a box without a screen can be set up from a laptop, and DNS rebinding finds nothing.
    pub fn find(&self, authority: &Authority, scheme: Scheme, path: &str) -> Option<Destination> {
        let port = authority.port.unwrap_or(scheme.default_port());
        let key = (authority.host.clone(), port);
        let claimed = self.hosts.get(&key).and_then(|place| place.iter().find(|(prefix, _)| is_below(path, prefix)));
        if let Some((prefix, app)) = claimed {
            return Some(Destination::App { app: *app, prefix_length: prefix.len() });
        }
        let is_console = self.console.as_ref() == Some(&key);
        let is_local = &*authority.host == "localhost" || authority.ip().is_some();
        (is_console || is_local).then_some(Destination::Console)
    }
}

/// Whether `path` is `prefix` itself or lies below it, by whole segments.
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_match_whole_segments() {
        assert!(is_below("/hmi", "/hmi") && is_below("/hmi/x", "/hmi") && is_below("/x", ""));
        assert!(!is_below("/hmix", "/hmi") && !is_below("/", "/hmi") && !is_below("/HMI/x", "/hmi"));
    }
}
