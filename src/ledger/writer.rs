//! The writer's own thread: nothing else commits, and nothing else changes the directory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::directory::Directory;
use crate::domain::{Change, Proposal, Seq};
use crate::store::{Committed, Journal, StoreError};

use super::queue::{Next, Queue};
use super::{LedgerError, Reply};

/// How often a store that failed is tried again: soon enough to heal unnoticed, rarely enough to cost nothing.
const PROBE_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    journal: Arc<dyn Journal>,
    directory: Arc<Directory>,
    queue: Arc<Queue>,
    healthy: Arc<AtomicBool>,
    /// The commit at which the directory stands; unknown until the store has answered once.
    applied: Option<Seq>,
}

impl Writer {
    pub(super) fn new(
        journal: Arc<dyn Journal>,
        directory: Arc<Directory>,
        queue: Arc<Queue>,
        healthy: Arc<AtomicBool>,
    ) -> Self {
        Self { journal, directory, queue, healthy, applied: None }
    }

    pub(super) fn run(mut self) {
        let _abandon = AbandonOnDrop(Arc::clone(&self.queue));
        self.probe();
        loop {
            let patience = if self.healthy.load(Ordering::Relaxed) { None } else { Some(PROBE_EVERY) };
            match self.queue.next(patience) {
                Next::Batch(proposals, replies) => self.write(&proposals, replies),
                Next::Quiet => self.probe(),
                Next::Closed => return,
            }
        }
    }

    fn write(&mut self, proposals: &[Proposal], replies: Vec<Option<Reply>>) {
        let outcome = self.journal.commit(proposals);
        self.note(outcome.as_ref().err());
        let answers: Vec<Result<Seq, LedgerError>> = match &outcome {
            Ok(committed) => {
                self.show(proposals, committed);
                let answer = |kept: &bool| if *kept { Ok(committed.seq) } else { Err(LedgerError::Conflict) };
                committed.kept.iter().map(answer).collect()
            }
            Err(error) => vec![Err(LedgerError::from(error)); proposals.len()],
        };
        for (reply, answer) in replies.into_iter().zip(answers) {
            if let Some(reply) = reply {
                // The other side may have stopped waiting; what happened has happened.
                let _ = reply.send(answer);
            }
        }
    }

    /// Makes a commit visible, and those before it that came back with a store that had failed.
    fn show(&mut self, proposals: &[Proposal], committed: &Committed) {
        let kept = proposals.iter().zip(&committed.kept).filter(|(_, kept)| **kept);
        let own = kept.flat_map(|(proposal, _)| &proposal.changes).chain(&committed.linked);
        let own: Vec<Change> = own.cloned().collect();
        let first = Seq(committed.seq.0.saturating_sub(u64::from(!own.is_empty())));
        self.catch_up(first);
        self.apply(&own);
        self.applied = Some(committed.seq);
    }

    fn probe(&mut self) {
        let outcome = self.journal.probe();
        self.note(outcome.as_ref().err());
        if let Ok(seq) = outcome {
            self.catch_up(seq);
        }
    }

    /// Applies what the store kept although it said that it had failed, up to `seq`.
    fn catch_up(&mut self, seq: Seq) {
        let applied = *self.applied.get_or_insert(seq);
        if applied >= seq {
            return;
        }
        match self.journal.tail(applied) {
            Ok(commits) => {
                for commit in commits.iter().filter(|commit| commit.seq <= seq) {
                    self.apply(&commit.changes);
                }
            }
            Err(error) => tracing::error!(%error, "what the store kept while it failed cannot be shown; restart"),
        }
        self.applied = Some(seq);
    }

    fn apply(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        if let Some(narrowing) = self.directory.apply(changes)
            && !self.directory.orders().rejudge(&narrowing)
        {
            tracing::error!("a worker did not end its revoked streams in time");
        }
    }

    /// Says once when writing begins to fail and once when it works again.
    fn note(&self, error: Option<&StoreError>) {
        let was = self.healthy.swap(error.is_none(), Ordering::Relaxed);
        match error {
            Some(error) if was => tracing::error!(%error, "changes cannot be kept"),
            None if !was => tracing::info!("changes can be kept again"),
            _ => {}
        }
    }
}

/// However the thread ends, nobody waits for it afterwards.
struct AbandonOnDrop(Arc<Queue>);

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
