//! Accepting connections and handing each to the worker that has the fewest.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use crate::observe::{Limit, Tally};

use super::ceilings::Addresses;
use super::stream::notice_dead_peers;
use super::worker::{self, Inbox};
use super::{Config, Listener, Shared};

/// How long to wait after `accept` failed, as it does when file descriptors run out: no spinning.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What is so again and again is logged as rarely as this.
const SILENCE: Duration = Duration::from_secs(10);

/// A socket that listens already, so that errors are met before anything starts.
pub struct Bound {
    pub socket: std::net::TcpListener,
    pub settings: Listener,
}

/// The data plane at work.
pub struct Running {
    commands: UnboundedSender<Command>,
    inboxes: Vec<Inbox>,
    connections: Arc<AtomicUsize>,
    acceptor: JoinHandle<()>,
    threads: Vec<JoinHandle<()>>,
}

enum Command {
    Listen(Bound),
    /// New settings for a listener that stays.
    Configure(Listener),
    Close(SocketAddr),
}

/// Starts the workers and accepts on `listeners`.
pub fn start(config: &Config, shared: &Shared, listeners: Vec<Bound>) -> io::Result<Running> {
    let (commands, receiver) = unbounded_channel();
    let mut inboxes = Vec::new();
    let mut threads = Vec::new();
    for number in 0..config.workers.max(1) {
        let (inbox, thread) = worker::spawn(number, config.clone(), shared.clone())?;
        inboxes.push(inbox);
        threads.push(thread);
    }
    for bound in listeners {
        // The receiver lives as long as the acceptor that starts below.
        let _ = commands.send(Command::Listen(bound));
    }
    let door = Door {
        workers: inboxes.clone(),
        connections: Arc::clone(&shared.connections),
        most: config.connections,
        addresses: Arc::default(),
        most_of_one: config.connections_per_address,
        tally: Arc::clone(&shared.tally),
    };
    let acceptor = Acceptor { door, open: HashMap::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let acceptor = std::thread::Builder::new().name("accept".into()).spawn(move || {
        runtime.block_on(acceptor.run(receiver));
    })?;
    Ok(Running { commands, inboxes, connections: Arc::clone(&shared.connections), acceptor, threads })
}

impl Running {
    /// Accepts on one more socket.
    pub fn listen(&self, bound: Bound) {
        let _ = self.commands.send(Command::Listen(bound));
    }

    /// Changes what holds for new connections of a listener.
    pub fn configure(&self, settings: Listener) {
        let _ = self.commands.send(Command::Configure(settings));
    }

    /// Stops accepting on a socket; its connections live on.
    pub fn close(&self, address: SocketAddr) {
        let _ = self.commands.send(Command::Close(address));
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Stops accepting, lets requests finish and ends streams last; after `limit` everything is ended.
    pub async fn drain(self, limit: Duration) {
        drop(self.commands);
        // Whoever was accepted is with a worker before the workers are told.
        let acceptor = self.acceptor;
        let ended = tokio::task::spawn_blocking(move || acceptor.join().is_ok()).await;
        if !ended.unwrap_or_default() {
            tracing::error!("the accepting thread had panicked");
        }
        for inbox in &self.inboxes {
            inbox.drain(limit);
        }
        drop(self.inboxes);
        let joined = tokio::task::spawn_blocking(move || {
            for thread in self.threads {
                if thread.join().is_err() {
                    tracing::error!("a worker thread had panicked");
                }
            }
        });
        // Half a second beyond the limit for the workers to end what was left.
        if tokio::time::timeout(limit + Duration::from_millis(500), joined).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }
}

struct Acceptor {
    door: Door,
    open: HashMap<SocketAddr, watch::Sender<Arc<Listener>>>,
}

impl Acceptor {
    async fn run(mut self, mut commands: UnboundedReceiver<Command>) {
        while let Some(command) = commands.recv().await {
            match command {
                Command::Listen(bound) => self.listen(bound),
                Command::Configure(settings) => {
                    if let Some(listener) = self.open.get(&settings.address) {
                        listener.send_replace(Arc::new(settings));
                    }
                }
                Command::Close(address) => {
                    self.open.remove(&address);
                }
            }
        }
    }

    fn listen(&mut self, bound: Bound) {
        let address = bound.settings.address;
        let (settings, watched) = watch::channel(Arc::new(bound.settings));
        match ready(bound.socket) {
            Ok(socket) => {
                self.open.insert(address, settings);
                tokio::spawn(self.door.clone().accept(socket, watched));
            }
            Err(error) => tracing::error!(%address, %error, "cannot accept on this listener"),
        }
    }
}

/// One listener's accept loop.
#[derive(Clone)]
struct Door {
    workers: Vec<Inbox>,
    connections: Arc<AtomicUsize>,
    most: usize,
    addresses: Arc<Addresses>,
    most_of_one: usize,
    tally: Arc<Tally>,
}

impl Door {
    async fn accept(self, socket: TcpListener, mut settings: watch::Receiver<Arc<Listener>>) {
        // Whether files have run out, which is told once, and again when it is over.
        let mut starves = false;
        let mut told = None;
        loop {
            self.wait_for_room(&mut told).await;
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
                gone = settings.changed() => match gone {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            match accepted {
                Ok((stream, peer)) => {
                    if std::mem::take(&mut starves) {
                        tracing::info!("connections are accepted again");
                    }
                    self.hand_over(stream, peer, Arc::clone(&settings.borrow()));
                }
                Err(error) if is_about_one_peer(&error) => {}
                Err(error) => {
                    if !std::mem::replace(&mut starves, true) {
                        self.tally.limit(Limit::Files);
                        tracing::warn!(%error, "no connection can be accepted; trying again until it works");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// `told`: when the log last heard of it. At the ceiling, each place that falls vacant is taken at once.
    async fn wait_for_room(&self, told: &mut Option<Instant>) {
        let is_full = || self.connections.load(Ordering::Relaxed) >= self.most;
        if !is_full() {
            return;
        }
        self.tally.limit(Limit::Connections);
        if told.is_none_or(|told: Instant| told.elapsed() >= SILENCE) {
            *told = Some(Instant::now());
            tracing::warn!(
                connections = self.most,
                "as many connections are open as limits.connections allows; more wait"
            );
        }
        while is_full() {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
    }

    fn hand_over(&self, stream: TcpStream, peer: SocketAddr, listener: Arc<Listener>) {
        let Some(worker) = self.workers.iter().min_by_key(|worker| worker.load()) else { return };
        let ip = peer.ip().to_canonical();
        // Everybody comes through a proxy's one address.
        let is_proxy = listener.trusted_proxies.iter().any(|net| net.contains(&ip));
        let presence = if is_proxy { None } else { self.addresses.enter(ip, self.most_of_one) };
        if presence.is_none() && !is_proxy {
            self.tally.limit(Limit::ConnectionsPerAddress);
            tracing::debug!(%ip, "an address has as many connections as it may");
            return;
        }
        if let Ok(stream) = stream.into_std() {
            worker.serve(stream, (peer, presence), listener, &self.connections);
        }
    }
}

/// What is accepted inherits the options of the socket that listens: set once, they cost no connection anything.
fn ready(socket: std::net::TcpListener) -> io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    // Small answers are whole messages: waiting for more only delays them.
    SockRef::from(&socket).set_tcp_nodelay(true)?;
    notice_dead_peers(&socket);
    TcpListener::from_std(socket)
}

/// The peer went away between its SYN and our accept.
fn is_about_one_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_accepted_inherits_what_the_listener_is_told() {
        let listener = ready(std::net::TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
        let _visitor = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let accepted = SockRef::from(&accepted);
        assert!(accepted.tcp_nodelay().unwrap() && accepted.keepalive().unwrap());
        assert_eq!(accepted.tcp_keepalive_time().unwrap(), Duration::from_secs(60));
    }
}
