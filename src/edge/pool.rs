//! Idle connections to upstreams, one pool a worker. Last in, first out, so that spare ones grow old and go.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::directory::AppEntry;
use crate::domain::AppId;

use super::slot::Slot;
use super::stream::Stream;
use super::wire::Buffer;

/// Node and uvicorn close idle connections after 5 s; ours are gone before, so that no request meets the closing.
const IDLE: Duration = Duration::from_millis(3900);
/// Idle connections kept for one app by one worker: as many as a burst leaves behind.
const KEEP: usize = 256;

/// A connection to an app's upstream.
pub(super) struct Upstream {
    pub(super) stream: Stream,
    pub(super) input: Buffer,
    /// Whether an exchange went over it before: the upstream may have closed it meanwhile.
    pub(super) reused: bool,
    /// The connection whose exchange it carries.
    pub(super) lessee: Option<Rc<Slot>>,
}

impl Drop for Upstream {
    /// After a revocation, what the upstream has not taken yet of an upload must not reach it either.
    fn drop(&mut self) {
        if self.lessee.as_ref().is_some_and(|slot| slot.is_ended()) {
            self.stream.reset_on_close();
        }
    }
}

#[derive(Default)]
pub(super) struct Pool(RefCell<HashMap<AppId, Shelf>>);

#[derive(Default)]
struct Shelf {
    /// Of the app's record: what was connected for an older one is not used.
    version: u64,
    idle: Vec<(Upstream, Instant)>,
}

impl Pool {
    /// The connection used last, if it is still good.
    pub(super) fn take(&self, entry: &AppEntry) -> Option<Upstream> {
        let mut shelves = self.0.borrow_mut();
        let shelf = shelves.get_mut(&entry.app.id)?;
        if shelf.version != entry.version {
            shelf.idle.clear();
            return None;
        }
        while let Some((mut upstream, since)) = shelf.idle.pop() {
            if since.elapsed() < IDLE && !upstream.stream.is_stale() {
                return Some(upstream);
            }
        }
        None
    }

    pub(super) fn give(&self, entry: &AppEntry, mut upstream: Upstream) {
        upstream.reused = true;
        upstream.lessee = None;
        upstream.input.relax();
        let mut shelves = self.0.borrow_mut();
        let shelf = shelves.entry(entry.app.id).or_default();
        if shelf.version < entry.version {
            shelf.idle.clear();
            shelf.version = entry.version;
        }
        if shelf.version == entry.version && shelf.idle.len() < KEEP {
            shelf.idle.push((upstream, Instant::now()));
        }
    }

    /// Closes what has been idle for too long.
    pub(super) fn sweep(&self, now: Instant) {
        self.0.borrow_mut().retain(|_, shelf| {
            shelf.idle.retain(|(_, since)| now.saturating_duration_since(*since) < IDLE);
            !shelf.idle.is_empty()
        });
    }
}
