//! What an ACME server gets to see while it looks whether a host is ours. Read on every handshake and request that asks,
//! written a few times in a month.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::sign::CertifiedKey;

/// RFC 8737 section 3: the only protocol that such a handshake offers.
pub(in crate::tls) const PROTOCOL: &[u8] = b"acme-tls/1";

#[derive(Debug, Default)]
pub struct Challenges(ArcSwap<Pending>);

#[derive(Debug, Default, Clone)]
struct Pending {
    /// By token.
    texts: HashMap<Box<str>, Box<str>>,
    /// By host.
    certificates: HashMap<Box<str>, Arc<CertifiedKey>>,
}

impl Challenges {
    /// What stands at `/.well-known/acme-challenge/{token}`; `None` when nobody is expected there.
    pub fn text(&self, token: &str) -> Option<String> {
        self.0.load().texts.get(token).map(|text| text.to_string())
    }

    pub(in crate::tls) fn certificate(&self, host: &str) -> Option<Arc<CertifiedKey>> {
        self.0.load().certificates.get(host).cloned()
    }

    pub(super) fn show_text(self: &Arc<Self>, token: &str, text: &str) -> Shown {
        self.change(|pending| _ = pending.texts.insert(token.into(), text.into()));
        Shown { challenges: Arc::clone(self), key: token.into() }
    }

    pub(super) fn show_certificate(self: &Arc<Self>, host: &str, certificate: Arc<CertifiedKey>) -> Shown {
        self.change(|pending| _ = pending.certificates.insert(host.into(), Arc::clone(&certificate)));
        Shown { challenges: Arc::clone(self), key: host.into() }
    }

    fn change(&self, change: impl Fn(&mut Pending)) {
        self.0.rcu(|pending| {
            let mut pending = Pending::clone(pending);
            change(&mut pending);
            pending
        });
    }
}

/// Until this is dropped. Tokens have no dots and hosts that are asked for have no token's length: one key is one thing.
pub(super) struct Shown {
    challenges: Arc<Challenges>,
    key: Box<str>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.challenges.change(|pending| {
            pending.texts.remove(&self.key);
            pending.certificates.remove(&self.key);
        });
    }
}
