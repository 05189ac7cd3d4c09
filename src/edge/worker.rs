//! A worker: one thread, one runtime, its own connections, upstream pool and caches.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::Cache;
use tokio::runtime::{LocalOptions, LocalRuntime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::directory::{Census, Fence, Narrowing, Order, Snapshot};
use crate::domain::{SessionId, Timestamp};
use crate::policy::{Verdict, decide};

use super::connect::Clients;
use super::pool::Pool;
use super::slot::{Exchange, Slot, Slots};
use super::stamp::Stamps;
use super::{Config, Listener, Shared, connection, drain};

/// The precision of deadlines, and of a session's idle and absolute limits on open streams.
const TICK: Duration = Duration::from_millis(100);
/// Every how many ticks all open exchanges are judged anew for what only time takes away.
const JUDGE_EVERY: u32 = 10;

pub(super) enum Task {
    Serve { stream: std::net::TcpStream, peer: SocketAddr, listener: Arc<Listener> },
    Drain(Duration),
}

/// The sending end of a worker's queue, with how many connections it holds.
#[derive(Clone)]
pub(super) struct Inbox {
    tasks: UnboundedSender<Task>,
    load: Arc<AtomicUsize>,
}

impl Inbox {
    pub(super) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    pub(super) fn send(&self, task: Task) {
        if matches!(task, Task::Serve { .. }) {
            self.load.fetch_add(1, Ordering::Relaxed);
        }
        // A worker that is gone has dropped its connections; so is this one.
        let _ = self.tasks.send(task);
    }
}

/// What all connections of one worker share.
pub(super) struct Worker {
    pub(super) config: Config,
    pub(super) shared: Shared,
    pub(super) slots: Slots,
    pub(super) pool: Pool,
    pub(super) clients: Clients,
    pub(super) stamps: Stamps,
    pub(super) draining: Cell<bool>,
    /// Devices and sessions that were reported to the ledger a moment ago.
    pub(super) reported: RefCell<HashSet<SessionId>>,
    snapshot: RefCell<Cache<DirectoryCell, Arc<Snapshot>>>,
    load: Arc<AtomicUsize>,
}

/// Lets `arc_swap::Cache` own its way to the snapshot.
struct DirectoryCell(Arc<crate::directory::Directory>);

impl std::ops::Deref for DirectoryCell {
    type Target = arc_swap::ArcSwap<Snapshot>;

    fn deref(&self) -> &Self::Target {
        self.0.snapshot_cell()
    }
}

pub(super) fn spawn(number: usize, config: Config, shared: Shared) -> io::Result<(Inbox, JoinHandle<()>)> {
    let (tasks, receiver) = unbounded_channel();
    let load = Arc::new(AtomicUsize::new(0));
    let inbox = Inbox { tasks, load: Arc::clone(&load) };
    // Subscribed before the first connection can come, so that no order is missed.
    let orders = shared.directory.orders().subscribe();
    let thread = std::thread::Builder::new().name(format!("worker-{number}")).spawn(move || match runtime() {
        Ok(runtime) => runtime.block_on(run(config, shared, load, receiver, orders)),
        Err(error) => tracing::error!(%error, "a worker cannot start"),
    })?;
    Ok((inbox, thread))
}

fn runtime() -> io::Result<LocalRuntime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build_local(LocalOptions::default())
}

async fn run(
    config: Config,
    shared: Shared,
    load: Arc<AtomicUsize>,
    mut tasks: UnboundedReceiver<Task>,
    orders: UnboundedReceiver<Order>,
) {
    let cell = DirectoryCell(Arc::clone(&shared.directory));
    let worker = Rc::new(Worker {
        config,
        shared,
        slots: Slots::default(),
        pool: Pool::default(),
        clients: Clients::default(),
        stamps: Stamps::default(),
        draining: Cell::new(false),
        reported: RefCell::default(),
        snapshot: RefCell::new(Cache::new(cell)),
        load,
    });
    tokio::task::spawn_local(Rc::clone(&worker).tick());
    tokio::task::spawn_local(Rc::clone(&worker).obey(orders));
    while let Some(task) = tasks.recv().await {
        match task {
            Task::Serve { stream, peer, listener } => worker.serve(stream, peer, listener),
            Task::Drain(limit) => return drain::drain(&worker, limit).await,
        }
    }
}

impl Worker {
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(self.snapshot.borrow_mut().load())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn serve(self: &Rc<Self>, stream: std::net::TcpStream, peer: SocketAddr, listener: Arc<Listener>) {
        let worker = Rc::clone(self);
        self.shared.connections.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_local(async move {
            let counted = Counted(Rc::clone(&worker));
            if let Ok(stream) = tokio::net::TcpStream::from_std(stream) {
                connection::serve(&worker, stream, peer, listener).await;
            }
            drop(counted);
        });
    }

    async fn tick(self: Rc<Self>) {
        let mut rounds = 0_u32;
        loop {
            tokio::time::sleep(TICK).await;
            let now = Instant::now();
            self.slots.for_each(|slot| slot.check_deadline(now));
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(JUDGE_EVERY) {
                self.pool.sweep(now);
                self.reported.borrow_mut().clear();
                self.rejudge(None);
            }
        }
    }

    async fn obey(self: Rc<Self>, mut orders: UnboundedReceiver<Order>) {
        while let Some(order) = orders.recv().await {
            match order {
                Order::Rejudge(narrowing, fence) => {
                    self.rejudge(Some((&narrowing, &fence)));
                }
                Order::Count(reply) => {
                    // Who asked may have gone.
                    let _ = reply.send(self.census());
                }
            }
        }
    }

    /// Ends every exchange that would not be admitted now. When the last copy of the fence is gone, so are their
    /// sockets and what the kernel still held for them: no further byte passes.
    fn rejudge(&self, order: Option<(&Narrowing, &Fence)>) {
        let snapshot = self.snapshot();
        let now = self.now();
        self.slots.for_each(|slot| {
            let Some(exchange) = slot.exchange() else { return };
            let ended = order.is_some_and(|(n, _)| exchange.session.is_some_and(|id| n.ended.contains(&id)));
            if !ended && self.still_admitted(&snapshot, &exchange, now) {
                return;
            }
            match order {
                Some((_, fence)) => slot.end_behind(fence.clone()),
                None => slot.end(),
            }
        });
    }

    fn still_admitted(&self, snapshot: &Snapshot, exchange: &Exchange, now: Timestamp) -> bool {
        let Some(entry) = snapshot.app(exchange.app) else { return false };
        let visitor = self.shared.directory.visitor(exchange.app, exchange.session.as_ref(), exchange.device);
        matches!(decide(&entry.rules, &visitor, now), Verdict::Forward(_))
    }

    fn census(&self) -> Census {
        let mut census: Census = HashMap::new();
        self.slots.for_each(|slot: &Slot| {
            if let Some(session) = slot.exchange().and_then(|exchange| exchange.session) {
                *census.entry(session).or_default() += 1;
            }
        });
        census
    }
}

struct Counted(Rc<Worker>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.load.fetch_sub(1, Ordering::Relaxed);
        self.0.shared.connections.fetch_sub(1, Ordering::Relaxed);
    }
}
