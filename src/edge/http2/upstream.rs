//! HTTP/2 to upstreams: one connection carries many exchanges, and each worker keeps its own.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use h2::client::{Builder, SendRequest};
use http::uri::Scheme;

use crate::directory::AppEntry;
use crate::domain::{AppId, Scheme as AppScheme, Upstream as Address};
use crate::edge::stream::Stream;

use super::lane::Lane;
use super::piece::Piece;

/// Exchanges on one connection, if the upstream allows as many; the next one opens another connection.
const MAX_STREAMS: usize = 100;
/// What an upstream may send on one stream beyond what its visitor took.
const STREAM_WINDOW: u32 = 256 * 1024;
/// And all streams of a connection together.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
const SEND_BUFFER: usize = 128 * 1024;
/// As for answers over HTTP/1.1.
const MAX_HEAD: u32 = 128 * 1024;
/// Servers of gRPC keep idle connections for minutes, and say so when they close one.
const IDLE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(in crate::edge) struct Trunks(RefCell<HashMap<AppId, Shelf>>);

#[derive(Default)]
struct Shelf {
    /// Of the app's record: what was connected for an older one is not used.
    version: u64,
    /// With the number of its upstream.
    trunks: Vec<(usize, Trunk)>,
}

/// A connection to an upstream. It ends when the last copy is gone, and its streams are.
#[derive(Clone)]
struct Trunk {
    requests: SendRequest<Piece>,
    load: Rc<Load>,
}

struct Load {
    streams: Cell<usize>,
    used_at: Cell<Instant>,
    is_closed: Cell<bool>,
    scheme: Scheme,
}

/// Counts a stream for as long as it lives.
pub(super) struct Aboard(Rc<Load>);

impl Trunk {
    /// A connection that said farewell takes no more.
    fn has_room(&mut self) -> bool {
        let most = self.requests.current_max_send_streams().min(MAX_STREAMS);
        let mut cx = Context::from_waker(Waker::noop());
        match self.requests.poll_ready(&mut cx) {
            Poll::Ready(Ok(())) => self.load.streams.get() < most,
            Poll::Ready(Err(_)) => {
                self.load.is_closed.set(true);
                false
            }
            Poll::Pending => false,
        }
    }

    fn board(&self) -> Stream {
        self.load.streams.set(self.load.streams.get() + 1);
        let aboard = Aboard(Rc::clone(&self.load));
        Stream::Lane(Box::new(Lane::asking(self.requests.clone(), self.load.scheme.clone(), aboard)))
    }
}

impl Aboard {
    /// Who does not answer here may have forgotten the connection: others get a new one.
    pub(super) fn mistrust(&self) {
        self.0.is_closed.set(true);
    }
}

impl Drop for Aboard {
    fn drop(&mut self) {
        self.0.streams.set(self.0.streams.get().saturating_sub(1));
        self.0.used_at.set(Instant::now());
    }
}

impl Trunks {
    /// A stream of a connection that is open already.
    pub(in crate::edge) fn take(&self, entry: &AppEntry, at: usize) -> Option<Stream> {
        let mut shelves = self.0.borrow_mut();
        let shelf = shelves.get_mut(&entry.app.id).filter(|shelf| shelf.version == entry.version)?;
        shelf.trunks.retain(|(_, trunk)| !trunk.load.is_closed.get());
        let mut there = shelf.trunks.iter_mut().filter(|(to, _)| *to == at).map(|(_, trunk)| trunk);
        there.find_map(|trunk| trunk.has_room().then(|| trunk.board()))
    }

    /// Begins to speak HTTP/2 on a new connection, and keeps it.
    pub(in crate::edge) async fn begin(&self, entry: &AppEntry, at: usize, stream: Stream) -> io::Result<Stream> {
        let (requests, connection) = builder().handshake::<_, Piece>(stream).await.map_err(io::Error::other)?;
        let scheme = match entry.app.upstream_at(at) {
            Address::Tcp { scheme: AppScheme::Https, .. } => Scheme::HTTPS,
            Address::Tcp { .. } | Address::Unix { .. } => Scheme::HTTP,
        };
        let (streams, used_at) = (Cell::default(), Cell::new(Instant::now()));
        let load = Rc::new(Load { streams, used_at, is_closed: Cell::default(), scheme });
        let closing = Rc::clone(&load);
        let name = entry.app.name.clone();
        tokio::task::spawn_local(async move {
            if let Err(error) = connection.await {
                tracing::debug!(app = %name, %error, "an upstream's HTTP/2 connection has ended");
            }
            closing.is_closed.set(true);
        });
        let mut trunk = Trunk { requests, load };
        poll_fn(|cx| trunk.requests.poll_ready(cx)).await.map_err(io::Error::other)?;
        let stream = trunk.board();
        let mut shelves = self.0.borrow_mut();
        let shelf = shelves.entry(entry.app.id).or_default();
        if shelf.version < entry.version {
            shelf.trunks.clear();
            shelf.version = entry.version;
        }
        if shelf.version == entry.version {
            shelf.trunks.push((at, trunk));
        }
        Ok(stream)
    }

    /// Lets go of what nobody has used for long.
    pub(in crate::edge) fn sweep(&self, now: Instant) {
        let is_idle =
            |load: &Load| load.streams.get() == 0 && now.saturating_duration_since(load.used_at.get()) >= IDLE;
        self.0.borrow_mut().retain(|_, shelf| {
            shelf.trunks.retain(|(_, trunk)| !trunk.load.is_closed.get() && !is_idle(&trunk.load));
            !shelf.trunks.is_empty()
        });
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buffer_size(SEND_BUFFER)
        .max_header_list_size(MAX_HEAD);
    builder
}
