//! A listener that only leads to where TLS is spoken.

use crate::directory::Snapshot;
use crate::domain::{AppUrl, Authority, Scheme};
use crate::policy::is_below;

use super::wire::Target;

/// The same page at its app's own address, or at the console's. `None` when nobody speaks TLS under this host.
pub(super) fn to_tls(snapshot: &Snapshot, authority: &Authority, target: &Target<'_>) -> Option<String> {
    let here = |url: &&AppUrl| url.scheme == Scheme::Https && url.host == authority.host;
    let apps = snapshot.apps.values().map(|entry| &entry.app.url);
    let apps = apps.filter(here).filter(|url| is_below(target.path(), &url.prefix));
    // As routing has it: the longest prefix first. Of several ports, the one that nobody has to name.
    let app = apps.max_by_key(|url| (url.prefix.len(), url.port == 443, std::cmp::Reverse(url.port)));
    let console = snapshot.console.as_ref().filter(|url| url.scheme == Scheme::Https);
    let is_local = &*authority.host == "localhost" || authority.ip().is_some();
    let console = console.filter(|url| is_local || url.host == authority.host);
    // The console also answers under addresses of the machine: each stays the one that was asked for.
    let port = app.or(console)?.port;
    let url = AppUrl { scheme: Scheme::Https, host: authority.host.clone(), port, prefix: "".into() };
    Some(format!("{url}{}", target.whole()))
}

#[cfg(test)]
mod tests {
    use crate::directory::Directory;
    use crate::domain::{App, Record, Timestamp, Workspace, WorkspaceId};

    use super::*;

    #[test]
    fn a_page_is_found_again_over_tls() {
        let directory = Directory::new(Some("https://gate.plant:8443".parse().unwrap()));
        let workspace = WorkspaceId::from_u64(1);
        let urls = [
            "https://hmi.plant",
            "https://gate.plant:8444/plc",
            "http://old.plant",
            "https://two.plant:9443",
            "https://two.plant",
        ];
        let name = "default".parse().unwrap();
        let title = String::new();
        let created_at = Timestamp::from_millis(0);
        let mut records = vec![Record::Workspace(Workspace { id: workspace, name, title, created_at })];
        for (number, url) in urls.iter().enumerate() {
            let (name, upstream) = (format!("app{number}").parse().unwrap(), "http://127.0.0.1:1".parse().unwrap());
            let app = App::new(workspace, name, url.parse().unwrap(), upstream, created_at);
            records.push(Record::App(Box::new(app)));
        }
        directory.load(records);
        let led = |host: &str, target: &str| {
            to_tls(&directory.snapshot(), &Authority::parse(host).unwrap(), &Target::new(target))
        };
        for (host, target, expected) in [
            ("HMI.plant:80", "/a?b=c", "https://hmi.plant/a?b=c"),
            ("gate.plant", "/plc/x", "https://gate.plant:8444/plc/x"),
            ("gate.plant", "/", "https://gate.plant:8443/"),
            ("two.plant", "/", "https://two.plant/"),
            ("10.0.0.5", "/", "https://10.0.0.5:8443/"),
            ("[::1]:80", "//evil.example", "https://[::1]:8443//evil.example"),
            ("localhost", "/", "https://localhost:8443/"),
        ] {
            assert_eq!(led(host, target).as_deref(), Some(expected), "{host}{target}");
        }
        for host in ["old.plant", "nobody.example"] {
            assert_eq!(led(host, "/"), None, "{host}");
        }
    }
}
