//! One connection of a visitor: request after request, until somebody has enough.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::domain::{Scheme, cookie};
use crate::handoff::{Notice, Place, Visit};

use super::admission::{Admission, Class, Traveler, admit};
use super::origin::{HostMemory, Origin};
use super::respond::{self, Answer};
use super::slot::{Late, Slot};
use super::stream::Stream;
use super::wire::{BodyFraming, Buffer, Chunk, ChunkDecoder, Kind, Reject, RequestHead};
use super::worker::Worker;
use super::{Listener, forward, notices};

/// Forms and API calls are far smaller; a body that we answer without forwarding is read up to here.
const MAX_OWN_BODY: usize = 1024 * 1024;
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
    pub(super) origin: Option<Origin>,
    peer: SocketAddr,
    listener: Arc<Listener>,
    memory: HostMemory,
}

pub(super) async fn serve(worker: &Rc<Worker>, tcp: TcpStream, peer: SocketAddr, listener: Arc<Listener>) {
    let seat = worker.slots.take();
    // Small answers are whole messages: waiting for more only delays them.
    let _ = tcp.set_nodelay(true);
    let Some(mut client) = open(worker, &seat.slot, tcp, &listener).await else { return };
    let connection = Connection {
        worker,
        slot: Rc::clone(&seat.slot),
        client: &mut client,
        input: Buffer::new(),
        head: RequestHead::default(),
        space: Vec::new(),
        origin: None,
        peer,
        listener,
        memory: HostMemory::default(),
    };
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
        Ok(Ok(Ok(tls))) => Some(Stream::TlsAccepted(Box::new(tls))),
        Ok(Ok(Err(error))) => {
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
        Ok(Err(Late)) | Err(_) => None,
    }
}

impl Connection<'_> {
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
                    let _ = self.client.shutdown().await;
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
                self.say(&Answer::text(StatusCode::REQUEST_TIMEOUT, "The request took too long to arrive."), true)
                    .await;
                Ok(false)
            }
        }
    }

    async fn answer(&mut self) -> After {
        let origin = match Origin::of(&self.head, self.peer, &self.listener, &mut self.memory) {
            Ok(origin) => origin,
            Err(reject) => return self.refuse(reject).await,
        };
        let admission = admit(self.worker, &self.head, &origin);
        self.origin = Some(origin.clone());
        match admission {
            Err(reject) => self.refuse(reject).await,
            Ok(Admission::Forward(permit, entry, traveler)) => forward::forward(self, permit, entry, traveler).await,
            Ok(Admission::Reserved(entry, traveler)) => {
                self.hand_over(Place::App(entry.app.id), &origin, &traveler).await
            }
            Ok(Admission::Console) => self.hand_over(Place::Console, &origin, &Traveler::unknown()).await,
            Ok(Admission::Challenge(challenge, entry, traveler)) => match Class::of(&self.head) {
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
            Ok(Admission::Refuse(refusal, entry, traveler)) => {
                self.notice(Notice::Refused(refusal), &entry, &origin, &traveler).await
            }
            Ok(Admission::Alive) => self.reply(&Answer::text(StatusCode::OK, "alive")).await,
            Ok(Admission::Ready) => self.reply(&self.readiness()).await,
            Ok(Admission::UnknownHost) => self.reply(&Answer::text(StatusCode::NOT_FOUND, "Nothing here.")).await,
        }
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
        entry: &crate::directory::AppEntry,
        origin: &Origin,
        traveler: &Traveler,
    ) -> After {
        if Class::of(&self.head).is_page() {
            return self.hand_over(Place::Notice(entry.app.id, notice), origin, traveler).await;
        }
        self.reply(&notices::problem(notice, entry)).await
    }

    /// Lets the control plane answer.
    async fn hand_over(&mut self, place: Place, origin: &Origin, traveler: &Traveler) -> After {
        let body = match self.read_own_body().await {
            Ok(body) => body,
            Err(after) => return after,
        };
        let visit = Visit {
            place,
            ip: origin.ip,
            secure: origin.scheme == Scheme::Https,
            host: self.visitor_host(origin),
            wants_page: Class::of(&self.head).is_page(),
            session: traveler.session,
            device: traveler.device,
            stale_cookie: traveler.stale_cookie,
            cookie_came: self
                .head
                .all(Kind::Cookie)
                .any(|value| cookie::pairs(value).any(|(name, _)| cookie::is_ours(name))),
        };
        let Some(request) = self.own_request(body) else {
            return self.refuse(Reject::Malformed("the head is malformed")).await;
        };
        let Some(response) = self.worker.shared.counter.ask(request, visit).await else {
            let answer =
                Answer::problem(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The gateway is overloaded", &[]);
            return self.reply(&answer.with("Retry-After", "5")).await;
        };
        let to_head = self.head.method() == "HEAD";
        let closes = self.closes() || self.head.http_10;
        match respond::send(self.client, response, self.head.http_10, to_head, closes).await {
            Ok(()) if !closes => After::KeepAlive,
            _ => After::Close,
        }
    }

    /// The host that the visitor's browser shows.
    fn visitor_host(&self, origin: &Origin) -> String {
        match self.head.text(Kind::XForwardedHost) {
            forwarded if origin.is_trusted && !forwarded.is_empty() => forwarded.to_owned(),
            _ => self.head.host().to_owned(),
        }
    }

    fn own_request(&self, body: Bytes) -> Option<http::Request<Bytes>> {
        let mut request = http::Request::builder().method(self.head.method()).uri(self.head.target().whole());
        for field in &self.head.fields {
            if !matches!(field.kind, Kind::Drop | Kind::Connection | Kind::TransferEncoding | Kind::ContentLength) {
                request = request.header(self.head.slice(&field.name), self.head.slice(&field.value));
            }
        }
        request.body(body).ok()
    }

    /// Reads a request's body whole, because what is not read would be taken for the next request.
    async fn read_own_body(&mut self) -> Result<Bytes, After> {
        let framing = self.head.framing();
        if framing == BodyFraming::Empty {
            return Ok(Bytes::new());
        }
        if matches!(framing, BodyFraming::Length(length) if length > MAX_OWN_BODY as u64) {
            return Err(self.too_large().await);
        }
        if self.head.all(Kind::Expect).next().is_some()
            && self.client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err()
        {
            return Err(After::Close);
        }
        let slot = Rc::clone(&self.slot);
        let patience = self.worker.config.body_timeout;
        let (input, client) = (&mut self.input, &mut *self.client);
        match slot.in_time(patience, collect(framing, input, client)).await {
            Ok(Ok(body)) => Ok(body.into()),
            Ok(Err(Collecting::TooLarge)) => Err(self.too_large().await),
            Ok(Err(Collecting::Malformed)) => Err(self.refuse(Reject::Malformed("the body is malformed")).await),
            Ok(Err(Collecting::Gone)) | Err(Late) => Err(After::Close),
        }
    }

    async fn too_large(&mut self) -> After {
        let answer =
            Answer::problem(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request's body is too large", &[]);
        self.say(&answer, true).await;
        After::Linger
    }

    /// Sends a short answer of our own. A small body is read away first; a large one, or one that waits for our
    /// leave, is not worth it: the connection ends.
    async fn reply(&mut self, answer: &Answer) -> After {
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

    fn closes(&self) -> bool {
        self.head.wants_close || self.worker.draining.get()
    }

    async fn say(&mut self, answer: &Answer, closes: bool) -> bool {
        self.space.clear();
        answer.write(&mut self.space, self.head.method() == "HEAD", closes);
        let sent = self.client.write_all(&self.space).await.is_ok() && self.client.flush().await.is_ok();
        self.space.clear();
        sent
    }

    async fn refuse(&mut self, reject: Reject) -> After {
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
        if self.client.shutdown().await.is_err() {
            return;
        }
        let slot = Rc::clone(&self.slot);
        let client = &mut *self.client;
        let drain = async {
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

enum Collecting {
    TooLarge,
    Malformed,
    Gone,
}

async fn collect(framing: BodyFraming, input: &mut Buffer, client: &mut Stream) -> Result<Vec<u8>, Collecting> {
    let mut body = Vec::new();
    let mut decoder = ChunkDecoder::new();
    loop {
        let data = input.data();
        let chunk = match framing {
            BodyFraming::Chunked => decoder.next(data).map_err(|_| Collecting::Malformed)?,
            BodyFraming::Length(length) if body.len() as u64 >= length => Chunk::Done,
            BodyFraming::Length(_) if data.is_empty() => Chunk::More,
            BodyFraming::Length(length) => {
                let left = usize::try_from(length).unwrap_or(usize::MAX) - body.len();
                Chunk::Data { skip: 0, length: left.min(data.len()) }
            }
            BodyFraming::Empty | BodyFraming::UntilClose => Chunk::Done,
        };
        match chunk {
            Chunk::Done => return Ok(body),
            Chunk::Skip(count) => input.consume(count),
            Chunk::Data { skip, length } => {
                body.extend_from_slice(data.get(skip..skip + length).unwrap_or_default());
                input.consume(skip + length);
                if body.len() > MAX_OWN_BODY {
                    return Err(Collecting::TooLarge);
                }
            }
            Chunk::More => match input.fill(client).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(Collecting::Gone),
            },
        }
    }
}
