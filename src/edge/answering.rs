//! What a connection says itself, and how it stops listening afterwards.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::directory::AppEntry;
use crate::handoff::{Notice, Place};
use crate::observe::{Limit, Rejected};
use crate::upstreams;

use super::admission::{Class, Traveler};
use super::connection::{After, Connection};
use super::notices;
use super::origin::Origin;
use super::respond::Answer;
use super::slot::Late;
use super::wire::{BodyFraming, Kind, Reject};

/// A body that nobody wants is read away up to here, to keep the connection.
const MAX_DRAINED: u64 = 64 * 1024;
/// After a refusal the client may still be sending: so long we listen, so that it gets to read the answer.
pub(super) const LINGER: Duration = Duration::from_secs(2);
const MAX_LINGER_BYTES: usize = 8 * 1024 * 1024;

impl Connection<'_> {
    pub(super) async fn time_out(&mut self) -> After {
        let answer = Answer::text(StatusCode::REQUEST_TIMEOUT, "The request took too long to arrive.");
        self.say(&answer, true).await;
        After::Linger
    }

    pub(super) fn readiness(&self) -> Answer {
        let is_ready = (self.worker.shared.healthy)() && !self.worker.draining.get();
        if self.origin.as_ref().is_some_and(|origin| origin.is_of_operator(&self.head))
            && self.head.target().whole().ends_with("?verbose")
        {
            let shared = &self.worker.shared;
            let report = upstreams::report(&shared.health, &shared.directory.snapshot(), is_ready);
            let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            return Answer::json(status, &report);
        }
        if is_ready {
            Answer::text(StatusCode::OK, "ready")
        } else {
            Answer::text(StatusCode::SERVICE_UNAVAILABLE, "not ready")
        }
    }

    /// A page for people, a problem for programs, instead of the app's answer.
    pub(super) async fn notice(
        &mut self,
        notice: Notice,
        entry: &AppEntry,
        origin: &Origin,
        traveler: &Traveler,
    ) -> After {
        if Class::of(&self.head).is_page() {
            return self.hand_over(Place::Notice(entry.app.id, notice), origin, traveler).await;
        }
        self.reply(&notices::problem(notice, entry)).await
    }

    /// Sends a short answer of our own. A small body is read away first; a large one, or one that waits for our
    /// leave, is not worth it: the connection ends.
    pub(super) async fn reply(&mut self, answer: &Answer) -> After {
        let is_small = match self.head.framing() {
            BodyFraming::Empty => true,
            BodyFraming::Length(length) => length <= MAX_DRAINED && self.head.all(Kind::Expect).next().is_none(),
            BodyFraming::Chunked | BodyFraming::UntilClose => false,
        };
        if !is_small {
            self.say(answer, true).await;
            return After::Linger;
        }
        if let Err(after) = self.read_own_body().await {
            return after;
        }
        let closes = self.closes();
        if self.say(answer, closes).await && !closes { After::KeepAlive } else { After::Close }
    }

    /// What the visitor is told of coming back without TLS.
    pub(super) fn hsts(&self) -> Option<&str> {
        self.listener.hsts.as_deref()
    }

    pub(super) fn closes(&self) -> bool {
        self.head.wants_close || self.worker.draining.get()
    }

    pub(super) async fn say(&mut self, answer: &Answer, closes: bool) -> bool {
        self.answered.status.set(answer.status.as_u16());
        self.answered.bytes.set(answer.body.len() as u64);
        let mut bytes = std::mem::take(&mut self.space);
        bytes.clear();
        let to_head = self.head.method() == "HEAD";
        answer.write(&mut bytes, to_head, closes, self.hsts());
        let has_begun = self.client.send_head(&mut bytes, to_head || answer.body.is_empty()).is_ok();
        let sent = has_begun && self.write(&bytes).await.is_ok();
        self.space = bytes;
        self.space.clear();
        sent
    }

    /// Writes and flushes. Who takes nothing for as long as a body may stall is given up: a client that asks and never
    /// reads would hold its place for ever.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let client = &mut *self.client;
        let writing = self.slot.in_time(self.worker.config.body_timeout, async {
            client.write_all(bytes).await?;
            client.flush().await
        });
        writing.await.unwrap_or_else(|Late| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Sends the head of an answer before the answer.
    pub(super) async fn interim(&mut self, head: &[u8]) -> io::Result<()> {
        let mut rest = head.to_vec();
        self.client.send_head(&mut rest, false)?;
        self.write(&rest).await
    }

    pub(super) async fn refuse(&mut self, reject: Reject) -> After {
        if let Reject::TooLarge = reject {
            self.worker.shared.tally.limit(Limit::HeadBytes);
            self.worker.meter.reject(Rejected::TooLarge);
        } else {
            self.worker.meter.reject(Rejected::Malformed);
        }
        let (status, why) = match reject {
            Reject::Malformed(why) => (StatusCode::BAD_REQUEST, why),
            Reject::TooLarge => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's head is too large"),
            Reject::NotImplemented(why) => (StatusCode::NOT_IMPLEMENTED, why),
            Reject::Expectation => (StatusCode::EXPECTATION_FAILED, "only 100-continue can be expected"),
            Reject::Version => (StatusCode::HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.0 and HTTP/1.1 are understood"),
        };
        tracing::debug!(peer = %self.peer.ip(), why, "refused a request");
        self.say(&Answer::text(status, &format!("Bad request: {why}.")), true).await;
        After::Linger
    }

    /// Closes our side and listens for a moment: a reset would take the answer from the client again.
    pub(super) async fn linger(self) {
        let slot = Rc::clone(&self.slot);
        let client = &mut *self.client;
        let drain = async {
            if client.shutdown().await.is_err() {
                return;
            }
            let mut space = [0; 4096];
            let mut left = MAX_LINGER_BYTES;
            while let Ok(count @ 1..) = client.read(&mut space).await {
                left = left.saturating_sub(count);
                if left == 0 {
                    break;
                }
            }
        };
        // Whether it ended or time is up, the connection closes now.
        let _ = slot.in_time(LINGER, drain).await;
    }
}
