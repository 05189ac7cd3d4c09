//! Bytes on their way through `h2`, and a way to know when they have left: what is revoked meanwhile must be known.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};

/// A piece of a body. `h2` drops it when the socket has taken it, or when its stream was reset.
pub(in crate::edge) struct Piece {
    bytes: Bytes,
    queue: Rc<Queue>,
}

/// How many pieces of one lane wait for the socket.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Cell<usize>,
    waker: RefCell<Option<Waker>>,
}

impl Piece {
    pub(super) fn new(bytes: Bytes, queue: &Rc<Queue>) -> Self {
        queue.waiting.set(queue.waiting.get() + 1);
        Self { bytes, queue: Rc::clone(queue) }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.queue.waiting.set(self.queue.waiting.get().saturating_sub(1));
        if self.queue.waiting.get() == 0
            && let Some(waker) = self.queue.waker.take()
        {
            waker.wake();
        }
    }
}

impl Queue {
    /// Until all pieces have left.
    pub(super) fn poll_empty(&self, cx: &Context<'_>) -> Poll<()> {
        if self.waiting.get() == 0 {
            return Poll::Ready(());
        }
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}
