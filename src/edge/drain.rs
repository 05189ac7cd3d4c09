//! Shutting a worker down: idle connections and our own event streams at once, requests when they are done, streams last.

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::slot::Slot;
use super::worker::Worker;

/// How often to look whether all connections are gone.
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(super) async fn drain(worker: &Rc<Worker>, limit: Duration) {
    worker.draining.set(true);
    // Connections of HTTP/2 say farewell, with their streams still under way.
    worker.slots.for_each(Slot::wake);
    let deadline = Instant::now() + limit;
    while worker.slots.len() > 0 && has_requests(worker) && Instant::now() < deadline {
        worker.slots.for_each(|slot| {
            if slot.is_idle() || slot.is_endless() {
                slot.end();
            }
        });
        tokio::time::sleep(LOOK_EVERY).await;
    }
    worker.slots.for_each(Slot::end);
    worker.views.report(&worker.shared.sightings, worker.now());
    // One more turn of the loop for the tasks to meet their mark and close their sockets.
    tokio::time::sleep(LOOK_EVERY).await;
}

/// Whether any worker still has something to finish: a WebSocket has no end of its own, so that nobody waits for one.
fn has_requests(worker: &Worker) -> bool {
    worker.shared.connections.load(Ordering::Relaxed) > worker.shared.tunnels.load(Ordering::Relaxed)
}
