//! How much of the gateway one address, or one app, may take.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::directory::AppEntry;
use crate::domain::AppId;
use crate::throttle::Block;

use super::worker::Counted;

/// Connections of each address, or of the /64 that one household has.
#[derive(Debug, Default)]
pub(super) struct Addresses(Mutex<HashMap<Block, Arc<AtomicUsize>>>);

/// An address's claim on one connection.
#[derive(Debug)]
pub(super) struct Presence {
    addresses: Arc<Addresses>,
    block: Block,
    count: Arc<AtomicUsize>,
    most: usize,
}

impl Presence {
    /// A stream of the connection, which takes as much as a connection does. It must not outlive this one.
    pub(super) fn stream(&self) -> Result<Counted<1>, Full> {
        let counted = Counted::new([Arc::clone(&self.count)]);
        if self.count.load(Ordering::Relaxed) > self.most { Err(Full) } else { Ok(counted) }
    }
}

impl Addresses {
    /// `None` when it has as many as it may.
    pub(super) fn enter(self: &Arc<Self>, ip: IpAddr, most: usize) -> Option<Presence> {
        let block = Block::of(ip);
        let mut counts = self.counts();
        let count = counts.entry(block).or_default();
        // Streams come and go without the lock; connections only with it.
        if count.load(Ordering::Relaxed) >= most {
            return None;
        }
        count.fetch_add(1, Ordering::Relaxed);
        let count = Arc::clone(count);
        Some(Presence { addresses: Arc::clone(self), block, count, most })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Block, Arc<AtomicUsize>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut counts = self.addresses.counts();
        // Addresses that have gone take no memory.
        if self.count.fetch_sub(1, Ordering::Relaxed) == 1 {
            counts.remove(&self.block);
        }
    }
}

/// Exchanges of each app that has a ceiling, of all workers together.
#[derive(Debug, Default)]
pub struct Crowds(Mutex<HashMap<AppId, Arc<AtomicUsize>>>);

/// A worker's way to them.
pub(super) struct Crowd {
    all: Arc<Crowds>,
    known: RefCell<HashMap<AppId, Arc<AtomicUsize>>>,
}

impl Crowd {
    pub(super) fn new(all: Arc<Crowds>) -> Self {
        Self { all, known: RefCell::default() }
    }

    /// A place for one exchange. `Err`: the app has as many as it may.
    pub(super) fn enter(&self, entry: &AppEntry) -> Result<Option<Counted<1>>, Full> {
        let Some(most) = entry.app.max_connections else { return Ok(None) };
        let mut known = self.known.borrow_mut();
        let count = known.entry(entry.app.id).or_insert_with(|| {
            let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(entry.app.id).or_default())
        });
        // Counted first, so that two that come together are not both the last one.
        let counted = Counted::new([Arc::clone(count)]);
        let most = usize::try_from(most.get()).unwrap_or(usize::MAX);
        if count.load(Ordering::Relaxed) > most { Err(Full) } else { Ok(Some(counted)) }
    }
}

/// There is no place left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_leaves_nothing_behind() {
        let addresses = Arc::<Addresses>::default();
        let ip = |text: &str| text.parse().unwrap();
        let held: Vec<Presence> = (0..2).filter_map(|_| addresses.enter(ip("10.0.0.9"), 2)).collect();
        assert!(addresses.enter(ip("10.0.0.9"), 2).is_none());
        assert!(addresses.enter(ip("::ffff:10.0.0.9"), 2).is_none(), "the same address");
        assert!(addresses.enter(ip("10.0.0.10"), 2).is_some());
        drop(held);
        assert!(addresses.enter(ip("10.0.0.9"), 2).is_some());
        let _one = addresses.enter(ip("2001:db8::1"), 1);
        assert!(addresses.enter(ip("2001:db8::2"), 1).is_none(), "a /64 is one household");
        drop(_one);
        assert!(addresses.counts().is_empty());
    }
}
