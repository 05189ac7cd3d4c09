//! What is kept in memory for a while and taken once: sign-ins that are on their way through a provider.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::Timestamp;

/// When it is full, the oldest makes room: a flood shortens the time that people have at the provider's, and locks
/// nobody out.
pub(super) struct Keep<K, V> {
    most: usize,
    inner: Mutex<Inner<K, V>>,
}

/// By two clocks: what is over by either is over. A wall clock that steps back makes nothing live longer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Never jumps.
    pub(super) uptime: Duration,
    pub(super) clock: Timestamp,
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
    span: Span,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    since: Moment,
    valid: Duration,
}

impl Span {
    fn holds(&self, now: Moment) -> bool {
        now.uptime.saturating_sub(self.since.uptime) < self.valid && now.clock.since(self.since.clock) < self.valid
    }
}

/// Something that was taken; it can be put back, and lives no longer for it.
pub(super) struct Taken<K, V> {
    key: K,
    span: Span,
    pub(super) value: V,
}

impl<K: Hash + Eq + Copy, V> Keep<K, V> {
    pub(super) fn new(most: usize) -> Self {
        let inner = Inner { kept: HashMap::new(), order: BTreeMap::new(), next: 0 };
        Self { most, inner: Mutex::new(inner) }
    }

    pub(super) fn put(&self, key: K, value: V, now: Moment, valid: Duration) {
        self.put_back(Taken { key, span: Span { since: now, valid }, value });
    }

    pub(super) fn put_back(&self, taken: Taken<K, V>) {
        let Taken { key, span, value } = taken;
        let mut inner = self.inner();
        inner.remove(&key);
        while inner.kept.len() >= self.most {
            let Some((_, oldest)) = inner.order.pop_first() else { break };
            inner.kept.remove(&oldest);
        }
        let number = inner.next;
        inner.next += 1;
        inner.order.insert(number, key);
        inner.kept.insert(key, Kept { value, number, span });
    }

    pub(super) fn take(&self, key: &K, now: Moment) -> Option<Taken<K, V>> {
        let Kept { value, span, .. } = self.inner().remove(key)?;
        span.holds(now).then_some(Taken { key: *key, span, value })
    }

    /// Looks without taking.
    pub(super) fn see<T>(&self, key: &K, now: Moment, look: impl FnOnce(&V) -> T) -> Option<T> {
        let inner = self.inner();
        inner.kept.get(key).filter(|kept| kept.span.holds(now)).map(|kept| look(&kept.value))
    }

    /// Forgets what is over; called every minute or so.
    pub(super) fn sweep(&self, now: Moment) {
        let mut inner = self.inner();
        let Inner { kept, order, .. } = &mut *inner;
        kept.retain(|_, kept| kept.span.holds(now));
        order.retain(|_, key| kept.contains_key(key));
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

    const MINUTE: Duration = Duration::from_secs(60);

    fn moment(uptime: u64, clock: i64) -> Moment {
        Moment { uptime: Duration::from_secs(uptime), clock: Timestamp::from_millis(clock * 1000) }
    }

    fn at(seconds: u64) -> Moment {
        moment(seconds, i64::try_from(seconds).unwrap())
    }

    fn sizes(keep: &Keep<u32, &str>) -> (usize, usize) {
        let inner = keep.inner();
        (inner.kept.len(), inner.order.len())
    }

    fn value(taken: Option<Taken<u32, &'static str>>) -> Option<&'static str> {
        taken.map(|taken| taken.value)
    }

    #[test]
    fn each_is_taken_once_and_in_time() {
        let keep = Keep::new(10);
        keep.put(1, "one", at(0), MINUTE);
        keep.put(2, "two", at(0), MINUTE);
        assert_eq!(keep.see(&1, at(59), |value| *value), Some("one"));
        assert_eq!(value(keep.take(&1, at(59))), Some("one"));
        assert_eq!(value(keep.take(&1, at(59))), None, "used");
        assert_eq!(value(keep.take(&2, at(60))), None, "late");
        assert_eq!(sizes(&keep), (0, 0));
    }

    #[test]
    fn what_is_put_back_lives_no_longer_for_it() {
        let keep = Keep::new(10);
        keep.put(1, "one", at(0), MINUTE);
        keep.put_back(keep.take(&1, at(59)).unwrap());
        assert_eq!(value(keep.take(&1, at(60))), None);
    }

    #[test]
    fn a_clock_that_jumps_ends_it_early_and_never_late() {
        let keep = Keep::new(10);
        for key in 0..4 {
            keep.put(key, "x", moment(100, 1000), MINUTE);
        }
        assert_eq!(value(keep.take(&0, moment(101, 1060))), None, "ahead");
        assert_eq!(value(keep.take(&1, moment(101, 5))), Some("x"), "back");
        assert_eq!(value(keep.take(&2, moment(160, 5))), None, "back, and time has passed");
        assert_eq!(value(keep.take(&3, moment(159, 1059))), Some("x"));
    }

    #[test]
    fn strangers_cannot_make_it_grow_and_the_oldest_makes_room() {
        let keep = Keep::new(100);
        for key in 0..10_000 {
            keep.put(key, "x", at(0), MINUTE);
        }
        assert_eq!(sizes(&keep), (100, 100));
        assert_eq!(value(keep.take(&9_899, at(1))), None);
        assert_eq!(value(keep.take(&9_900, at(1))), Some("x"));
        keep.sweep(at(60));
        assert_eq!(sizes(&keep), (0, 0));
    }
}
