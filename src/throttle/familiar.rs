//! Which devices and addresses have signed in to which account lately: two generations of fingerprints.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Fingerprints a generation, 9 bytes each: more than a plant has devices. When one is full it becomes the older one,
/// and what was in the older one and did not come back is forgotten.
const GENERATION: usize = 50_000;

#[derive(Default)]
pub(super) struct Familiar(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashSet<u64>,
    old: HashSet<u64>,
}

impl Familiar {
    pub(super) fn knows(&self, fingerprint: u64) -> bool {
        let generations = self.lock();
        generations.young.contains(&fingerprint) || generations.old.contains(&fingerprint)
    }

    pub(super) fn remember(&self, fingerprint: u64) {
        let mut generations = self.lock();
        if generations.young.len() >= GENERATION {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(fingerprint);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_back_stays_known_and_memory_stays_bounded() {
        let familiar = Familiar::default();
        for fingerprint in 0..500_000 {
            familiar.remember(fingerprint);
            familiar.remember(7);
        }
        assert!(familiar.knows(7));
        assert!(!familiar.knows(1));
        let generations = familiar.lock();
        assert!(generations.young.len() + generations.old.len() <= 2 * GENERATION);
    }
}
