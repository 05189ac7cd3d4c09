//! How many streams there may be: each keeps a connection and a task for as long as somebody listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::portal::api::Problem;

/// Streams at a time. Two dozen members with ten tabs each; more would be programs that forget to close theirs.
const MOST: usize = 256;
/// Streams of one member or key, so that nobody takes all of them.
const MOST_EACH: usize = 32;

#[derive(Default)]
pub(in crate::portal::api) struct Seats(Arc<Mutex<HashMap<[u8; 32], usize>>>);

/// One stream's place, given back when it ends.
pub(super) struct Seat {
    taken: Arc<Mutex<HashMap<[u8; 32], usize>>>,
    name: [u8; 32],
}

impl Seats {
    pub(super) fn take(&self, name: [u8; 32]) -> Result<Seat, Problem> {
        let mut taken = lock(&self.0);
        let own = taken.get(&name).copied().unwrap_or_default();
        let all: usize = taken.values().sum();
        if own >= MOST_EACH || all >= MOST {
            return Err(Problem::TooManyStreams { are_own: own >= MOST_EACH });
        }
        taken.insert(name, own + 1);
        Ok(Seat { taken: Arc::clone(&self.0), name })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get(&self.name).copied() {
            Some(own @ 2..) => taken.insert(self.name, own - 1),
            _ => taken.remove(&self.name),
        };
    }
}

fn lock(taken: &Mutex<HashMap<[u8; 32], usize>>) -> MutexGuard<'_, HashMap<[u8; 32], usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_the_seats_and_each_is_given_back() {
        let seats = Seats::default();
        let mut held: Vec<Seat> = (0..MOST_EACH).map(|_| seats.take([1; 32]).unwrap()).collect();
        assert_eq!(seats.take([1; 32]).err(), Some(Problem::TooManyStreams { are_own: true }));
        for who in 2..9 {
            held.extend((0..MOST_EACH).map(|_| seats.take([who; 32]).unwrap()));
        }
        assert_eq!(seats.take([9; 32]).err(), Some(Problem::TooManyStreams { are_own: false }));
        held.remove(0);
        assert!(seats.take([9; 32]).is_ok());
        held.clear();
        assert!(lock(&seats.0).is_empty());
    }
}
