//! Idle connections to upstreams, one pool a worker, and which of an app's upstreams is next. Of idle connections, the
//! last in is the first out, so that spare ones grow old and go.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::directory::{AppEntry, Snapshot};
use crate::domain::AppId;
use crate::upstreams::{Health, Pulse};

use super::choice::{self, Choice};
use super::slot::Slot;
use super::stream::Stream;
use super::wire::Buffer;

/// Node and uvicorn close idle connections after 5 s; ours are gone before, so that no request meets the closing.
const IDLE: Duration = Duration::from_millis(3900);
/// Idle connections kept for one upstream by one worker: as many as a burst leaves behind.
const KEEP: usize = 256;

/// A connection to an app's upstream.
pub(super) struct Upstream {
    pub(super) stream: Stream,
    pub(super) input: Buffer,
    /// Whether an exchange went over it before: the upstream may have closed it meanwhile.
    pub(super) reused: bool,
    /// The connection whose exchange it carries.
    pub(super) lessee: Option<Rc<Slot>>,
    pub(super) lease: Lease,
}

impl Drop for Upstream {
    /// After a revocation, what the upstream has not taken yet of an upload must not reach it either.
    fn drop(&mut self) {
        if self.lessee.as_ref().is_some_and(|slot| slot.is_ended()) {
            self.stream.reset_on_close();
        }
    }
}

/// One of an app's upstreams, as this worker knows it.
pub(super) struct Place {
    pub(super) pulse: Arc<Pulse>,
    /// Exchanges under way.
    pub(super) busy: Cell<usize>,
}

/// An exchange's claim on an upstream; while it lives, the upstream is the busier by one.
pub(super) struct Lease {
    /// Its number among the app's upstreams.
    pub(super) at: usize,
    place: Rc<Place>,
    is_resting: bool,
}

impl Lease {
    fn new(at: usize, place: &Rc<Place>) -> Self {
        place.busy.set(place.busy.get() + 1);
        Self { at, place: Rc::clone(place), is_resting: false }
    }

    pub(super) fn pulse(&self) -> &Pulse {
        &self.place.pulse
    }

    /// In the pool, it is nobody's work.
    fn rest(&mut self) {
        if !self.is_resting {
            self.is_resting = true;
            self.place.busy.set(self.place.busy.get().saturating_sub(1));
        }
    }

    fn resume(&mut self) {
        self.is_resting = false;
        self.place.busy.set(self.place.busy.get() + 1);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.rest();
    }
}

/// The way to an upstream.
pub(super) enum Way {
    Idle(Upstream),
    /// There is no connection to be had; one has to be opened.
    Connect(Lease),
}

pub(super) struct Pool {
    health: Arc<Health>,
    shelves: RefCell<HashMap<AppId, Shelf>>,
}

struct Shelf {
    /// Of the app's record: what was connected for an older one is not used.
    version: u64,
    places: Vec<Rc<Place>>,
    /// Beside each place, what is idle there.
    idle: Vec<Vec<(Upstream, Instant)>>,
    /// Where the search for the least busy begins, so that equals take turns.
    turn: usize,
}

impl Pool {
    pub(super) fn new(health: Arc<Health>) -> Self {
        Self { health, shelves: RefCell::default() }
    }

    /// The way to the upstream that is next for such a request: the connection used last, if it is still good and
    /// `choice` takes one that was used.
    pub(super) fn way(&self, entry: &AppEntry, choice: &Choice) -> Way {
        let mut shelves = self.shelves.borrow_mut();
        let shelf = match shelves.get_mut(&entry.app.id) {
            Some(shelf) if shelf.version >= entry.version => shelf,
            _ => self.renew(&mut shelves, entry),
        };
        if shelf.version != entry.version {
            // The app has changed since this request came: it goes where it was judged to go.
            let place = self.place(entry, choice.first_untried(entry.app.more_upstreams.len() + 1));
            return Way::Connect(place);
        }
        let at = choice::next(&shelf.places, &mut shelf.turn, choice);
        while !choice.fresh
            && let Some((mut upstream, since)) = shelf.idle.get_mut(at).and_then(Vec::pop)
        {
            if since.elapsed() < IDLE && !upstream.stream.is_stale() {
                upstream.lease.resume();
                return Way::Idle(upstream);
            }
        }
        match shelf.places.get(at) {
            Some(place) => Way::Connect(Lease::new(at, place)),
            None => Way::Connect(self.place(entry, 0)),
        }
    }

    /// For an exchange of an older record.
    fn place(&self, entry: &AppEntry, at: usize) -> Lease {
        let pulse = self.health.pulse(&entry.app, entry.app.upstream_at(at));
        Lease::new(at, &Rc::new(Place { pulse, busy: Cell::new(0) }))
    }

    /// The shelf for a new record. What an upstream that stays has to do is not forgotten.
    fn renew<'a>(&self, shelves: &'a mut HashMap<AppId, Shelf>, entry: &AppEntry) -> &'a mut Shelf {
        let known = shelves.remove(&entry.app.id).map(|shelf| shelf.places).unwrap_or_default();
        let places: Vec<Rc<Place>> = entry
            .app
            .upstreams()
            .map(|upstream| {
                let pulse = self.health.pulse(&entry.app, upstream);
                let same = known.iter().find(|place| Arc::ptr_eq(&place.pulse, &pulse));
                same.map_or_else(|| Rc::new(Place { pulse, busy: Cell::new(0) }), Rc::clone)
            })
            .collect();
        let idle = places.iter().map(|_| Vec::new()).collect();
        shelves.entry(entry.app.id).or_insert(Shelf { version: entry.version, places, idle, turn: 0 })
    }

    pub(super) fn give(&self, entry: &AppEntry, mut upstream: Upstream) {
        upstream.reused = true;
        upstream.lessee = None;
        upstream.input.relax();
        let mut shelves = self.shelves.borrow_mut();
        let Some(shelf) = shelves.get_mut(&entry.app.id).filter(|shelf| shelf.version == entry.version) else { return };
        let Some(idle) = shelf.idle.get_mut(upstream.lease.at) else { return };
        if idle.len() < KEEP {
            upstream.lease.rest();
            idle.push((upstream, Instant::now()));
        }
    }

    /// Closes what has been idle for too long, and forgets apps that are gone.
    pub(super) fn sweep(&self, now: Instant, snapshot: &Snapshot) {
        self.shelves.borrow_mut().retain(|app, shelf| {
            for idle in &mut shelf.idle {
                idle.retain(|(_, since)| now.saturating_duration_since(*since) < IDLE);
            }
            snapshot.app(*app).is_some()
        });
    }
}
