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
use crate::domain::{AppId, SessionId, Timestamp};
use crate::policy::{Verdict, decide};

use super::ceilings::{Crowd, Presence};
use super::connect::Clients;
use super::http2::Trunks;
use super::lookup::Lookups;
use super::meter::Meter;
use super::pool::Pool;
use super::slot::{Exchange, Slot, Slots};
use super::stamp::Stamps;
use super::views::Views;
use super::{Config, Listener, Shared, connection, drain};

/// The precision of deadlines, and of a session's idle and absolute limits on open streams.
const TICK: Duration = Duration::from_millis(100);
/// Every how many ticks all open exchanges are judged anew for what only time takes away.
const JUDGE_EVERY: u32 = 10;

enum Task {
    Serve(Accepted),
    Drain(Duration),
}

/// A connection on its way to its worker.
struct Accepted {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    /// What it takes of its address's share.
    presence: Option<Presence>,
    listener: Arc<Listener>,
    counted: Counted<2>,
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

    /// `all` counts the connections of all workers; this one counts from now on, however long the worker takes to see it.
    pub(super) fn serve(
        &self,
        stream: std::net::TcpStream,
        (peer, presence): (SocketAddr, Option<Presence>),
        listener: Arc<Listener>,
        all: &Arc<AtomicUsize>,
    ) {
        let counted = Counted::new([Arc::clone(&self.load), Arc::clone(all)]);
        // A worker that is gone has dropped its connections; so is this one.
        let _ = self.tasks.send(Task::Serve(Accepted { stream, peer, presence, listener, counted }));
    }

    pub(super) fn drain(&self, limit: Duration) {
        // A worker that is gone has nothing to drain.
        let _ = self.tasks.send(Task::Drain(limit));
    }
}

/// What all connections of one worker share.
pub(super) struct Worker {
    pub(super) config: Config,
    pub(super) shared: Shared,
    pub(super) slots: Slots,
    pub(super) pool: Pool,
    pub(super) meter: Meter,
    pub(super) crowd: Crowd,
    pub(super) clients: Clients,
    pub(super) lookups: Lookups,
    pub(super) trunks: Trunks,
    pub(super) stamps: Stamps,
    pub(super) draining: Cell<bool>,
    /// Bytes of bodies that are for the gateway itself and not whole yet.
    pub(super) arriving: Cell<usize>,
    /// Devices and sessions that were reported to the ledger a moment ago.
    pub(super) reported: RefCell<HashSet<SessionId>>,
    pub(super) views: Views,
    snapshot: RefCell<Cache<DirectoryCell, Arc<Snapshot>>>,
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
    let inbox = Inbox { tasks, load: Arc::default() };
    // Subscribed before the first connection can come, so that no order is missed.
    let orders = shared.directory.orders().subscribe();
    let thread = std::thread::Builder::new().name(format!("worker-{number}")).spawn(move || match runtime() {
        Ok(runtime) => runtime.block_on(run(config, shared, receiver, orders)),
        Err(error) => tracing::error!(%error, "a worker cannot start"),
    })?;
    Ok((inbox, thread))
}

fn runtime() -> io::Result<LocalRuntime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build_local(LocalOptions::default())
}

async fn run(config: Config, shared: Shared, mut tasks: UnboundedReceiver<Task>, orders: UnboundedReceiver<Order>) {
    let cell = DirectoryCell(Arc::clone(&shared.directory));
    let pool = Pool::new(Arc::clone(&shared.health));
    let crowd = Crowd::new(Arc::clone(&shared.crowds));
    let meter = Meter::new(shared.traffic.as_ref().map(|traffic| traffic.worker()));
    let worker = Rc::new(Worker {
        config,
        shared,
        slots: Slots::default(),
        pool,
        meter,
        crowd,
        clients: Clients::default(),
        lookups: Lookups::default(),
        trunks: Trunks::default(),
        stamps: Stamps::default(),
        draining: Cell::new(false),
        arriving: Cell::default(),
        reported: RefCell::default(),
        views: Views::default(),
        snapshot: RefCell::new(Cache::new(cell)),
    });
    tokio::task::spawn_local(Rc::clone(&worker).tick());
    tokio::task::spawn_local(Rc::clone(&worker).obey(orders));
    let limit = loop {
        match tasks.recv().await {
            Some(Task::Serve(accepted)) => worker.serve(accepted),
            Some(Task::Drain(limit)) => break limit,
            None => return,
        }
    };
    // What the acceptor still hands over is closed at once, not kept waiting.
    drop(tasks);
    drain::drain(&worker, limit).await;
}

impl Worker {
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(self.snapshot.borrow_mut().load())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn serve(self: &Rc<Self>, accepted: Accepted) {
        let worker = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let Accepted { stream, peer, presence, listener, counted } = accepted;
            if let Ok(stream) = tokio::net::TcpStream::from_std(stream) {
                connection::serve(&worker, stream, (peer, presence), listener).await;
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
                self.pool.sweep(now, &self.snapshot());
                self.trunks.sweep(now);
                self.reported.borrow_mut().clear();
                self.views.report(&self.shared.sightings, self.now());
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
                Order::CountByApp(reply) => {
                    let _ = reply.send(self.by_app());
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
        let is_admitted = |exchange: &Exchange| {
            let ended = order.is_some_and(|(n, _)| exchange.session.is_some_and(|id| n.ended.contains(&id)));
            !ended && self.admits(&snapshot, exchange, now)
        };
        self.slots.for_each(|slot| {
            if let Some((_, fence)) = order
                && slot.is_in_doubt(is_admitted)
            {
                slot.make_sure([fence.clone()]);
            }
            if slot.exchange().is_none_or(|exchange| is_admitted(&exchange)) {
                return;
            }
            match order {
                Some((_, fence)) => slot.end_behind(fence.clone()),
                None => slot.end(),
            }
        });
    }

    pub(super) fn still_admitted(&self, exchange: &Exchange) -> bool {
        self.admits(&self.snapshot(), exchange, self.now())
    }

    fn admits(&self, snapshot: &Snapshot, exchange: &Exchange, now: Timestamp) -> bool {
        let Some(entry) = snapshot.app(exchange.app) else { return false };
        let visitor = self.shared.directory.visitor(exchange.app, exchange.session.as_ref(), exchange.device);
        matches!(decide(&entry.rules, &visitor, now), Verdict::Forward(_))
    }

    fn by_app(&self) -> HashMap<AppId, u32> {
        let mut open = HashMap::new();
        self.slots.for_each(|slot| {
            if let Some(exchange) = slot.exchange().filter(|_| !slot.is_idle()) {
                *open.entry(exchange.app).or_default() += 1;
            }
        });
        open
    }

    fn census(&self) -> Census {
        let mut census: Census = HashMap::new();
        self.slots.for_each(|slot: &Slot| {
            if let Some(session) = slot.exchange().filter(|_| !slot.is_idle()).and_then(|exchange| exchange.session) {
                *census.entry(session).or_default() += 1;
            }
        });
        census
    }
}

/// Something that counts for as long as it lives.
pub(super) struct Counted<const N: usize>([Arc<AtomicUsize>; N]);

impl<const N: usize> Counted<N> {
    pub(super) fn new(counters: [Arc<AtomicUsize>; N]) -> Self {
        counters.iter().for_each(|counter| _ = counter.fetch_add(1, Ordering::Relaxed));
        Self(counters)
    }
}

impl<const N: usize> Drop for Counted<N> {
    fn drop(&mut self) {
        self.0.iter().for_each(|counter| _ = counter.fetch_sub(1, Ordering::Relaxed));
    }
}
