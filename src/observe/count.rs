//! Numbers that grow. What the hot path counts has one writer, its worker, so that no two cores fight for a number; who
//! reads adds them up.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::{AccessMode, AppId};

/// A number with one writer.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// For its one writer: no instruction here locks the bus.
    pub(super) fn add(&self, more: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What became of a request, before anybody answered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    Forward,
    Challenge,
    Refuse,
    /// A page of the gateway's own.
    Own,
}

impl Judged {
    pub const ALL: [Self; 4] = [Self::Forward, Self::Challenge, Self::Refuse, Self::Own];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Challenge => "challenge",
            Self::Refuse => "refuse",
            Self::Own => "own",
        }
    }
}

/// Upper bounds in microseconds, as Prometheus' histograms have them: a panel's poll takes one, a report takes ten million.
pub const BUCKETS: [u64; 13] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// One worker's numbers of one app.
#[derive(Debug, Default)]
pub struct AppCounts {
    judged: [[Count; Judged::ALL.len()]; AccessMode::ALL.len()],
    /// By the first digit of the status, 1 to 5.
    answered: [Count; 5],
    waited: [Count; BUCKETS.len() + 1],
    waited_micros: Count,
}

impl AppCounts {
    pub fn judged(&self, mode: AccessMode, judged: Judged) {
        if let Some(count) = self.judged.get(mode as usize).and_then(|row| row.get(judged as usize)) {
            count.add(1);
        }
    }

    pub fn answered(&self, status: u16) {
        if let Some(count) = usize::from(status / 100).checked_sub(1).and_then(|class| self.answered.get(class)) {
            count.add(1);
        }
    }

    /// From a request's head to the head of the app's answer.
    pub fn waited(&self, span: Duration) {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|bound| micros <= *bound).unwrap_or(BUCKETS.len());
        if let Some(count) = self.waited.get(bucket) {
            count.add(1);
        }
        self.waited_micros.add(micros);
    }
}

/// An app's numbers, of all workers together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppTotals {
    pub judged: [[u64; Judged::ALL.len()]; AccessMode::ALL.len()],
    pub answered: [u64; 5],
    pub waited: [u64; BUCKETS.len() + 1],
    pub waited_micros: u64,
}

impl AppTotals {
    fn add(&mut self, counts: &AppCounts) {
        let all = |totals: &mut [u64], counts: &[Count]| {
            totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count.get());
        };
        self.judged.iter_mut().zip(&counts.judged).for_each(|(totals, counts)| all(totals, counts));
        all(&mut self.answered, &counts.answered);
        all(&mut self.waited, &counts.waited);
        self.waited_micros += counts.waited_micros.get();
    }
}

/// Why requests were turned away before they were anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    Malformed,
    TooLarge,
    Late,
    UnknownHost,
}

impl Rejected {
    pub const ALL: [Self; 4] = [Self::Malformed, Self::TooLarge, Self::Late, Self::UnknownHost];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Late => "late",
            Self::UnknownHost => "unknown_host",
        }
    }
}

/// One worker's numbers.
#[derive(Debug, Default)]
pub struct WorkerCounts {
    apps: Mutex<HashMap<AppId, Arc<AppCounts>>>,
    rejected: [Count; Rejected::ALL.len()],
}

impl WorkerCounts {
    /// For a worker, which keeps it: it takes a lock.
    pub fn app(&self, app: AppId) -> Arc<AppCounts> {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(apps.entry(app).or_default())
    }

    pub fn rejected(&self, why: Rejected) {
        if let Some(count) = self.rejected.get(why as usize) {
            count.add(1);
        }
    }
}

/// The workers' numbers, for who reads them.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Vec<Arc<WorkerCounts>>>);

impl Traffic {
    /// A new worker's own.
    pub fn worker(&self) -> Arc<WorkerCounts> {
        let counts = Arc::<WorkerCounts>::default();
        self.workers(|workers| workers.push(Arc::clone(&counts)));
        counts
    }

    pub fn apps(&self) -> HashMap<AppId, AppTotals> {
        let mut totals = HashMap::<AppId, AppTotals>::new();
        self.workers(|workers| {
            for worker in workers {
                let apps = worker.apps.lock().unwrap_or_else(PoisonError::into_inner);
                apps.iter().for_each(|(app, counts)| totals.entry(*app).or_default().add(counts));
            }
        });
        totals
    }

    pub fn rejected(&self, why: Rejected) -> u64 {
        let mut total = 0;
        self.workers(|workers| {
            total = workers.iter().filter_map(|worker| worker.rejected.get(why as usize)).map(Count::get).sum();
        });
        total
    }

    fn workers(&self, visit: impl FnOnce(&mut Vec<Arc<WorkerCounts>>)) {
        visit(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_added_up() {
        let traffic = Traffic::default();
        let app = AppId::from_u64(1);
        for worker in [traffic.worker(), traffic.worker()] {
            let counts = worker.app(app);
            counts.judged(AccessMode::Signup, Judged::Challenge);
            counts.answered(204);
            counts.answered(999);
            counts.waited(Duration::from_millis(3));
            counts.waited(Duration::from_secs(60));
            worker.rejected(Rejected::Late);
        }
        let totals = &traffic.apps()[&app];
        assert_eq!(totals.judged[2], [0, 2, 0, 0]);
        assert_eq!(totals.answered, [0, 2, 0, 0, 0]);
        assert_eq!((totals.waited[2], totals.waited[BUCKETS.len()], totals.waited_micros), (2, 2, 120_006_000));
        assert_eq!(traffic.rejected(Rejected::Late), 2);
    }
}
