//! Providers' documents in the store: a gateway that starts without a network knows whom it trusted yesterday.

use std::sync::Arc;

use crate::domain::{Key, Proposal, ProviderCache, Record};
use crate::federation::{Cached, Shelf};
use crate::ledger::Ledger;
use crate::store::Archive;

pub(super) struct StoreShelf {
    archive: Arc<dyn Archive>,
    ledger: Ledger,
}

impl StoreShelf {
    pub(super) fn new(archive: Arc<dyn Archive>, ledger: Ledger) -> Self {
        Self { archive, ledger }
    }
}

impl Shelf for StoreShelf {
    /// What cannot be read is fetched anew.
    fn read(&self, issuer: &str) -> Option<Cached> {
        match self.archive.get(&Key::Provider(issuer.into())) {
            Ok(Some((Record::Provider(cache), _))) => {
                let ProviderCache { issuer, metadata, keys, fetched_at } = *cache;
                Some(Cached { issuer, metadata, keys, fetched_at })
            }
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(issuer, %error, "what is kept of an identity provider cannot be read");
                None
            }
        }
    }

    fn keep(&self, cached: Cached) {
        let Cached { issuer, metadata, keys, fetched_at } = cached;
        let cache = ProviderCache { issuer, metadata, keys, fetched_at };
        // When too much waits to be written, it is fetched anew after the next start.
        self.ledger.propose_later(Proposal::new().put(Record::Provider(Box::new(cache))));
    }
}
