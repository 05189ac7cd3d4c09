//! One kind of limit: a bucket for each key, within bounded memory.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::{Quota, RateLimiter};

/// Keys that one limit remembers, 66 bytes each. Whoever comes when it is full shares one bucket with all others
/// that came too late: a flood of made-up keys costs those who flood, and memory stays flat.
pub(super) const MOST_KEYS: usize = 50_000;

/// So many tries at once, then one more each time `refill` has passed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    pub(super) burst: NonZeroU32,
    pub(super) refill: Duration,
}

impl Allowance {
    pub(super) const fn new(burst: u32, refill: Duration) -> Self {
        let burst = match NonZeroU32::new(burst) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        Self { burst, refill }
    }
}

/// Keys are fingerprints: hashes under a secret, so that nobody can aim at another's.
pub(super) struct Limiter<C: Clock = DefaultClock> {
    limiter: RateLimiter<u64, Buckets, C, NoOpMiddleware<C::Instant>>,
    buckets: Buckets,
    clock: C,
    refill: Nanos,
    refusals: AtomicU64,
}

impl Limiter {
    pub(super) fn new(allowance: Allowance) -> Self {
        Self::with_clock(allowance, MOST_KEYS, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limiter<C> {
    pub(super) fn with_clock(allowance: Allowance, most_keys: usize, clock: C) -> Self {
        let quota = Quota::with_period(allowance.refill).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        let buckets = Buckets { map: Arc::default(), most: most_keys };
        let limiter = RateLimiter::new(quota.allow_burst(allowance.burst), buckets.clone(), clock.clone());
        Self { limiter, buckets, clock, refill: allowance.refill.into(), refusals: AtomicU64::new(0) }
    }

    /// Takes a try, or tells how long to wait for one.
    pub(super) fn take(&self, key: u64) -> Result<(), Duration> {
        self.limiter.check_key(&key).map_err(|no| {
            self.refusals.fetch_add(1, Ordering::Relaxed);
            no.wait_time_from(self.clock.now())
        })
    }

    /// How often somebody had to wait.
    pub(super) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Gives back a try that turned out to be no guess.
    pub(super) fn give_back(&self, key: u64) {
        let refill = self.refill.as_u64();
        let _: Result<(), ()> = self.buckets.measure_and_replace(&key, |until| {
            let until = until.map_or(0, Nanos::as_u64);
            Ok(((), Nanos::new(until.saturating_sub(refill))))
        });
    }

    /// Forgets the keys that are as good as new.
    pub(super) fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.limiter.len()
    }
}

/// A bounded map: beyond `most` keys, unknown ones share the last place.
#[derive(Clone)]
struct Buckets {
    map: Arc<DashMapStateStore<u64>>,
    most: usize,
}

const SHARED: u64 = 0;

impl StateStore for Buckets {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let has_place = self.map.contains_key(key) || self.map.len() < self.most;
        self.map.measure_and_replace(if has_place { key } else { &SHARED }, f)
    }
}

impl ShrinkableKeyedStateStore<u64> for Buckets {
    fn retain_recent(&self, drop_below: Nanos) {
        ShrinkableKeyedStateStore::retain_recent(&*self.map, drop_below);
    }

    fn shrink_to_fit(&self) {
        ShrinkableKeyedStateStore::shrink_to_fit(&*self.map);
    }

    fn len(&self) -> usize {
        self.map.len()
    }

    fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const THREE: Allowance = Allowance::new(3, Duration::from_secs(10));

    fn limiter(most: usize) -> (Limiter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        // governor reads a fresh bucket as time zero; tests begin later, as the real clock does.
        clock.advance(Duration::from_secs(3600));
        (Limiter::with_clock(THREE, most, clock.clone()), clock)
    }

    #[test]
    fn after_the_burst_one_waits() {
        let (limiter, clock) = limiter(100);
        assert!((0..3).all(|_| limiter.take(1).is_ok()));
        assert_eq!(limiter.take(1), Err(Duration::from_secs(10)));
        assert!(limiter.take(2).is_ok(), "others do not wait");
        clock.advance(Duration::from_secs(10));
        assert!(limiter.take(1).is_ok());
        assert!(limiter.take(1).is_err());
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let (limiter, _) = limiter(100);
        for _ in 0..100 {
            assert!(limiter.take(1).is_ok());
            limiter.give_back(1);
        }
        assert!((0..3).all(|_| limiter.take(1).is_ok()));
        assert!(limiter.take(1).is_err());
    }

    #[test]
    fn giving_back_too_much_gives_no_more_than_the_burst() {
        let (limiter, _) = limiter(100);
        (0..50).for_each(|_| limiter.give_back(1));
        assert!((0..3).all(|_| limiter.take(1).is_ok()));
        assert!(limiter.take(1).is_err());
    }

    #[test]
    fn memory_is_bounded_and_comes_back() {
        let (limiter, clock) = limiter(50);
        let through = (1..=1000_u64).collect::<Vec<_>>().iter().filter(|key| limiter.take(**key).is_ok()).count();
        assert!(limiter.len() <= 51, "{}", limiter.len());
        assert_eq!(through, 50 + 3, "those without a place share one allowance");
        clock.advance(Duration::from_secs(60));
        limiter.sweep();
        assert_eq!(limiter.len(), 0);
    }
}
