//! What the data plane's workers are told, and how one waits until they have done it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::mpsc as tasks;

use crate::domain::{AppId, SessionId};

/// A worker answers within a loop of its event queue, microseconds; one that needs longer than this is stuck.
const PATIENCE: Duration = Duration::from_secs(5);

/// Judge every open exchange by what the directory says now, and end those that no longer pass.
/// Dropping it says that this has been done.
#[derive(Debug, Clone)]
pub struct Fence {
    _done: mpsc::Sender<()>,
}

/// How many exchanges each session has open.
pub type Census = HashMap<SessionId, u32>;

/// What was taken away by a commit.
#[derive(Debug, Clone)]
pub struct Narrowing {
    /// Sessions that ended. Their streams end even where the mode would let anybody pass.
    pub ended: std::sync::Arc<[SessionId]>,
}

#[derive(Debug)]
pub enum Order {
    Rejudge(Narrowing, Fence),
    Count(tasks::UnboundedSender<Census>),
    CountByApp(tasks::UnboundedSender<HashMap<AppId, u32>>),
}

#[derive(Debug, Default)]
pub struct Orders(Mutex<Vec<tasks::UnboundedSender<Order>>>);

impl Orders {
    /// A new worker's own queue.
    pub fn subscribe(&self) -> tasks::UnboundedReceiver<Order> {
        let (sender, receiver) = tasks::unbounded_channel();
        self.lock().push(sender);
        receiver
    }

    /// Returns when no worker carries on anything that the directory no longer allows. False when one did not answer.
    /// Blocks: for the ledger's own thread.
    pub fn rejudge(&self, narrowing: &Narrowing) -> bool {
        let (done, all_done) = mpsc::channel();
        let order = || Order::Rejudge(narrowing.clone(), Fence { _done: done.clone() });
        self.lock().retain(|worker| worker.send(order()).is_ok());
        drop(done);
        matches!(all_done.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected))
    }

    /// Asks every worker for its open exchanges and adds them up.
    pub async fn census(&self) -> Census {
        self.count(Order::Count).await
    }

    /// The same by app.
    pub async fn open_by_app(&self) -> HashMap<AppId, u32> {
        self.count(Order::CountByApp).await
    }

    async fn count<K: Eq + Hash>(
        &self,
        order: impl Fn(tasks::UnboundedSender<HashMap<K, u32>>) -> Order,
    ) -> HashMap<K, u32> {
        let (sender, mut receiver) = tasks::unbounded_channel();
        self.lock().retain(|worker| worker.send(order(sender.clone())).is_ok());
        drop(sender);
        let mut total = HashMap::new();
        while let Some(part) = receiver.recv().await {
            for (key, open) in part {
                *total.entry(key).or_default() += open;
            }
        }
        total
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<tasks::UnboundedSender<Order>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
