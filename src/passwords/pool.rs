//! Where hashing happens: as many hashes at once as there are places, each in a block of memory that is used again.
//!
//! A block that was written before costs half the time of a fresh one (the kernel need not hand out its pages), and
//! the number of blocks is the bound on memory and cores alike.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use super::phc::{Cost, OUTPUT};
use super::{Bounds, Busy, PlainPassword};

/// When the pool is full, a second is enough for some hundred to be through.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(super) struct Pool {
    bench: Arc<Bench>,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    bounds: Bounds,
}

/// What a hash needs: the pepper, and blocks that wait to be used again.
struct Bench {
    pepper: Zeroizing<[u8; 32]>,
    idle: Mutex<Vec<Vec<Block>>>,
}

impl Pool {
    pub(super) fn new(pepper: [u8; 32], bounds: Bounds) -> Self {
        // Blocks come with the first use: a gateway that nobody signs in to stays small.
        let bench = Bench { pepper: Zeroizing::new(pepper), idle: Mutex::default() };
        Self {
            bench: Arc::new(bench),
            places: Arc::new(Semaphore::new(bounds.at_work.get())),
            waiting: AtomicUsize::new(0),
            bounds,
        }
    }

    pub(super) async fn run(&self, password: PlainPassword, salt: Vec<u8>, cost: Cost) -> Result<Vec<u8>, Busy> {
        let place = self.place().await?;
        let bench = self.bench.clone();
        // The place travels with the work: a visitor who goes away frees it only when the hash is done.
        let work = tokio::task::spawn_blocking(move || {
            let output = bench.hash(&password, &salt, cost);
            drop(place);
            output
        });
        match work.await {
            Ok(Some(output)) => Ok(output),
            Ok(None) | Err(_) => {
                tracing::error!("hashing a password failed");
                Err(Busy { retry_after: RETRY_AFTER })
            }
        }
    }

    pub(super) fn rest(&self) {
        let mut idle = self.bench.idle();
        if self.places.available_permits() == self.bounds.at_work.get() {
            *idle = Vec::new();
        }
    }

    pub(super) async fn place(&self) -> Result<OwnedSemaphorePermit, Busy> {
        const BUSY: Busy = Busy { retry_after: RETRY_AFTER };
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(place);
        }
        let _turn = Turn::take(&self.waiting, self.bounds.waiting).ok_or(BUSY)?;
        match tokio::time::timeout(self.bounds.patience, self.places.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(BUSY),
        }
    }
}

impl Bench {
    fn hash(&self, password: &PlainPassword, salt: &[u8], cost: Cost) -> Option<Vec<u8>> {
        let params = Params::new(cost.memory_kib, cost.rounds, cost.lanes, Some(OUTPUT)).ok()?;
        let argon2 =
            Argon2::new_with_secret(self.pepper.as_slice(), Algorithm::Argon2id, Version::V0x13, params).ok()?;
        let mut blocks = self.idle().pop().unwrap_or_default();
        let needed = usize::try_from(cost.memory_kib).ok()?;
        if blocks.len() < needed {
            blocks.resize(needed, Block::new());
        }
        let mut output = vec![0; OUTPUT];
        let done = argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut blocks);
        self.idle().push(blocks);
        done.ok().map(|()| output)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A waiting place; given back on drop, also when the visitor goes away.
struct Turn<'a>(&'a AtomicUsize);

impl<'a> Turn<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        let taken = waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < most).then_some(n + 1)).is_ok();
        taken.then(|| Self(waiting))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
