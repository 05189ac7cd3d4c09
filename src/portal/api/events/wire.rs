//! A stream's bytes.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use http_body::Frame;
use serde::Serialize;
use tokio::sync::mpsc;

use super::seats::Seat;

/// Who does not read for so long is not there any more.
const PATIENCE: Duration = Duration::from_secs(30);
/// When a stream breaks, browsers come back after so many milliseconds.
const RETRY: &str = "retry: 2000\n";

/// How far a stream has come: in which run of the gateway, after how many batches of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    run: String,
    applied: u64,
}

impl Place {
    pub(super) fn new(run: &str, applied: u64) -> Self {
        Self { run: run.to_owned(), applied }
    }
}

impl fmt::Display for Place {
    /// It is compared and nothing else: how much goes on in other workspaces, it does not tell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = digest(&SHA256, format!("{}-{}", self.run, self.applied).as_bytes());
        f.write_str(&BASE64URL_NOPAD.encode(hash.as_ref().get(..12).unwrap_or_default()))
    }
}

/// Where events are put. What was put goes out together.
pub(super) struct Outlet {
    place: Place,
    waiting: String,
    /// Where the last event in `waiting` begins.
    last: Option<usize>,
    sender: mpsc::Sender<Bytes>,
}

/// Whoever listens has gone, or has stopped to read.
pub(super) struct Gone;

/// A stream and its answer. Who comes back to a place that things have moved on from is told so first.
pub(super) fn open(seat: Seat, place: Place, is_behind: bool) -> (Outlet, Response) {
    // One piece at a time: what has not been sent is not repeated from memory, but read when its time comes.
    let (sender, pieces) = mpsc::channel(1);
    let mut outlet = Outlet { place, waiting: RETRY.to_owned(), last: None, sender };
    if is_behind {
        outlet.resync();
    }
    outlet.mark();
    let first = Some(Bytes::from(std::mem::take(&mut outlet.waiting)));
    let mut answer = Response::new(Body::new(Pieces { first, pieces, _seat: seat }));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // nginx collects answers before it passes them on, unless it is told not to.
    headers.insert("X-Accel-Buffering", HeaderValue::from_static("no"));
    (outlet, answer)
}

impl Outlet {
    /// So many more batches of changes are in what is put from now on.
    pub(super) fn advance(&mut self, batches: u64) {
        self.place.applied += batches;
    }

    /// `name` is the event's, `row` as the lists have it.
    pub(super) fn put(&mut self, name: &str, row: &impl Serialize) {
        match serde_json::to_string(row) {
            // JSON has no line breaks outside of strings, and escapes those within.
            Ok(json) => self.event(name, &json),
            Err(error) => tracing::error!(%error, name, "an event could not be written"),
        }
    }

    /// Something was missed: read the lists anew.
    pub(super) fn resync(&mut self) {
        self.event("resync", "{}");
    }

    fn event(&mut self, name: &str, json: &str) {
        self.last = Some(self.waiting.len());
        self.waiting += &format!("event: {name}\ndata: {json}\n\n");
    }

    /// A comment, which keeps the connection.
    pub(super) fn breathe(&mut self) {
        self.waiting += ":\n\n";
    }

    /// The last event says how far it goes: who breaks off before it has not come so far. Without any, the id stands
    /// alone, which a browser remembers and shows to nobody.
    fn mark(&mut self) {
        let id = format!("id: {}\n", self.place);
        match self.last.take() {
            Some(at) => self.waiting.insert_str(at, &id),
            None => self.waiting += &(id + "\n"),
        }
    }

    pub(super) async fn send(&mut self) -> Result<(), Gone> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.mark();
        let piece = Bytes::from(std::mem::take(&mut self.waiting));
        self.sender.send_timeout(piece, PATIENCE).await.map_err(|_| Gone)
    }

    pub(super) async fn closed(&self) {
        self.sender.closed().await;
    }
}

/// The answer's body.
struct Pieces {
    first: Option<Bytes>,
    pieces: mpsc::Receiver<Bytes>,
    _seat: Seat,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.pieces.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
