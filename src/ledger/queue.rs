//! What waits for the writer: people's proposals, and news that nobody waits for, each with its own bound.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::Proposal;

use super::{LedgerError, Reply};

/// Somebody waits for each of these. More than this is several seconds of writing on a slow disk.
const PEOPLE: usize = 4096;
/// News waits here; what does not fit is dropped, for the next request brings it again.
const NEWS: usize = 1024;
/// The most that one synchronization covers: enough to make its cost small, few enough to keep it short.
const BATCH: usize = 512;
/// News has this much of a batch at least, so that it moves under any load, and at most, so that it delays nobody.
const NEWS_IN_BATCH: usize = 64;

#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    people: VecDeque<(Proposal, Reply)>,
    news: VecDeque<Proposal>,
    closed: bool,
}

/// What the writer does next.
pub(super) enum Next {
    /// Proposals in the order in which they came, with whom to answer.
    Batch(Vec<Proposal>, Vec<Option<Reply>>),
    /// Nothing came for the time that the writer was ready to wait.
    Quiet,
    /// Nothing is left and nothing will come.
    Closed,
}

impl Queue {
    pub(super) fn ask(&self, proposal: Proposal, reply: Reply) -> Result<(), LedgerError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(LedgerError::Closed);
        }
        if waiting.people.len() >= PEOPLE {
            return Err(LedgerError::Overloaded);
        }
        waiting.people.push_back((proposal, reply));
        self.changed.notify_one();
        Ok(())
    }

    pub(super) fn tell(&self, proposal: Proposal) -> bool {
        let mut waiting = self.lock();
        if waiting.closed || waiting.news.len() >= NEWS {
            return false;
        }
        waiting.news.push_back(proposal);
        self.changed.notify_one();
        true
    }

    /// Waits for work, for `patience` at most when it is given.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next {
        let mut waiting = self.lock();
        if waiting.is_empty() && !waiting.closed {
            waiting = match patience {
                None => self
                    .changed
                    .wait_while(waiting, |waiting| waiting.is_empty() && !waiting.closed)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let waited = self.changed.wait_timeout(waiting, patience);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        match (waiting.is_empty(), waiting.closed) {
            (false, _) => waiting.take(),
            (true, false) => Next::Quiet,
            (true, true) => Next::Closed,
        }
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Closes and drops all that waits; whoever waits for an answer learns that none will come.
    pub(super) fn abandon(&self) {
        let mut waiting = self.lock();
        *waiting = Waiting { closed: true, ..Waiting::default() };
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Queue {
    /// How many people's proposals wait.
    pub(super) fn waiting(&self) -> usize {
        self.lock().people.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.people.is_empty() && self.news.is_empty()
    }

    fn take(&mut self) -> Next {
        let news = self.news.len().min(NEWS_IN_BATCH);
        let people = self.people.len().min(BATCH - news);
        let (mut proposals, mut replies) = (Vec::with_capacity(people + news), Vec::with_capacity(people + news));
        for (proposal, reply) in self.people.drain(..people) {
            proposals.push(proposal);
            replies.push(Some(reply));
        }
        for proposal in self.news.drain(..news) {
            proposals.push(proposal);
            replies.push(None);
        }
        Next::Batch(proposals, replies)
    }
}
