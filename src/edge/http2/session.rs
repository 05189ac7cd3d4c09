//! A visitor's HTTP/2 connection: takes its streams, keeps it within its limits, and ends it.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use h2::server::{Builder, SendResponse};
use h2::{Ping, PingPong, Reason, RecvStream};

use crate::directory::Fence;
use crate::edge::Listener;
use crate::edge::ceilings::Presence;
use crate::edge::connection::Connection;
use crate::edge::slot::Slot;
use crate::edge::stream::Stream;
use crate::edge::wire::{Buffer, RequestHead};
use crate::edge::worker::{Counted, Worker};
use crate::observe::Limit;

use super::lane::Lane;
use super::link::Link;
use super::piece::Piece;
use super::watched::Watched;

/// What browsers and RFC 9113 section 6.5.2 take for enough.
const MAX_STREAMS: u32 = 100;
/// A stream that a client reset may need a moment to end. Beyond these it waits for that, however fast it resets.
const MAX_ENDING: usize = 100;
/// What one upload may have sent beyond what its upstream took; on a line of 10 ms this is 25 MB a second.
const STREAM_WINDOW: u32 = 256 * 1024;
/// And all uploads of a connection together: the bound of its memory.
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;
/// Of one answer, waiting for the visitor's window.
const SEND_BUFFER: usize = 128 * 1024;
/// Streams that the client made us reset by breaking their rules (CVE-2025-8671).
const MAX_BROKEN_STREAMS: usize = 100;
/// A connection that is never renewed never meets a new listener's settings.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);
/// From the farewell to the end, when nothing is under way.
const FAREWELL: Duration = Duration::from_secs(2);
/// After this in a shutdown, only the streams are waited for.
const WAITED_FOR: Duration = Duration::from_millis(500);
/// After a revocation, a client has so long to prove by a PONG that it has read all that was sent before. One that does
/// not is cut off, with all that waits for it.
const ENFORCED_WITHIN: Duration = Duration::from_millis(250);

pub(in crate::edge) async fn serve(
    worker: &Rc<Worker>,
    (slot, presence): (&Rc<Slot>, Option<Presence>),
    (stream, input): (Stream, Buffer),
    peer: SocketAddr,
    listener: Arc<Listener>,
) {
    let link = Link::new(slot, presence);
    let io = Watched::new(stream, input, Rc::clone(&link));
    let handshake = builder(worker).handshake::<_, Piece>(io);
    let Ok(Ok(mut h2)) = slot.in_time(worker.config.head_timeout, handshake).await else { return };
    let now = Instant::now();
    let Some(pings) = h2.ping_pong() else { return };
    let (began, quiet, midway) = (now, Some(now), None);
    let (leaving, asked, uncounted) = (None, None, None);
    let mut session =
        Session { worker, h2, pings, link, peer, listener, began, quiet, midway, leaving, asked, uncounted };
    poll_fn(|cx| session.poll(cx)).await;
}

fn builder(worker: &Worker) -> Builder {
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(MAX_STREAMS)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buffer_size(SEND_BUFFER)
        .max_header_list_size(u32::try_from(worker.config.head_bytes).unwrap_or(u32::MAX))
        .max_local_error_reset_streams(Some(MAX_BROKEN_STREAMS))
        .enable_connect_protocol();
    builder
}

struct Session<'a> {
    worker: &'a Rc<Worker>,
    h2: h2::server::Connection<Watched, Piece>,
    pings: PingPong,
    link: Rc<Link>,
    peer: SocketAddr,
    listener: Arc<Listener>,
    began: Instant,
    /// Since when there is no stream.
    quiet: Option<Instant>,
    /// Since when a frame or head has not ended.
    midway: Option<Instant>,
    /// When the farewell was said.
    leaving: Option<Instant>,
    /// Since when a revocation waits for the client, and who waits behind it.
    asked: Option<(Instant, Vec<Fence>)>,
    /// In a shutdown, nobody waits for the connection itself.
    uncounted: Option<Counted<1>>,
}

impl Session<'_> {
    /// Ready when the connection has to close.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            while let Poll::Ready(taken) = self.h2.poll_accept(cx) {
                match taken {
                    Some(Ok((request, respond))) => self.take(request, respond),
                    Some(Err(_)) | None => return Poll::Ready(()),
                }
            }
            let now = Instant::now();
            self.note(now);
            if self.link.spent.get() && self.leaving.is_none() {
                tracing::debug!(peer = %self.peer.ip(), "a flood of control frames");
                self.h2.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
                self.leaving = Some(now);
                continue;
            }
            let due = |since: Option<Instant>, span| since.is_some_and(|since| since + span <= now);
            let config = &self.worker.config;
            if self.has_asked(cx, now) {
                continue;
            }
            if due(self.asked_at(), ENFORCED_WITHIN) {
                self.link.slot.end();
                return Poll::Ready(());
            }
            let is_late = due(self.quiet, config.idle_timeout) || due(self.midway, config.head_timeout);
            let leaves = is_late || self.worker.draining.get() || self.began + MAX_AGE <= now;
            if leaves && self.leaving.is_none() {
                self.h2.graceful_shutdown();
                self.leaving = Some(now);
                continue;
            }
            let waits_for_nobody = self.quiet.is_some() || self.midway.is_some() || self.link.spent.get();
            if waits_for_nobody && due(self.leaving, FAREWELL) {
                return Poll::Ready(());
            }
            if self.worker.draining.get() && due(self.leaving, WAITED_FOR) && self.uncounted.is_none() {
                self.uncounted = Some(Counted::new([Arc::clone(&self.worker.shared.tunnels)]));
            }
            self.arm(now);
            return Poll::Pending;
        }
    }

    /// Looks at what the streams and the socket have come to.
    fn note(&mut self, now: Instant) {
        let since = |is: bool, known: Option<Instant>| is.then(|| known.unwrap_or(now));
        self.quiet = since(self.link.streams() == 0, self.quiet);
        self.midway = since(self.link.midway.get(), self.midway);
    }

    /// What an ended session was sent may lie in a socket that nobody reads: nothing of it may pass after the revocation
    /// was answered. A PONG proves that all before the PING was read.
    fn has_asked(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        if self.pings.poll_pong(cx).is_ready() {
            self.asked = None;
        }
        if self.asked.is_some() {
            return false;
        }
        let fences = self.link.slot.take_fences();
        if fences.is_empty() || self.pings.send_ping(Ping::opaque()).is_err() {
            return false;
        }
        self.asked = Some((now, fences));
        true
    }

    fn asked_at(&self) -> Option<Instant> {
        self.asked.as_ref().map(|(at, _)| *at)
    }

    /// Until the next thing that only time brings.
    fn arm(&self, now: Instant) {
        let config = &self.worker.config;
        let waits = [
            (self.quiet.filter(|_| self.leaving.is_none()), config.idle_timeout),
            (self.midway.filter(|_| self.leaving.is_none()), config.head_timeout),
            (self.leaving, WAITED_FOR),
            (self.leaving, FAREWELL),
            (self.asked_at(), ENFORCED_WITHIN),
        ];
        let next = waits.into_iter().filter_map(|(since, span)| Some(since? + span)).filter(|at| *at > now).min();
        match next {
            Some(at) => self.link.slot.arm(at.saturating_duration_since(now)),
            None => self.link.slot.disarm(),
        }
    }

    /// Begins one exchange, unless there are too many.
    fn take(&self, request: http::Request<RecvStream>, mut respond: SendResponse<Piece>) {
        let connections = &self.worker.shared.connections;
        let is_full = connections.load(std::sync::atomic::Ordering::Relaxed) >= self.worker.config.connections;
        if is_full || self.link.streams() >= MAX_STREAMS as usize + MAX_ENDING {
            respond.send_reset(Reason::REFUSED_STREAM);
            return;
        }
        // An exchange costs what a connection of HTTP/1.1 costs, and counts as one: of all, and of its address.
        let Ok(share) = self.link.presence.as_ref().map(Presence::stream).transpose() else {
            self.worker.shared.tally.limit(Limit::ConnectionsPerAddress);
            respond.send_reset(Reason::REFUSED_STREAM);
            return;
        };
        let counted = Counted::new([Arc::clone(connections)]);
        let present = self.link.enter();
        let (worker, link) = (Rc::clone(self.worker), Rc::clone(&self.link));
        let (peer, listener) = (self.peer, Arc::clone(&self.listener));
        tokio::task::spawn_local(async move {
            exchange(&worker, request, respond, &link, (peer, listener)).await;
            // The share before the connection whose share it is of.
            drop((share, counted, present));
        });
    }
}

/// One stream from its head to its end.
async fn exchange(
    worker: &Rc<Worker>,
    request: http::Request<RecvStream>,
    respond: SendResponse<Piece>,
    link: &Link,
    (peer, listener): (SocketAddr, Arc<Listener>),
) {
    let seat = worker.slots.take();
    let (parts, body) = request.into_parts();
    let mut head = RequestHead::default();
    let judged = head.compose(&parts, body.is_end_stream());
    let mut client = Stream::Lane(Box::new(Lane::answering(respond, body, parts.method == http::Method::CONNECT)));
    let connection = Connection::new(worker, &seat.slot, (&mut client, Buffer::new()), peer, listener);
    if seat.slot.until_ended(connection.run_once(head, judged)).await.is_err() {
        client.reset_on_close();
        link.slot.make_sure(seat.slot.take_fences());
    } else if let Some(over) = seat.slot.exchange() {
        link.slot.note_past(over);
    }
}
