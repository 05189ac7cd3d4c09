//! The one writer: propose → commit (batched) → apply → reply. Durable, then visible, then answered.

#[cfg(test)]
mod law;
mod queue;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::directory::Directory;
use crate::domain::{Proposal, Seq};
use crate::store::{Journal, StoreError};

use queue::Queue;
use writer::Writer;

/// The way to change anything. Clones speak to the same writer; when the last one goes, it finishes and ends.
#[derive(Clone)]
pub struct Ledger(Arc<Handle>);

struct Handle {
    queue: Arc<Queue>,
    healthy: Arc<AtomicBool>,
    work: Arc<Work>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer has done since it started.
#[derive(Debug, Default)]
pub struct Work {
    /// Batches, each made durable with one synchronization.
    pub commits: AtomicU64,
    pub proposals: AtomicU64,
    pub failures: AtomicU64,
    /// Spent in commits.
    pub micros: AtomicU64,
}

/// What the writer answers: the commit that kept the proposal.
type Reply = oneshot::Sender<Result<Seq, LedgerError>>;

impl Ledger {
    /// Starts the writer's thread. `directory` has been filled from `journal` before.
    pub fn start(journal: Arc<dyn Journal>, directory: Arc<Directory>) -> Self {
        let queue = Arc::new(Queue::default());
        let healthy = Arc::new(AtomicBool::new(true));
        let work = Arc::<Work>::default();
        let writer = Writer::new(journal, directory, Arc::clone(&queue), (Arc::clone(&healthy), Arc::clone(&work)));
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.run());
        // Without its writer the ledger is closed, and says so to everybody who proposes.
        let thread = thread.inspect_err(|error| {
            tracing::error!(%error, "the ledger's thread cannot be started");
            queue.close();
        });
        Self(Arc::new(Handle { queue, healthy, work, thread: Mutex::new(thread.ok()) }))
    }

    /// Returns when the proposal is durable and visible, and nothing that it ended goes on.
    /// A caller that gives up waiting does not take the proposal back.
    pub async fn propose(&self, proposal: Proposal) -> Result<Seq, LedgerError> {
        let (reply, answer) = oneshot::channel();
        self.0.queue.ask(proposal, reply)?;
        // A writer that ends without an answer has died: nobody can say more than that.
        answer.await.unwrap_or(Err(LedgerError::Closed))
    }

    /// Hands over news that nobody waits for. False when it was dropped because too much of it is waiting.
    pub fn propose_later(&self, proposal: Proposal) -> bool {
        self.0.queue.tell(proposal)
    }

    /// Whether the last attempt to write succeeded. When it did not, the writer tries again by itself every second.
    pub fn healthy(&self) -> bool {
        self.0.healthy.load(Ordering::Relaxed)
    }

    /// What the writer has done so far.
    pub fn work(&self) -> &Work {
        &self.0.work
    }

    /// Takes nothing more, finishes what waits, and returns when it is done. Blocks.
    pub fn shutdown(self) {
        self.0.queue.close();
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the ledger's thread has panicked");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Why a proposal did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerError {
    /// A guard did not hold: somebody else was faster.
    Conflict,
    /// More proposals wait than the writer takes.
    Overloaded,
    /// The store refused; the text is for the log.
    Store(String),
    /// The gateway is shutting down.
    Closed,
}

impl From<&StoreError> for LedgerError {
    fn from(error: &StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else changed the same thing first"),
            Self::Overloaded => f.write_str("too many changes are waiting"),
            Self::Store(text) => f.write_str(text),
            Self::Closed => f.write_str("the gateway is shutting down"),
        }
    }
}

impl std::error::Error for LedgerError {}
