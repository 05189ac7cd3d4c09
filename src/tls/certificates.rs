//! What a handshake looks at: one pointer to everything that is shown, replaced as a whole.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

type Shared = Arc<CertifiedKey>;

/// Shared by all listeners.
#[derive(Debug, Default)]
pub(super) struct Certificates(ArcSwap<Shown>);

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
}

/// Where a listener looks when no app has a certificate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shelf {
    Listener(SocketAddr),
    Made(SocketAddr),
}

impl Certificates {
    pub(super) fn show(&self, shown: Shown) {
        self.0.store(Arc::new(shown));
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
        let shown = self.certificates.0.load();
        let (Shelf::Listener(listener) | Shelf::Made(listener)) = self.shelf;
        let host = hello.server_name().map(canonical);
        let own = match &host {
            Some(host) => shown.of_hosts.get(&**host),
            None => shown.of_address(listener.ip()),
        };
        let shelved = || match self.shelf {
            Shelf::Listener(listener) => shown.of_listeners.get(&listener),
            Shelf::Made(_) => host.and_then(|host| shown.made.get(&*host)).or_else(|| shown.made.get("")),
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
    /// Without a name in the handshake (RFC 6066: an address is never sent). A listener on all addresses does not know
    /// which of them it was: the first app that has one is as good a guess as any.
    fn of_address(&self, listener: IpAddr) -> Option<&Shared> {
        let exact = self.of_addresses.iter().find(|(ip, _)| *ip == listener);
        let found = exact.or_else(|| self.of_addresses.first().filter(|_| listener.is_unspecified()));
        found.map(|(_, shown)| shown)
    }
}
