//! Requests that the gateway answers itself: read whole, handed to the control plane, answered.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use http::StatusCode;

use crate::domain::{AppId, Scheme, cookie};
use crate::handoff::{Place, Visit};
use crate::observe::Limit;

use super::admission::{Class, Traveler};
use super::connection::{After, Connection};
use super::origin::Origin;
use super::respond::{self, Answer};
use super::slot::{Exchange, Late};
use super::stream::Stream;
use super::wire::{BodyFraming, Buffer, Chunk, ChunkDecoder, Kind, Reject};

/// Forms and API calls are far smaller.
const MAX_OWN_BODY: usize = 1024 * 1024;
/// What strangers may have us hold of such bodies before they are whole, for each worker.
const MOST_ARRIVING: usize = 32 * 1024 * 1024;
/// A form has room beside that, always: large bodies keep nobody from signing in.
const FORM: usize = 16 * 1024;

/// A body on its way, and what of it counts among all.
struct Arriving<'a> {
    all: &'a Cell<usize>,
    counted: usize,
}

impl Arriving<'_> {
    /// `false`: there is no room for it.
    fn note(&mut self, length: usize) -> bool {
        let counted = length.saturating_sub(FORM);
        self.all.set((self.all.get() + counted).saturating_sub(self.counted));
        self.counted = counted;
        counted == 0 || self.all.get() <= MOST_ARRIVING
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        self.all.set(self.all.get().saturating_sub(self.counted));
    }
}

impl Connection<'_> {
    /// Lets the control plane answer.
    pub(super) async fn hand_over(&mut self, place: Place, origin: &Origin, traveler: &Traveler) -> After {
        let body = match self.read_own_body().await {
            Ok(body) => body,
            Err(after) => return after,
        };
        let visit = Visit {
            place,
            ip: origin.ip,
            secure: origin.scheme == Scheme::Https,
            host: origin.visitor_host(&self.head).to_owned(),
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
            return self.reply(&self.crowded()).await;
        };
        self.answered.status.set(response.status().as_u16());
        self.bind(&response, place, traveler);
        let closes = self.closes() || self.head.http_10;
        match respond::send(self, response, closes).await {
            Ok(()) if !closes => After::KeepAlive,
            _ => After::Close,
        }
    }

    /// A stream of events lasts as long as the session that asked for it has the right to it.
    fn bind(&self, response: &http::Response<axum::body::Body>, place: Place, traveler: &Traveler) {
        let kind = response.headers().get(http::header::CONTENT_TYPE).map(|value| value.as_bytes());
        if place != Place::Console || kind != Some(b"text/event-stream") {
            return;
        }
        self.slot.set_endless();
        if traveler.session.is_some() {
            let exchange = Exchange { app: AppId::CONSOLE, session: traveler.session, device: traveler.device };
            self.slot.begin(exchange);
            // Between the answer's making and this line, the right may have gone.
            if !self.worker.still_admitted(&exchange) {
                self.slot.end();
            }
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
    pub(super) async fn read_own_body(&mut self) -> Result<Bytes, After> {
        let framing = self.head.framing();
        if framing == BodyFraming::Empty {
            return Ok(Bytes::new());
        }
        if matches!(framing, BodyFraming::Length(length) if length > MAX_OWN_BODY as u64) {
            return Err(self.too_large().await);
        }
        if self.head.all(Kind::Expect).next().is_some() && self.interim(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err()
        {
            return Err(After::Close);
        }
        let slot = Rc::clone(&self.slot);
        let patience = self.worker.config.body_timeout;
        let (input, client) = (&mut self.input, &mut *self.client);
        let arriving = Arriving { all: &self.worker.arriving, counted: 0 };
        match slot.in_time(patience, collect(framing, input, client, arriving)).await {
            Ok(Ok(body)) => Ok(body.into()),
            Ok(Err(Collecting::TooLarge)) => Err(self.too_large().await),
            Ok(Err(Collecting::Crowded)) => {
                self.say(&self.crowded(), true).await;
                Err(After::Linger)
            }
            Ok(Err(Collecting::Malformed)) => Err(self.refuse(Reject::Malformed("the body is malformed")).await),
            Ok(Err(Collecting::Gone)) | Err(Late) => Err(After::Close),
        }
    }

    fn crowded(&self) -> Answer {
        self.worker.shared.tally.limit(Limit::ControlPlane);
        Answer::problem(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The gateway is overloaded", &[])
            .with("Retry-After", "5")
    }

    async fn too_large(&mut self) -> After {
        let answer =
            Answer::problem(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request's body is too large", &[]);
        self.say(&answer, true).await;
        After::Linger
    }
}

enum Collecting {
    TooLarge,
    Crowded,
    Malformed,
    Gone,
}

async fn collect(
    framing: BodyFraming,
    input: &mut Buffer,
    client: &mut Stream,
    mut arriving: Arriving<'_>,
) -> Result<Vec<u8>, Collecting> {
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
            BodyFraming::UntilClose if data.is_empty() => Chunk::More,
            BodyFraming::UntilClose => Chunk::Data { skip: 0, length: data.len() },
            BodyFraming::Empty => Chunk::Done,
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
                if !arriving.note(body.len()) {
                    return Err(Collecting::Crowded);
                }
            }
            Chunk::More => match input.fill(client).await {
                Ok(1..) => {}
                Ok(0) if framing == BodyFraming::UntilClose => return Ok(body),
                Ok(0) | Err(_) => return Err(Collecting::Gone),
            },
        }
    }
}
