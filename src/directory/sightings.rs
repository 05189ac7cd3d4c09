//! What the hot path noticed and the ledger should know, without waiting for it.

use std::net::IpAddr;

use tokio::sync::mpsc;

use crate::domain::{AppId, DeviceId, SessionId, Timestamp};

/// Sightings that wait to be written. When it is full, news is dropped: the next request brings it again.
const QUEUE: usize = 4096;

#[derive(Debug)]
pub enum Sighting {
    /// A device's cookie came back for the first time: it keeps cookies, so it is recorded.
    Device { app: AppId, session: SessionId, device: DeviceId, ip: IpAddr, agent: String, at: Timestamp },
    /// A session was used after a minute or more.
    Used { session: SessionId, at: Timestamp },
    /// So many pages of an app were opened since this worker said so last.
    Views { app: AppId, views: u32, at: Timestamp },
}

/// The hot path's end of the queue.
#[derive(Debug, Clone)]
pub struct Sightings(mpsc::Sender<Sighting>);

impl Sightings {
    pub fn channel() -> (Self, mpsc::Receiver<Sighting>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    /// Never waits. False when it was dropped.
    pub fn report(&self, sighting: Sighting) -> bool {
        self.0.try_send(sighting).is_ok()
    }
}
