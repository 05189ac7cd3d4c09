//! What the task of an HTTP/2 connection and those of its streams tell each other.

use std::cell::Cell;
use std::rc::Rc;

use crate::edge::ceilings::Presence;
use crate::edge::slot::Slot;

pub(super) struct Link {
    /// Of the connection itself.
    pub(super) slot: Rc<Slot>,
    /// What it takes of its address's share, as each of its streams does; `None`: it has no such limit.
    pub(super) presence: Option<Presence>,
    streams: Cell<usize>,
    /// Nothing more is taken from this peer.
    pub(super) spent: Cell<bool>,
    /// A frame or a head has begun and not ended.
    pub(super) midway: Cell<bool>,
}

/// A stream at work, for as long as it lives.
pub(super) struct Present(Rc<Link>);

impl Link {
    pub(super) fn new(slot: &Rc<Slot>, presence: Option<Presence>) -> Rc<Self> {
        Rc::new(Self {
            slot: Rc::clone(slot),
            presence,
            streams: Cell::default(),
            spent: Cell::default(),
            midway: Cell::default(),
        })
    }

    pub(super) fn streams(&self) -> usize {
        self.streams.get()
    }

    pub(super) fn enter(self: &Rc<Self>) -> Present {
        self.streams.set(self.streams.get() + 1);
        Present(Rc::clone(self))
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.streams.set(self.0.streams.get().saturating_sub(1));
        self.0.slot.wake();
    }
}
