//! What a handshake looks at: one pointer to everything that is shown, replaced as a whole.

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
    /// What a listener shows to everybody else.
    pub(super) of_listeners: HashMap<SocketAddr, Shared>,
}

impl Certificates {
    pub(super) fn show(&self, shown: Shown) {
        self.0.store(Arc::new(shown));
    }

    /// What one listener's visitors see.
    pub(super) fn at(self: &Arc<Self>, listener: SocketAddr) -> Arc<dyn ResolvesServerCert> {
        Arc::new(Door { certificates: Arc::clone(self), listener })
    }
}

#[derive(Debug)]
struct Door {
    certificates: Arc<Certificates>,
    listener: SocketAddr,
}

impl ResolvesServerCert for Door {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Shared> {
        let shown = self.certificates.0.load();
        let own = match hello.server_name() {
            Some(host) => shown.of_host(host),
            None => shown.of_address(self.listener.ip()),
        };
        own.or_else(|| shown.of_listeners.get(&self.listener)).cloned()
    }
}

impl Shown {
    fn of_host(&self, host: &str) -> Option<&Shared> {
        if self.of_hosts.is_empty() {
            return None;
        }
        let host = host.strip_suffix('.').unwrap_or(host);
        match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => self.of_hosts.get(&*host.to_ascii_lowercase()),
            false => self.of_hosts.get(host),
        }
    }

    /// Without a name in the handshake (RFC 6066: an address is never sent). A listener on all addresses does not know
    /// which of them it was: the first app that has one is as good a guess as any.
    fn of_address(&self, listener: IpAddr) -> Option<&Shared> {
        let exact = self.of_addresses.iter().find(|(ip, _)| *ip == listener);
        let found = exact.or_else(|| self.of_addresses.first().filter(|_| listener.is_unspecified()));
        found.map(|(_, shown)| shown)
    }
}
