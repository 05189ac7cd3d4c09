//! One connection of a visitor: request after request, until somebody has enough.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use http::StatusCode;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::directory::AppEntry;
use crate::domain::{Scheme, cookie};
use crate::handoff::{Notice, Place};
use crate::observe::{AccessLog, Limit, Rejected};
use crate::policy::Permit;

use super::access::{Access, Answered};
use super::admission::{Admission, Class, Traveler, admit};
use super::answering::LINGER;
use super::ceilings::{Full, Presence};
use super::forward_auth::{self, Refused};
use super::meter::Metered;
use super::origin::{HostMemory, Origin};
use super::respond::Answer;
use super::slot::{Ended, Late, Slot};
use super::stream::Stream;
use super::wire::{Buffer, Kind, Reject, RequestHead, ResponseHead};
use super::worker::Worker;
use super::{Listener, forward, http2, notices, proxy_protocol, stamp};

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
    pub(super) answered: Answered,
    pub(super) metered: Option<Metered>,
    pub(super) peer: SocketAddr,
    pub(super) listener: Arc<Listener>,
    memory: HostMemory,
}

pub(super) async fn serve(
    worker: &Rc<Worker>,
    tcp: TcpStream,
    (peer, presence): (SocketAddr, Option<Presence>),
    listener: Arc<Listener>,
) {
    let seat = worker.slots.take();
    let Some((tcp, peer)) = introduce(worker, &seat.slot, tcp, peer, &listener).await else { return };
    let Some(mut client) = open(worker, &seat.slot, tcp, &listener).await else { return };
    let mut input = Buffer::new();
    let patience = (&*seat.slot, worker.config.head_timeout);
    let asked = http2::is_spoken(&mut client, &mut input, &listener, patience);
    match seat.slot.until_ended(asked).await {
        Ok(true) => {
            let session = http2::serve(worker, (&seat.slot, presence), (client, input), peer, listener);
            // Ended or not, its sockets are closed.
            let _ = seat.slot.until_ended(session).await;
            return;
        }
        Ok(false) => {}
        Err(Ended) => return,
    }
    let connection = Connection::new(worker, &seat.slot, (&mut client, input), peer, listener);
    let ended = seat.slot.until_ended(connection.run()).await.is_err();
    // A reset would take from a client what it has not read yet: only for who must not read it.
    if ended && !(worker.draining.get() && seat.slot.is_idle()) {
        client.reset_on_close();
    }
}

/// Who a proxy says that it connects for, where it has to say so.
async fn introduce(
    worker: &Worker,
    slot: &Slot,
    mut tcp: TcpStream,
    peer: SocketAddr,
    listener: &Listener,
) -> Option<(TcpStream, SocketAddr)> {
    let ip = peer.ip().to_canonical();
    if !listener.proxy_protocol || !listener.trusted_proxies.iter().any(|net| net.contains(&ip)) {
        return Some((tcp, peer));
    }
    slot.set_idle(true);
    let told = slot.in_time(worker.config.head_timeout, proxy_protocol::read(&mut tcp));
    match slot.until_ended(told).await {
        Ok(Ok(Ok(source))) => {
            slot.set_idle(false);
            Some((tcp, source.unwrap_or(peer)))
        }
        Ok(Ok(Err(error))) => {
            tracing::debug!(%peer, %error, "a trusted proxy did not say for whom it connects");
            None
        }
        Ok(Err(Late)) | Err(_) => None,
    }
}

/// The TLS handshake, where the listener asks for one.
async fn open(worker: &Worker, slot: &Slot, tcp: TcpStream, listener: &Listener) -> Option<Stream> {
    let Some(config) = &listener.tls else { return Some(Stream::Tcp(tcp)) };
    let handshake = async {
        // Who has not said a word yet holds up no shutdown.
        slot.set_idle(true);
        tcp.readable().await?;
        slot.set_idle(false);
        TlsAcceptor::from(Arc::clone(config)).accept(tcp).await
    };
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
            answered: Answered::default(),
            metered: None,
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
            Err(reject) => self.turn_away(Refused::Malformed(reject), true).await,
        };
    }

    async fn run(mut self) {
        let mut first = true;
        loop {
            let after = match self.read_head(first).await {
                Ok(true) => self.answer().await,
                Ok(false) => return,
                Err(reject) => self.turn_away(Refused::Malformed(reject), false).await,
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
                self.worker.shared.tally.limit(Limit::HeadTimeout);
                self.worker.meter.reject(Rejected::Late);
                let _logged = self.note_refused(false);
                self.time_out().await;
                Ok(false)
            }
        }
    }

    async fn answer(&mut self) -> After {
        self.slot.forget();
        let (admission, origin) = match self.judge() {
            Ok(judged) => judged,
            Err(refused) => return self.turn_away(refused, true).await,
        };
        self.origin = Some(origin.clone());
        self.answered.reset();
        let format = self.worker.config.access_log;
        let _logged = (format != AccessLog::Off).then(|| {
            let shared = &self.worker.shared;
            let noted = (&self.answered, &shared.clock);
            Access::of(format, (&self.head, self.protocol()), &origin, &admission, &shared.directory, noted)
        });
        self.metered = self.worker.meter.begin(&admission);
        let after = self.act(admission, &origin).await;
        self.worker.meter.end(self.metered.take(), self.answered.status.get());
        after
    }

    /// What becomes of the request, and where it comes from.
    fn judge(&mut self) -> Result<(Admission, Origin), Refused> {
        let malformed = Refused::Malformed;
        let origin = Origin::of(&self.head, self.peer, &self.listener, &mut self.memory).map_err(malformed)?;
        let asked = forward_auth::asked(&mut self.head, &origin, &self.listener)?;
        let mut admission = admit(self.worker, &self.head, &origin, self.listener.redirects).map_err(malformed)?;
        if let Some(asked) = asked {
            admission = forward_auth::answered(asked, admission, &self.head, &origin);
        }
        Ok((admission, origin))
    }

    fn protocol(&self) -> &'static str {
        if self.client.is_framed() { "HTTP/2.0" } else { "HTTP/1.1" }
    }

    async fn turn_away(&mut self, refused: Refused, is_read: bool) -> After {
        let _logged = self.note_refused(is_read);
        match refused {
            Refused::Malformed(reject) => self.refuse(reject).await,
            Refused::Stranger => self.reply(&Refused::stranger()).await,
        }
    }

    /// The access log's line for what is refused before anything is decided. `is_read`: its head was whole.
    fn note_refused(&self, is_read: bool) -> Option<Access> {
        self.answered.reset();
        let format = self.worker.config.access_log;
        (format != AccessLog::Off).then(|| {
            let noted = (&self.answered, &self.worker.shared.clock);
            Access::refused(format, (is_read.then_some(&self.head), self.protocol()), self.peer.ip(), noted)
        })
    }

    /// Does what was decided.
    async fn act(&mut self, admission: Admission, origin: &Origin) -> After {
        match admission {
            Admission::Forward(permit, entry, traveler) => {
                if !self.may_open_websocket(&entry, origin) {
                    self.worker.shared.tally.limit(Limit::WebsocketOrigin);
                    return self.reply(&notices::foreign_websocket(&entry)).await;
                }
                match self.worker.crowd.enter(&entry) {
                    Ok(_place) => forward::forward(self, permit, entry, traveler).await,
                    Err(Full) => {
                        self.worker.shared.tally.limit(Limit::ConnectionsPerApp);
                        self.notice(Notice::Overloaded, &entry, origin, &traveler).await
                    }
                }
            }
            Admission::Vouch(permit, entry, traveler) => self.vouch(permit, &entry, traveler).await,
            Admission::Say(answer) => self.reply(&answer).await,
            Admission::Reserved(entry, traveler) => self.hand_over(Place::App(entry.app.id), origin, &traveler).await,
            Admission::Console(traveler) => self.hand_over(Place::Console, origin, &traveler).await,
            Admission::Challenge(challenge, entry, traveler) => match Class::of(&self.head) {
                Class::Navigation => {
                    let mut answer = Answer::redirect(notices::challenge_path(challenge, &entry, &self.head));
                    if traveler.stale_cookie {
                        answer = answer.with("Set-Cookie", cookie::clear(entry.app.id, origin.scheme == Scheme::Https));
                    }
                    self.reply(&answer).await
                }
                Class::Submission => self.notice(Notice::Challenged(challenge), &entry, origin, &traveler).await,
                Class::Background => {
                    let answer = notices::unauthorized(challenge, &entry, origin, &self.head);
                    self.reply(&answer).await
                }
            },
            Admission::Refuse(refusal, entry, traveler) => {
                self.notice(Notice::Refused(refusal), &entry, origin, &traveler).await
            }
            Admission::Alive => self.reply(&Answer::text(StatusCode::OK, "alive")).await,
            Admission::Ready => self.reply(&self.readiness()).await,
            Admission::Trust => self.hand_over(Place::Trust, origin, &Traveler::unknown()).await,
            Admission::Proof(text) => self.reply(&Answer::exactly(text)).await,
            Admission::Secure(location) => self.reply(&Answer::moved(location)).await,
            Admission::UnknownHost => self.reply(&Answer::text(StatusCode::NOT_FOUND, "Nothing here.")).await,
        }
    }

    /// Browsers open WebSockets across origins, with cookies.
    fn may_open_websocket(&self, entry: &AppEntry, origin: &Origin) -> bool {
        let page = self.head.text(Kind::Origin);
        let is_websocket = self.head.upgrades && !page.is_empty();
        let app = &entry.app;
        !is_websocket || app.websocket_origins.allow(page, origin.visitor_host(&self.head), &app.url)
    }

    /// The permit is used up by it.
    async fn vouch(&mut self, permit: Permit, entry: &AppEntry, traveler: Traveler) -> After {
        match stamp::lines(self.worker, &permit, entry, &traveler) {
            Some(lines) => self.reply(&forward_auth::vouch(&lines, traveler.set_cookie)).await,
            // The user has gone since the verdict.
            None => self.reply(&notices::problem(Notice::Overloaded, entry)).await,
        }
    }
}
