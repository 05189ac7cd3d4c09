//! One connection of a visitor: request after request, until somebody has enough.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::directory::AppEntry;
use crate::domain::{Scheme, cookie};
use crate::handoff::{Notice, Place};
use crate::policy::Permit;

use super::access::Access;
use super::admission::{Admission, Class, Traveler, admit};
use super::forward_auth::{self, Refused};
use super::origin::{HostMemory, Origin};
use super::respond::Answer;
use super::slot::{Ended, Late, Slot};
use super::stream::Stream;
use super::wire::{BodyFraming, Buffer, Kind, Reject, RequestHead, ResponseHead};
use super::worker::Worker;
use super::{Listener, forward, http2, notices, stamp};

/// A body that nobody wants is read away up to here, to keep the connection.
const MAX_DRAINED: u64 = 64 * 1024;
/// After a refusal the client may still be sending: so long we listen, so that it gets to read the answer.
const LINGER: Duration = Duration::from_secs(2);
const MAX_LINGER_BYTES: usize = 512 * 1024;

/// Whether the connection can carry another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    KeepAlive,
    /// The client may still be sending what nobody will read.
    Linger,
    Close,
}

/// A visitor's connection and what it keeps from request to request.
pub(super) struct Connection<'a> {
    pub(super) worker: &'a Rc<Worker>,
    pub(super) slot: Rc<Slot>,
    pub(super) client: &'a mut Stream,
    pub(super) input: Buffer,
    pub(super) head: RequestHead,
    /// Space for heads, reused.
    pub(super) space: Vec<u8>,
    pub(super) response: ResponseHead,
    pub(super) origin: Option<Origin>,
    /// What was answered last, for the access log.
    pub(super) status: Rc<Cell<u16>>,
    peer: SocketAddr,
    listener: Arc<Listener>,
    memory: HostMemory,
}

pub(super) async fn serve(worker: &Rc<Worker>, tcp: TcpStream, peer: SocketAddr, listener: Arc<Listener>) {
    let seat = worker.slots.take();
    // Small answers are whole messages: waiting for more only delays them.
    let _ = tcp.set_nodelay(true);
    let Some(mut client) = open(worker, &seat.slot, tcp, &listener).await else { return };
    let mut input = Buffer::new();
    let patience = (&*seat.slot, worker.config.head_timeout);
    let asked = http2::is_spoken(&mut client, &mut input, &listener, patience);
    match seat.slot.until_ended(asked).await {
        Ok(true) => {
            let session = http2::serve(worker, &seat.slot, (client, input), peer, listener);
            // Ended or not, its sockets are closed.
            let _ = seat.slot.until_ended(session).await;
            return;
        }
        Ok(false) => {}
        Err(Ended) => return,
    }
    let connection = Connection::new(worker, &seat.slot, (&mut client, input), peer, listener);
    if seat.slot.until_ended(connection.run()).await.is_err() {
        client.reset_on_close();
    }
}

/// The TLS handshake, where the listener asks for one.
async fn open(worker: &Worker, slot: &Slot, tcp: TcpStream, listener: &Listener) -> Option<Stream> {
    let Some(config) = &listener.tls else { return Some(Stream::Tcp(tcp)) };
    let handshake = TlsAcceptor::from(Arc::clone(config)).accept(tcp);
    let in_time = slot.in_time(worker.config.head_timeout, handshake);
    match slot.until_ended(in_time).await {
        // Who came to see our proof has seen it.
        Ok(Ok(Ok(tls))) if tls.get_ref().1.alpn_protocol() == Some(b"acme-tls/1") => None,
        Ok(Ok(Ok(tls))) => Some(Stream::TlsAccepted(Box::new(tls))),
        Ok(Ok(Err(error))) => {
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
        Ok(Err(Late)) | Err(_) => None,
    }
}

impl<'a> Connection<'a> {
    pub(super) fn new(
        worker: &'a Rc<Worker>,
        slot: &Rc<Slot>,
        (client, input): (&'a mut Stream, Buffer),
        peer: SocketAddr,
        listener: Arc<Listener>,
    ) -> Self {
        Self {
            worker,
            slot: Rc::clone(slot),
            client,
            input,
            head: RequestHead::default(),
            space: Vec::new(),
            response: ResponseHead::default(),
            origin: None,
            status: Rc::default(),
            peer,
            listener,
            memory: HostMemory::default(),
        }
    }

    /// The one exchange of a stream of HTTP/2, whose head is there already. What comes after it ends with the stream.
    pub(super) async fn run_once(mut self, head: RequestHead, judged: Result<(), Reject>) {
        self.head = head;
        match judged {
            Ok(()) => self.answer().await,
            Err(reject) => self.refuse(reject).await,
        };
    }

    async fn run(mut self) {
        let mut first = true;
        loop {
            let after = match self.read_head(first).await {
                Ok(true) => self.answer().await,
                Ok(false) => return,
                Err(reject) => self.refuse(reject).await,
            };
            first = false;
            match after {
                After::KeepAlive if !self.worker.draining.get() => {}
                After::KeepAlive | After::Close => {
                    // The peer may be gone; then there is nobody to tell.
                    let _ = self.slot.in_time(LINGER, self.client.shutdown()).await;
                    return;
                }
                After::Linger => return self.linger().await,
            }
            self.input.relax();
        }
    }

    /// Waits for a whole head. `Ok(false)`: the client left, or took too long to say anything.
    async fn read_head(&mut self, first: bool) -> Result<bool, Reject> {
        self.head.reset();
        self.origin = None;
        let limit = self.worker.config.head_bytes;
        let slot = Rc::clone(&self.slot);
        if self.input.is_empty() {
            let patience = if first { self.worker.config.head_timeout } else { self.worker.config.idle_timeout };
            slot.set_idle(true);
            let filled = slot.in_time(patience, self.input.fill(self.client)).await;
            slot.set_idle(false);
            if !matches!(filled, Ok(Ok(1..))) {
                return Ok(false);
            }
        }
        let patience = self.worker.config.head_timeout;
        let (head, input, client) = (&mut self.head, &mut self.input, &mut *self.client);
        let whole = slot.in_time(patience, async {
            while !head.take(input, limit)? {
                match input.fill(client).await {
                    Ok(1..) => {}
                    Err(error) if error.kind() == io::ErrorKind::OutOfMemory => return Err(Reject::TooLarge),
                    Ok(0) | Err(_) => return Ok(false),
                }
            }
            Ok(true)
        });
        match whole.await {
            Ok(outcome) => outcome,
            Err(Late) => {
                self.time_out().await;
                Ok(false)
            }
        }
    }

    async fn answer(&mut self) -> After {
        self.slot.forget();
        let origin = match Origin::of(&self.head, self.peer, &self.listener, &mut self.memory) {
            Ok(origin) => origin,
            Err(reject) => return self.refuse(reject).await,
        };
        let asked = match forward_auth::asked(&mut self.head, &origin) {
            Ok(asked) => asked,
            Err(Refused::Malformed(reject)) => return self.refuse(reject).await,
            Err(Refused::Stranger) => return self.reply(&Refused::stranger()).await,
        };
        let mut admission = match admit(self.worker, &self.head, &origin, self.listener.redirects) {
            Ok(admission) => admission,
            Err(reject) => return self.refuse(reject).await,
        };
        if let Some(asked) = asked {
            admission = forward_auth::answered(asked, admission, &self.head, &origin);
        }
        self.origin = Some(origin.clone());
        let directory = &self.worker.shared.directory;
        let _logged = (self.worker.config.access_log)
            .then(|| Access::of(&self.head, &origin, &admission, directory, &self.status));
        match admission {
            Admission::Forward(permit, entry, traveler) => forward::forward(self, permit, entry, traveler).await,
            Admission::Vouch(permit, entry, traveler) => self.vouch(permit, &entry, traveler).await,
            Admission::Say(answer) => self.reply(&answer).await,
            Admission::Reserved(entry, traveler) => self.hand_over(Place::App(entry.app.id), &origin, &traveler).await,
            Admission::Console(traveler) => self.hand_over(Place::Console, &origin, &traveler).await,
            Admission::Challenge(challenge, entry, traveler) => match Class::of(&self.head) {
                Class::Navigation => {
                    let mut answer = Answer::redirect(notices::challenge_path(challenge, &entry, &self.head));
                    if traveler.stale_cookie {
                        answer = answer.with("Set-Cookie", cookie::clear(entry.app.id, origin.scheme == Scheme::Https));
                    }
                    self.reply(&answer).await
                }
                Class::Submission => self.notice(Notice::Challenged(challenge), &entry, &origin, &traveler).await,
                Class::Background => {
                    let answer = notices::unauthorized(challenge, &entry, &origin, &self.head);
                    self.reply(&answer).await
                }
            },
            Admission::Refuse(refusal, entry, traveler) => {
                self.notice(Notice::Refused(refusal), &entry, &origin, &traveler).await
            }
            Admission::Alive => self.reply(&Answer::text(StatusCode::OK, "alive")).await,
            Admission::Ready => self.reply(&self.readiness()).await,
            Admission::Trust => self.hand_over(Place::Trust, &origin, &Traveler::unknown()).await,
            Admission::Proof(text) => self.reply(&Answer::exactly(text)).await,
            Admission::Secure(location) => self.reply(&Answer::moved(location)).await,
            Admission::UnknownHost => self.reply(&Answer::text(StatusCode::NOT_FOUND, "Nothing here.")).await,
        }
    }

    /// The permit is used up by it.
    async fn vouch(&mut self, permit: Permit, entry: &AppEntry, traveler: Traveler) -> After {
        match stamp::lines(self.worker, &permit, entry, &traveler) {
            Some(lines) => self.reply(&forward_auth::vouch(&lines, traveler.set_cookie)).await,
            // The user has gone since the verdict.
            None => self.reply(&notices::problem(Notice::Overloaded, entry)).await,
        }
    }

    pub(super) async fn time_out(&mut self) -> After {
        let answer = Answer::text(StatusCode::REQUEST_TIMEOUT, "The request took too long to arrive.");
        self.say(&answer, true).await;
        After::Linger
    }

    fn readiness(&self) -> Answer {
        if (self.worker.shared.healthy)() && !self.worker.draining.get() {
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
        self.status.set(answer.status.as_u16());
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
    async fn linger(self) {
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
