//! What a handshake looks at: one pointer to everything that is shown, replaced as a whole.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

type Shared = Arc<CertifiedKey>;

use super::acme::{self, Challenges};

/// Shared by all listeners.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    shown: ArcSwap<Shown>,
    pub(super) challenges: Arc<Challenges>,
}

#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Apps' own, by the host of their URL.
    pub(super) of_hosts: HashMap<Box<str>, Shared>,
    /// The same for addresses, in the order of the configuration: who visits one by its number names no host.
    pub(super) of_addresses: Vec<(IpAddr, Shared)>,
    /// What a listener with files shows to everybody else.
    pub(super) of_listeners: HashMap<SocketAddr, Shared>,
    /// The own authority's, by host; the empty one is for addresses, and for hosts that nobody claims.
    pub(super) made: HashMap<Box<str>, Shared>,
    /// Those from ACME, by host.
    pub(super) obtained: HashMap<Box<str>, Shared>,
    /// One of them, for who names no host, or one that nobody claims: what the own authority made for such visitors tells
    /// them addresses and the name of this machine, which is the plant's business.
    pub(super) first_obtained: Option<Shared>,
}

/// Where a listener looks when no app has a certificate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shelf {
    Listener(SocketAddr),
    Made(SocketAddr),
    Obtained(SocketAddr),
}

impl Certificates {
    pub(super) fn show(&self, shown: Shown) {
        self.shown.store(Arc::new(shown));
    }

    /// What one listener's visitors see.
    pub(super) fn on(self: &Arc<Self>, shelf: Shelf) -> Arc<dyn ResolvesServerCert> {
        Arc::new(Door { certificates: Arc::clone(self), shelf })
    }
}

#[derive(Debug)]
struct Door {
    certificates: Arc<Certificates>,
    shelf: Shelf,
}

impl ResolvesServerCert for Door {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Shared> {
        let host = hello.server_name().map(canonical);
        let asks_for_proof = hello.alpn().is_some_and(|mut offered| offered.any(|name| name == acme::PROTOCOL));
        if asks_for_proof && matches!(self.shelf, Shelf::Obtained(_)) {
            return self.certificates.challenges.certificate(&host?);
        }
        let shown = self.certificates.shown.load();
        let (Shelf::Listener(listener) | Shelf::Made(listener) | Shelf::Obtained(listener)) = self.shelf;
        let own = match &host {
            Some(host) => shown.of_hosts.get(&**host),
            None => shown.of_address(listener.ip()),
        };
        let shelved = || match self.shelf {
            Shelf::Listener(listener) => shown.of_listeners.get(&listener),
            Shelf::Made(_) => shown.made(host.as_deref()),
            Shelf::Obtained(_) => shown.obtained(host.as_deref()),
        };
        own.or_else(shelved).cloned()
    }
}

/// As hosts stand in URLs; clients write them so already.
fn canonical(host: &str) -> Cow<'_, str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => host.to_ascii_lowercase().into(),
        false => host.into(),
    }
}

impl Shown {
    fn made(&self, host: Option<&str>) -> Option<&Shared> {
        host.and_then(|host| self.made.get(host)).or_else(|| self.made.get(""))
    }

    fn obtained(&self, host: Option<&str>) -> Option<&Shared> {
        let own = host.and_then(|host| self.obtained.get(host).or_else(|| self.made.get(host)));
        own.or(self.first_obtained.as_ref()).or_else(|| self.made(host))
    }

    /// Without a name in the handshake (RFC 6066: an address is never sent). A listener on all addresses does not know
    /// which of them it was: the first app that has one is as good a guess as any.
    fn of_address(&self, listener: IpAddr) -> Option<&Shared> {
        let exact = self.of_addresses.iter().find(|(ip, _)| *ip == listener);
        let found = exact.or_else(|| self.of_addresses.first().filter(|_| listener.is_unspecified()));
        found.map(|(_, shown)| shown)
    }
}
