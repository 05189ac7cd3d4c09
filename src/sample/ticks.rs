//! A number every second: over a WebSocket, and as server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use http_body::Frame;
use tokio::time::{Interval, interval};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

const EVERY: Duration = Duration::from_secs(1);

/// Counts into the socket until either side ends it.
pub(super) async fn send(mut socket: WebSocket, stop: CancellationToken) {
    let mut clock = interval(EVERY);
    let mut count = 0_u64;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = clock.tick() => {
                count += 1;
                if socket.send(Message::text(count.to_string())).await.is_err() {
                    return;
                }
            }
            // What the page says does not matter, only that it is there.
            heard = socket.recv() => match heard {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
        }
    }
    let _ = socket.send(Message::Close(None)).await;
}

/// The same as a body of `text/event-stream`.
pub(super) struct Events {
    clock: Interval,
    count: u64,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Events {
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self { clock: interval(EVERY), count: 0, stopped: Box::pin(stop.cancelled_owned()) }
    }
}

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        ready!(self.clock.poll_tick(context));
        self.count += 1;
        let event = format!("data: {}\n\n", self.count);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(event)))))
    }
}
