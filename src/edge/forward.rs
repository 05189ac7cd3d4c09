//! One exchange with an upstream: the request up, the answer down, both streaming, each with its own faults.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::directory::AppEntry;
use crate::handoff::Notice;
use crate::observe::Limit;
use crate::policy::Permit;

use super::admission::Traveler;
use super::answer_in::dropped;
use super::choice::Choice;
use super::connection::{After, Connection};
use super::origin::Origin;
use super::pool::Upstream;
use super::pump::{Coding, Pump, PumpError, Waiting};
use super::reach::{self, Again};
use super::response_out::{self, Delivery};
use super::slot::Exchange;
use super::stream::Stream;
use super::wire::{BodyFraming, Buffer, Kind, ResponseHead};
use super::{request_out, stamp, tunnel};

/// More interim answers than this before the real one are an attack (T6).
const MAX_INTERIM: usize = 16;

/// What a visitor may send ahead while it waits for an answer.
const MOST_EARLY: usize = 16 * 1024;

/// Why there is no answer to pass on.
#[derive(Debug)]
pub(super) enum Failure {
    /// The upstream could not be reached, or broke HTTP: 502.
    Upstream(String),
    /// It closed the connection before it answered a word; another one may be tried.
    Dropped(String),
    /// It has worked on nothing of it, and says so (RFC 9113 section 8.7); another connection may be tried.
    Refused(String),
    /// It did not answer in time: 504.
    Late(&'static str),
    /// A pooled connection was closed before it took anything: another one may be tried.
    Stale,
    /// The visitor left, or broke the request's body; there is nobody to answer.
    Client,
    /// The visitor stalled in the middle of the body.
    ClientLate,
}

/// Forwards one request. The permit is used up by it.
pub(super) async fn forward(
    connection: &mut Connection<'_>,
    permit: Permit,
    entry: Arc<AppEntry>,
    traveler: Traveler,
) -> After {
    let Some(origin) = connection.origin.clone() else { return After::Close };
    let slot = Rc::clone(&connection.slot);
    slot.begin(Exchange { app: permit.app(), session: traveler.session, device: traveler.device });
    // The mark stays until the next request: the kernel may still hold what was answered to this one.
    let outcome = exchange(connection, permit, &entry, &origin, &traveler).await;
    match outcome {
        Ok(after) => after,
        Err(Failure::Client) => After::Close,
        Err(Failure::ClientLate) => {
            connection.worker.shared.tally.limit(Limit::BodyTimeout);
            connection.time_out().await
        }
        Err(Failure::Late(step)) => {
            tracing::warn!(app = %entry.app.name, step, "the upstream did not answer in time");
            give_up(connection, Notice::GatewayTimeout, &entry, &origin, &traveler).await
        }
        Err(Failure::Stale) => give_up(connection, Notice::BadGateway, &entry, &origin, &traveler).await,
        Err(Failure::Upstream(why) | Failure::Dropped(why) | Failure::Refused(why)) => {
            tracing::warn!(app = %entry.app.name, why, "the upstream failed");
            give_up(connection, Notice::BadGateway, &entry, &origin, &traveler).await
        }
    }
}

/// The body may have been read in part, so only an empty one leaves the connection usable.
async fn give_up(
    connection: &mut Connection<'_>,
    notice: Notice,
    entry: &AppEntry,
    origin: &Origin,
    traveler: &Traveler,
) -> After {
    let had_body = connection.head.framing() != BodyFraming::Empty;
    connection.head.framing = Some(BodyFraming::Empty);
    connection.head.wants_close |= had_body;
    match connection.notice(notice, entry, origin, traveler).await {
        After::KeepAlive if !had_body => After::KeepAlive,
        _ if had_body => After::Linger,
        after => after,
    }
}

async fn exchange(
    connection: &mut Connection<'_>,
    permit: Permit,
    entry: &AppEntry,
    origin: &Origin,
    traveler: &Traveler,
) -> Result<After, Failure> {
    let identity = stamp::lines(connection.worker, &permit, entry, traveler)
        .ok_or_else(|| Failure::Upstream("the visitor's identity could not be written".into()))?;
    let again = Again::of(&connection.head);
    let scrub = |lines: &[u8]| request_out::scrub_trailers(lines, &entry.app);
    let mut choice = Choice::of(&entry.app, traveler, origin);
    loop {
        let mut upstream = reach::open(connection, entry, &mut choice).await?;
        upstream.lessee = Some(Rc::clone(&connection.slot));
        let mut head = std::mem::take(&mut connection.space);
        head.clear();
        let behind = entry.app.upstream_at(upstream.lease.at);
        request_out::write(&mut head, &connection.head, (entry, behind), origin, &identity);
        let framing = connection.head.framing();
        let begun = upstream.stream.send_head(&mut head, framing == BodyFraming::Empty);
        let coding = Coding::of_request(framing, upstream.stream.is_framed());
        let up = Pump::new(head, framing, coding, &scrub);
        let mut call = Call { entry, origin, traveler, up, up_done: false, interim: 0 };
        let answered = match begun {
            Ok(()) => call.head(connection, &mut upstream).await,
            Err(error) => Err(dropped(error.to_string(), upstream.reused)),
        };
        match answered {
            Ok(response) => {
                upstream.lease.pulse().answered();
                connection.worker.meter.heard(connection.metered);
                return call.deliver(connection, upstream, response).await;
            }
            Err(failure) if reach::may_go_on(&failure, &upstream, entry, &mut choice, again) => {}
            Err(failure) => return Err(failure),
        }
    }
}

/// An exchange under way.
struct Call<'a> {
    entry: &'a AppEntry,
    origin: &'a Origin,
    traveler: &'a Traveler,
    up: Pump<'a>,
    up_done: bool,
    interim: usize,
}

impl Call<'_> {
    /// Sends the request and reads until the final response's head.
    async fn head(
        &mut self,
        connection: &mut Connection<'_>,
        upstream: &mut Upstream,
    ) -> Result<ResponseHead, Failure> {
        let to_head = connection.head.method() == "HEAD";
        let stall = connection.worker.config.body_timeout;
        let mut response = std::mem::take(&mut connection.response);
        loop {
            let slot = Rc::clone(&connection.slot);
            let (client, input) = (&mut *connection.client, &mut connection.input);
            let read = poll_fn(|cx| {
                let before = self.progress();
                let polled = self.poll_head(cx, (&mut *client, &mut *input), upstream, &mut response, to_head);
                if polled.is_pending() && slot.is_late() {
                    return Poll::Ready(Err(self.too_late()));
                }
                // A stalled visitor has less time than an upstream that thinks; either's progress starts it anew.
                if polled.is_pending() && (!slot.is_armed() || self.progress() != before) {
                    slot.arm(if self.waits_for_visitor() { stall } else { self.entry.app.response_timeout });
                }
                polled
            });
            let read = read.await;
            slot.disarm();
            read?;
            match response.status {
                101 if is_agreed(connection, &response) => return Ok(response),
                101 => return Err(Failure::Upstream("a 101 that nobody asked for".into())),
                100..=199 => self.pass_interim(connection, &response).await?,
                _ => return Ok(response),
            }
        }
    }

    fn waits_for_visitor(&self) -> bool {
        !self.up_done && self.up.waiting() == Waiting::ForSource
    }

    fn too_late(&self) -> Failure {
        if self.waits_for_visitor() { Failure::ClientLate } else { Failure::Late("answering") }
    }

    /// Changes whenever something has moved, or the side that is waited for.
    fn progress(&self) -> (u64, bool) {
        (self.up.moved(), self.waits_for_visitor())
    }

    async fn pass_interim(&mut self, connection: &mut Connection<'_>, response: &ResponseHead) -> Result<(), Failure> {
        self.interim += 1;
        if self.interim > MAX_INTERIM {
            return Err(Failure::Upstream("endless interim answers".into()));
        }
        if connection.head.http_10 {
            return Ok(());
        }
        let mut out = Vec::new();
        response_out::write_interim(&mut out, response);
        connection.interim(&out).await.map_err(|_| Failure::Client)
    }

    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        (client, input): (&mut Stream, &mut Buffer),
        upstream: &mut Upstream,
        response: &mut ResponseHead,
        to_head: bool,
    ) -> Poll<Result<(), Failure>> {
        let sent = self.poll_up(cx, client, input, upstream);
        if let Poll::Ready(read) = upstream.poll_head(cx, response, to_head) {
            return Poll::Ready(read);
        }
        // Only now: an upstream may answer and close before it has taken the whole request.
        match sent {
            Poll::Ready(Err(failure)) => Poll::Ready(Err(match failure {
                Failure::Upstream(why) if upstream.input.is_empty() => dropped(why, upstream.reused),
                other => other,
            })),
            Poll::Ready(Ok(())) if is_gone(cx, client, input) => Poll::Ready(Err(Failure::Client)),
            _ => Poll::Pending,
        }
    }

    /// Moves the request up.
    fn poll_up(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Stream,
        input: &mut Buffer,
        upstream: &mut Upstream,
    ) -> Poll<Result<(), Failure>> {
        if self.up_done {
            return Poll::Ready(Ok(()));
        }
        match self.up.poll(cx, client, input, &mut upstream.stream) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(())) => {
                self.up_done = true;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(PumpError::Source)) => Poll::Ready(Err(Failure::Client)),
            Poll::Ready(Err(PumpError::Sink(kind))) => {
                Poll::Ready(Err(Failure::Upstream(format!("sending failed: {kind}"))))
            }
        }
    }

    /// Passes the answer on.
    async fn deliver(
        mut self,
        connection: &mut Connection<'_>,
        mut upstream: Upstream,
        response: ResponseHead,
    ) -> Result<After, Failure> {
        connection.answered.status.set(response.status);
        if response.status == 101 {
            let mut greeting = Vec::with_capacity(512);
            response_out::write_interim(&mut greeting, &response);
            connection.client.send_head(&mut greeting, false).map_err(|_| Failure::Client)?;
            tunnel::run(connection, upstream, greeting).await;
            return Ok(After::Close);
        }
        if response_out::is_event_stream(&response) {
            connection.slot.set_endless();
        }
        let delivery = Delivery::of(&connection.head, &response, connection.client.is_framed());
        let closes = delivery.closes
            || connection.head.wants_close
            || connection.worker.draining.get()
            || !self.up.has_taken_all();
        let mut head = Vec::with_capacity(1024);
        let context = response_out::Context {
            entry: self.entry,
            behind: self.entry.app.upstream_at(upstream.lease.at),
            origin: self.origin,
            request: &connection.head,
            set_cookie: self.traveler.set_cookie.as_deref(),
            hsts: connection.hsts(),
            closes,
        };
        response_out::write(&mut head, &response, &context, delivery);
        let ends = response.framing() == BodyFraming::Empty;
        connection.client.send_head(&mut head, ends).map_err(|_| Failure::Client)?;
        let head_length = head.len() as u64;
        let down = Pump::new(head, response.framing(), delivery.coding, &response_out::scrub_trailers);
        let streamed = self.stream_down(connection, &mut upstream, down, head_length).await;
        if streamed.is_err() && delivery.coding == Coding::Identity && delivery.closes {
            // Its end is told by closing alone: a body that is not whole must not look like one.
            connection.client.reset_on_close();
        }
        streamed?;
        // One that an upgrade was asked on, of an app that is spoken to in HTTP/2, is of no use to its other requests.
        let is_odd = upstream.stream.is_framed() || (self.entry.app.upstream_http2 && connection.head.upgrades);
        let reusable = !is_odd && self.up_done && !response.closes && upstream.input.is_empty();
        if reusable {
            connection.worker.pool.give(self.entry, upstream);
        }
        connection.space = self.up.into_space();
        connection.response = response;
        Ok(match closes {
            false => After::KeepAlive,
            true if self.up_done => After::Close,
            true => After::Linger,
        })
    }

    /// Moves the answer down while the rest of the request moves up. Once the head is on its way there is no other
    /// answer: a fault ends the connection, which is how the visitor learns that the body is not whole.
    async fn stream_down(
        &mut self,
        connection: &mut Connection<'_>,
        upstream: &mut Upstream,
        mut down: Pump<'_>,
        head_length: u64,
    ) -> Result<(), Failure> {
        let slot = Rc::clone(&connection.slot);
        let stall = connection.worker.config.body_timeout;
        let sent = Rc::clone(&connection.answered.bytes);
        let (client, input) = (&mut *connection.client, &mut connection.input);
        let mut up_failed = false;
        let streamed = poll_fn(|cx| {
            let moved = down.moved();
            let polled = down.poll(cx, &mut upstream.stream, &mut upstream.input, client);
            sent.set(down.moved().saturating_sub(head_length));
            if let Poll::Ready(ended) = polled {
                return Poll::Ready(ended.map_err(|_| Failure::Client));
            }
            if !self.up_done && !up_failed {
                match self.poll_up(cx, client, input, upstream) {
                    Poll::Ready(Err(Failure::Client)) => return Poll::Ready(Err(Failure::Client)),
                    // The upstream does not want the rest: what it answers counts.
                    Poll::Ready(Err(_)) => up_failed = true,
                    _ => {}
                }
            } else if self.up_done && is_gone(cx, client, input) {
                return Poll::Ready(Err(Failure::Client));
            }
            match down.waiting() {
                // Silence is the upstream's right: events may be hours apart.
                Waiting::ForSource => slot.disarm(),
                Waiting::ForSink if slot.is_late() => return Poll::Ready(Err(Failure::Client)),
                Waiting::ForSink if !slot.is_armed() || down.moved() > moved => slot.arm(stall),
                Waiting::ForSink => {}
            }
            Poll::Pending
        })
        .await;
        slot.disarm();
        streamed
    }
}

/// Whether the upstream switches to the very protocol that was asked for.
fn is_agreed(connection: &Connection<'_>, response: &ResponseHead) -> bool {
    let asked = connection.head.text(Kind::Upgrade).as_bytes();
    connection.head.upgrades
        && response.all(Kind::Upgrade).next().is_some_and(|given| given.eq_ignore_ascii_case(asked))
        && (!connection.client.is_framed() || tunnel::is_accepted(&connection.head, response))
}

/// Whether the visitor has left while we wait for the upstream. What it sends early stays in the buffer; only a full
/// one hides that it has left.
pub(super) fn is_gone(cx: &mut Context<'_>, client: &mut Stream, input: &mut Buffer) -> bool {
    if client.is_framed() {
        return client.poll_gone(cx).is_ready();
    }
    while input.data().len() < MOST_EARLY {
        match input.poll_fill(cx, client) {
            Poll::Ready(Ok(1..)) => {}
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::OutOfMemory => return false,
            Poll::Ready(Ok(0) | Err(_)) => return true,
            Poll::Pending => return false,
        }
    }
    false
}
