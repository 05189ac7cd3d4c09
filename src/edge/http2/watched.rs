//! The connection below `h2`: gives it what was read before, and watches what passes.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::edge::stream::Stream;
use crate::edge::wire::Buffer;

use super::frames::Frames;
use super::link::Link;

pub(super) struct Watched {
    stream: Stream,
    /// Read already, to find out what is spoken.
    ahead: Buffer,
    frames: Frames,
    link: Rc<Link>,
}

impl Watched {
    pub(super) fn new(stream: Stream, ahead: Buffer, link: Rc<Link>) -> Self {
        Self { stream, ahead, frames: Frames::new(Instant::now()), link }
    }

    fn note_write(&mut self, outcome: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(count)) = outcome {
            self.frames.went(*count);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.link.slot.is_ended() {
            self.stream.reset_on_close();
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.link.spent.get() {
            // The farewell is on its way; the connection's task sees to it.
            return Poll::Pending;
        }
        let before = room.filled().len();
        if this.ahead.is_empty() {
            std::task::ready!(Pin::new(&mut this.stream).poll_read(cx, room))?;
        } else {
            let count = this.ahead.data().len().min(room.remaining());
            room.put_slice(this.ahead.data().get(..count).unwrap_or_default());
            this.ahead.consume(count);
            this.ahead.relax();
        }
        let came = room.filled().get(before..).unwrap_or_default();
        if let Err(few) = this.frames.came(came, Instant::now()) {
            // Reading the rest of a flood would cost us more than it cost to send.
            room.set_filled(before + few);
            this.link.spent.set(true);
            this.link.slot.wake();
        }
        this.link.midway.set(this.frames.is_midway());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.note_write(&outcome);
        outcome
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(cx, parts);
        this.note_write(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
