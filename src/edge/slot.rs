//! Every connection of a worker has a slot: what it is doing for whom, until when it may take, and a way to end it.
//!
//! Nothing here is shared between threads. A revocation walks the slots and judges each open exchange anew; the
//! connection's own task meets the mark before it touches a socket again.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use slab::Slab;

use crate::directory::Fence;
use crate::domain::{AppId, DeviceId, SessionId};

/// Whom an open exchange was admitted as.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange {
    pub(super) app: AppId,
    pub(super) session: Option<SessionId>,
    pub(super) device: DeviceId,
}

/// The connection was ended from outside: nothing more may be sent or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended;

/// Exchanges that are over.
#[derive(Default)]
struct Past {
    known: Vec<Exchange>,
    /// More than are remembered.
    is_crowd: bool,
}

/// A browser's connection carries one visitor to a few apps.
const MOST_REMEMBERED: usize = 16;

/// A step took longer than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Late;

#[derive(Default)]
pub(super) struct Slot {
    exchange: Cell<Option<Exchange>>,
    ended: Cell<bool>,
    idle: Cell<bool>,
    endless: Cell<bool>,
    deadline: Cell<Option<Instant>>,
    late: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// Whom a connection of HTTP/2 has answered: its sockets may still hold what they were sent.
    past: RefCell<Past>,
    /// Dropped with the slot, which outlives the connection's sockets.
    fences: RefCell<Vec<Fence>>,
}

impl Slot {
    pub(super) fn exchange(&self) -> Option<Exchange> {
        self.exchange.get()
    }

    /// Marks what the connection does now, and for whom.
    pub(super) fn begin(&self, exchange: Exchange) {
        self.exchange.set(Some(exchange));
    }

    /// Another request has come: what was sent for the last one has been read.
    pub(super) fn forget(&self) {
        self.exchange.set(None);
        self.endless.set(false);
    }

    /// What is answered now never ends by itself (events, ours or an app's): nobody waits for it when the gateway stops.
    pub(super) fn set_endless(&self) {
        self.endless.set(true);
    }

    pub(super) fn is_endless(&self) -> bool {
        self.endless.get()
    }

    /// Between requests, or before the first one.
    pub(super) fn set_idle(&self, idle: bool) {
        self.idle.set(idle);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.idle.get()
    }

    pub(super) fn end(&self) {
        self.ended.set(true);
        self.wake();
    }

    /// As `end`, and whoever waits behind the fence waits until the sockets are closed.
    pub(super) fn end_behind(&self, fence: Fence) {
        self.fences.borrow_mut().push(fence);
        self.end();
    }

    /// One exchange of several is over.
    pub(super) fn note_past(&self, over: Exchange) {
        let mut past = self.past.borrow_mut();
        let same = |known: &Exchange| (known.app, known.session, known.device) == (over.app, over.session, over.device);
        if past.known.iter().any(same) {
            return;
        }
        past.is_crowd |= past.known.len() == MOST_REMEMBERED;
        if past.known.len() < MOST_REMEMBERED {
            past.known.push(over);
        }
    }

    /// Whether it may still hold what was sent to somebody who would not be admitted now.
    pub(super) fn is_in_doubt(&self, is_admitted: impl Fn(&Exchange) -> bool) -> bool {
        let mut past = self.past.borrow_mut();
        let before = past.known.len();
        past.known.retain(is_admitted);
        past.is_crowd || past.known.len() < before
    }

    /// Who waits behind the fence waits until the connection is sure.
    pub(super) fn make_sure(&self, fences: impl IntoIterator<Item = Fence>) {
        self.fences.borrow_mut().extend(fences);
        self.wake();
    }

    /// For who ends them later than the slot.
    pub(super) fn take_fences(&self) -> Vec<Fence> {
        self.fences.take()
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended.get()
    }

    /// Has the connection look around.
    pub(super) fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Called by the worker's tick.
    pub(super) fn check_deadline(&self, now: Instant) {
        if self.deadline.get().is_some_and(|deadline| deadline <= now) {
            self.deadline.set(None);
            self.late.set(true);
            self.wake();
        }
    }

    /// Runs the whole connection until it is done or ended.
    pub(super) async fn until_ended<F: Future>(&self, work: F) -> Result<F::Output, Ended> {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if self.ended.get() {
                return Poll::Ready(Err(Ended));
            }
            self.remember(cx.waker());
            work.as_mut().poll(cx).map(Ok)
        })
        .await
    }

    /// Gives a step a deadline, to the precision of the worker's tick. Steps do not nest.
    pub(super) async fn in_time<F: Future>(&self, span: Duration, step: F) -> Result<F::Output, Late> {
        let mut step = pin!(step);
        let mut armed = false;
        let outcome = poll_fn(|cx| {
            if let Poll::Ready(output) = step.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            // Most steps are done at once: only one that waits needs a deadline.
            if !armed {
                armed = true;
                self.arm(span);
            }
            if self.is_late() { Poll::Ready(Err(Late)) } else { Poll::Pending }
        })
        .await;
        self.disarm();
        outcome
    }

    /// Sets a deadline, or moves it: there was progress.
    pub(super) fn arm(&self, span: Duration) {
        self.late.set(false);
        self.deadline.set(Instant::now().checked_add(span));
    }

    pub(super) fn is_armed(&self) -> bool {
        self.deadline.get().is_some()
    }

    pub(super) fn disarm(&self) {
        self.late.set(false);
        self.deadline.set(None);
    }

    /// Whether the deadline has passed.
    pub(super) fn is_late(&self) -> bool {
        self.late.get()
    }

    fn remember(&self, waker: &Waker) {
        let mut known = self.waker.borrow_mut();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
    }
}

/// All connections of one worker.
#[derive(Default)]
pub(super) struct Slots(RefCell<Slab<Rc<Slot>>>);

/// A place among the slots; given back when the connection is gone.
pub(super) struct Seat<'a> {
    slots: &'a Slots,
    key: usize,
    pub(super) slot: Rc<Slot>,
}

impl Slots {
    pub(super) fn take(&self) -> Seat<'_> {
        let slot = Rc::new(Slot::default());
        let key = self.0.borrow_mut().insert(Rc::clone(&slot));
        Seat { slots: self, key, slot }
    }

    pub(super) fn for_each(&self, mut visit: impl FnMut(&Slot)) {
        for (_, slot) in self.0.borrow().iter() {
            visit(slot);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.slots.0.borrow_mut().try_remove(self.key);
    }
}
