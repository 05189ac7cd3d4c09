//! The head of an upstream's answer, from bytes or from frames, and what it means when there is none.

use std::io;
use std::task::{Context, Poll, ready};

use h2::Reason;

use super::forward::Failure;
use super::http2::Lane;
use super::pool::Upstream;
use super::stream::Stream;
use super::wire::ResponseHead;

impl Upstream {
    /// Reads on until a head is whole. `to_head`: the request was a HEAD.
    pub(super) fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        response: &mut ResponseHead,
        to_head: bool,
    ) -> Poll<Result<(), Failure>> {
        if let Stream::Lane(lane) = &mut self.stream {
            return poll_frames(lane, cx, response, to_head, self.reused);
        }
        loop {
            match response.take(&mut self.input, to_head) {
                Ok(true) => return Poll::Ready(Ok(())),
                Ok(false) => {}
                Err(bad) => return Poll::Ready(Err(Failure::Upstream(bad.0.into()))),
            }
            let untouched = self.input.is_empty();
            match ready!(self.input.poll_fill(cx, &mut self.stream)) {
                Ok(1..) => {}
                ended => return Poll::Ready(Err(no_head(ended, untouched, self.reused))),
            }
        }
    }
}

fn poll_frames(
    lane: &mut Lane,
    cx: &mut Context<'_>,
    response: &mut ResponseHead,
    to_head: bool,
    reused: bool,
) -> Poll<Result<(), Failure>> {
    Poll::Ready(match ready!(lane.poll_answer(cx)) {
        Ok((head, ends)) => response.compose(&head, to_head, ends).map_err(|bad| Failure::Upstream(bad.0.into())),
        Err(error) if error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM) => {
            Err(Failure::Refused(format!("over HTTP/2: {error}")))
        }
        // Nothing of the request was worked on, or nobody can tell: as with a connection that closes.
        Err(error) if error.is_io() || error.is_go_away() => Err(dropped(format!("over HTTP/2: {error}"), reused)),
        Err(error) => Err(Failure::Upstream(format!("over HTTP/2: {error}"))),
    })
}

/// The upstream's side has ended before the answer's head was there.
fn no_head(ended: io::Result<usize>, untouched: bool, reused: bool) -> Failure {
    let why = ended.map_or_else(|error| error.to_string(), |_| "it closed the connection without an answer".into());
    if untouched { dropped(why, reused) } else { Failure::Upstream(why) }
}

pub(super) fn dropped(why: String, reused: bool) -> Failure {
    if reused { Failure::Stale } else { Failure::Dropped(why) }
}
