//! Bytes that were read and not yet used.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// Small, because ten thousand idle WebSockets have two each.
const SMALLEST: usize = 4 * 1024;
/// Large enough that a body costs few system calls, small enough for the cache.
const LARGEST: usize = 256 * 1024;

/// Grows while reads fill it; gives the memory back when it is empty and idle.
pub(in crate::edge) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The last read left no room: more is probably waiting.
    was_filled: bool,
}

impl Buffer {
    pub(in crate::edge) fn new() -> Self {
        Self { bytes: Vec::new(), start: 0, end: 0, was_filled: false }
    }

    pub(in crate::edge) fn data(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    pub(in crate::edge) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(in crate::edge) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.is_empty() {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Gives a grown buffer's memory back.
    pub(in crate::edge) fn relax(&mut self) {
        if self.is_empty() && self.bytes.len() > SMALLEST {
            self.bytes = Vec::new();
        }
    }

    /// Reads more; 0 at the end of the stream. Fails with `OutOfMemory` when `LARGEST` bytes wait unused.
    pub(in crate::edge) fn poll_fill<R: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
    ) -> Poll<io::Result<usize>> {
        if !self.make_room() {
            return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
        }
        let mut room = ReadBuf::new(self.bytes.get_mut(self.end..).unwrap_or_default());
        ready!(Pin::new(reader).poll_read(cx, &mut room))?;
        let count = room.filled().len();
        self.end += count;
        self.was_filled = self.end == self.bytes.len();
        Poll::Ready(Ok(count))
    }

    pub(in crate::edge) async fn fill<R: AsyncRead + Unpin>(&mut self, reader: &mut R) -> io::Result<usize> {
        std::future::poll_fn(|cx| self.poll_fill(cx, reader)).await
    }

    /// Grows when it is full of unused bytes, and when the last read filled it: then more is probably waiting.
    fn make_room(&mut self) -> bool {
        if self.start > 0 && self.end == self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.bytes.len() || (self.was_filled && self.is_empty()) {
            let wanted = (self.bytes.len() * 2).clamp(SMALLEST, LARGEST);
            self.bytes.resize(wanted, 0);
            self.was_filled = false;
        }
        self.end < self.bytes.len()
    }
}
