//! What is kept in memory for a while and taken once: sign-ins that are on their way through a provider.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Times are the gateway's uptime, which never jumps. When it is full, the oldest makes room: a flood shortens the time
/// that people have at the provider's, and locks nobody out.
pub(super) struct Keep<K, V> {
    most: usize,
    inner: Mutex<Inner<K, V>>,
}

struct Inner<K, V> {
    kept: HashMap<K, Kept<V>>,
    /// In the order of coming.
    order: BTreeMap<u64, K>,
    next: u64,
}

struct Kept<V> {
    value: V,
    number: u64,
    until: Duration,
}

/// Something that was taken, with the time that it has left: it can be put back.
pub(super) struct Taken<K, V> {
    key: K,
    until: Duration,
    pub(super) value: V,
}

impl<K: Hash + Eq + Copy, V> Keep<K, V> {
    pub(super) fn new(most: usize) -> Self {
        let inner = Inner { kept: HashMap::new(), order: BTreeMap::new(), next: 0 };
        Self { most, inner: Mutex::new(inner) }
    }

    pub(super) fn put(&self, key: K, value: V, now: Duration, valid: Duration) {
        self.insert(Taken { key, until: now.saturating_add(valid), value });
    }

    /// As if it had not been taken.
    pub(super) fn put_back(&self, taken: Taken<K, V>) {
        self.insert(taken);
    }

    fn insert(&self, taken: Taken<K, V>) {
        let Taken { key, until, value } = taken;
        let mut inner = self.inner();
        inner.remove(&key);
        while inner.kept.len() >= self.most {
            let Some((_, oldest)) = inner.order.pop_first() else { break };
            inner.kept.remove(&oldest);
        }
        let number = inner.next;
        inner.next += 1;
        inner.order.insert(number, key);
        inner.kept.insert(key, Kept { value, number, until });
    }

    pub(super) fn take(&self, key: &K, now: Duration) -> Option<Taken<K, V>> {
        let Kept { value, until, .. } = self.inner().remove(key)?;
        (now < until).then_some(Taken { key: *key, until, value })
    }

    /// Looks without taking.
    pub(super) fn see<T>(&self, key: &K, now: Duration, look: impl FnOnce(&V) -> T) -> Option<T> {
        let inner = self.inner();
        inner.kept.get(key).filter(|kept| now < kept.until).map(|kept| look(&kept.value))
    }

    /// Forgets what is over; called every minute or so.
    pub(super) fn sweep(&self, now: Duration) {
        let mut inner = self.inner();
        let Inner { kept, order, .. } = &mut *inner;
        order.retain(|_, key| kept.get(key).is_some_and(|kept| now < kept.until));
        kept.retain(|_, kept| now < kept.until);
    }

    fn inner(&self) -> MutexGuard<'_, Inner<K, V>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, V> Inner<K, V> {
    fn remove(&mut self, key: &K) -> Option<Kept<V>> {
        let kept = self.kept.remove(key)?;
        self.order.remove(&kept.number);
        Some(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn value(taken: Option<Taken<u32, &'static str>>) -> Option<&'static str> {
        taken.map(|taken| taken.value)
    }

    #[test]
    fn each_is_taken_once_and_in_time() {
        let keep = Keep::new(10);
        keep.put(1, "one", at(0), at(60));
        keep.put(2, "two", at(0), at(60));
        assert_eq!(keep.see(&1, at(59), |value| *value), Some("one"));
        assert_eq!(value(keep.take(&1, at(59))), Some("one"));
        assert_eq!(value(keep.take(&1, at(59))), None, "used");
        assert_eq!(value(keep.take(&2, at(60))), None, "late");
        assert_eq!(keep.inner().kept.len() + keep.inner().order.len(), 0);
    }

    #[test]
    fn what_is_put_back_lives_no_longer_for_it() {
        let keep = Keep::new(10);
        keep.put(1, "one", at(0), at(60));
        keep.put_back(keep.take(&1, at(59)).unwrap());
        assert_eq!(value(keep.take(&1, at(60))), None);
    }

    #[test]
    fn strangers_cannot_make_it_grow_and_the_oldest_makes_room() {
        let keep = Keep::new(100);
        for key in 0..10_000 {
            keep.put(key, "x", at(0), at(60));
        }
        assert_eq!((keep.inner().kept.len(), keep.inner().order.len()), (100, 100));
        assert_eq!(value(keep.take(&9_899, at(1))), None);
        assert_eq!(value(keep.take(&9_900, at(1))), Some("x"));
        keep.sweep(at(60));
        assert_eq!((keep.inner().kept.len(), keep.inner().order.len()), (0, 0));
    }
}
