//! Addresses for a new app that work here, without anybody setting up DNS.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::directory::Snapshot;
use crate::domain::{Authority, Scheme, WorkspaceId};
use crate::handoff::Visit;

use super::words::Places;

/// Stands for the app's name, which may be changed in the same form.
pub(super) const NAME: &str = "{name}";
/// Own addresses of this machine that are tried; one with more is no plain box.
const MOST_ADDRESSES: usize = 4;
/// To one's own machine a connection takes less than a millisecond, or is not allowed.
const PATIENCE: Duration = Duration::from_millis(300);
/// Ports behind the console's that are looked at.
const PORTS: u16 = 200;

/// An address and whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proposal {
    /// A URL, perhaps with `{name}` in it.
    pub(super) url: String,
    pub(super) why: String,
}

impl Proposal {
    /// With the name that the app gets.
    pub(super) fn filled(&self, name: &str) -> String {
        self.url.replace(NAME, name)
    }
}

/// Best first: what the person who asks can open from where they sit.
pub(super) async fn proposals(visit: &Visit, own: WorkspaceId, snapshot: &Snapshot, words: &Places) -> Vec<Proposal> {
    let scheme = if visit.secure { Scheme::Https } else { Scheme::Http };
    let came_by = Authority::parse(&visit.host);
    let port = came_by.as_ref().and_then(|host| host.port).unwrap_or(scheme.default_port());
    let local = Proposal {
        url: format!("{}://{NAME}.localhost{}", scheme.as_str(), shown(port, scheme)),
        why: words.this_computer.to_owned(),
    };
    let mut hosts: Vec<(String, &str)> = Vec::new();
    if let Some(host) = came_by.filter(|host| !is_loopback(host)) {
        hosts.push((bracketed(&host.host), words.as_you_came));
    }
    for ip in reachable(port).await {
        let host = bracketed(&ip.to_string());
        if !hosts.iter().any(|(known, _)| *known == host) {
            hosts.push((host, words.this_network));
        }
    }
    let free = free_port(port, snapshot);
    let by_port = hosts.iter().filter_map(|(host, why)| {
        Some(Proposal { url: format!("{}://{host}:{}", scheme.as_str(), free?), why: (*why).to_owned() })
    });
    let by_path = hosts.first().and_then(|(host, _)| {
        let shared = shared_port(host, own, snapshot).or(free)?;
        let url = format!("{}://{host}:{shared}/{NAME}", scheme.as_str());
        Some(Proposal { url, why: words.a_path.to_owned() })
    });
    let mut all: Vec<Proposal> = by_port.chain(by_path).collect();
    let at = if visit.ip.is_loopback() { 0 } else { all.len() };
    all.insert(at, local);
    all
}

/// The machine's own addresses on which the gateway answers.
async fn reachable(port: u16) -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<IpAddr> = interfaces
        .into_iter()
        .filter(|each| !each.is_loopback() && !each.is_link_local())
        .map(|each| each.ip())
        .collect();
    // IPv4 is what people type.
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses.truncate(MOST_ADDRESSES);
    let mut tries = JoinSet::new();
    for ip in &addresses {
        let address = SocketAddr::new(*ip, port);
        tries.spawn(async move {
            let answer = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
            matches!(answer, Ok(Ok(_))).then_some(address.ip())
        });
    }
    let open: Vec<Option<IpAddr>> = tries.join_all().await;
    addresses.retain(|ip| open.contains(&Some(*ip)));
    addresses
}

/// A port that no app has and that can be opened.
fn free_port(beside: u16, snapshot: &Snapshot) -> Option<u16> {
    let first = if beside < 1024 { 8080 } else { beside };
    let is_taken = |port: u16| {
        snapshot.apps.values().any(|entry| entry.app.url.port == port)
            || snapshot.console.as_ref().is_some_and(|console| console.port == port)
    };
    let all = (1..=PORTS).filter_map(|step| first.checked_add(step));
    all.filter(|port| !is_taken(*port)).find(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok())
}

/// A port of that host on which the workspace's apps live side by side, by paths. Never the console's own, nor another
/// workspace's: what is loaded from an origin could act there as whoever is signed in.
fn shared_port(host: &str, own: WorkspaceId, snapshot: &Snapshot) -> Option<u16> {
    let apps = snapshot.apps.values().filter(|entry| bracketed(&entry.app.url.host) == host);
    let is_foreign = |port: u16| apps.clone().any(|entry| entry.app.url.port == port && entry.app.workspace != own);
    let urls = apps.clone().map(|entry| &entry.app.url);
    let shared = urls.filter(|url| !url.prefix.is_empty() && !is_foreign(url.port)).map(|url| url.port);
    shared.filter(|port| snapshot.console.as_ref().is_none_or(|console| console.port != *port)).min()
}

fn is_loopback(host: &Authority) -> bool {
    &*host.host == "localhost" || host.host.ends_with(".localhost") || host.ip().is_some_and(|ip| ip.is_loopback())
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

fn shown(port: u16, scheme: Scheme) -> String {
    if port == scheme.default_port() { String::new() } else { format!(":{port}") }
}
