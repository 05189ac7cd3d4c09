//! Sockets that were opened for us, found by their address: by the service manager (socket activation), or by the gateway
//! whose place we take.

use std::fs::{File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use crate::control;

use super::gateway::Failure;

#[derive(Debug, Default)]
pub(super) struct Inherited(Vec<(SocketAddr, TcpListener)>);

/// The old gateway closes its store a moment before its process ends, and not after.
const STORE_PATIENCE: Duration = Duration::from_secs(10);
/// Beyond what the old gateway gives to requests under way.
const END_PATIENCE: Duration = Duration::from_secs(30);

impl Inherited {
    /// What came with the process; usually nothing.
    pub(super) fn take() -> Self {
        let Ok(numbers) = sd_notify::listen_fds() else { return Self::default() };
        let sockets = numbers.filter_map(|number| match duplicate(number) {
            Ok(socket) => {
                let socket = TcpListener::from(socket);
                Some((socket.local_addr().ok()?, socket))
            }
            Err(error) => {
                tracing::warn!(number, %error, "a socket that the service manager gave cannot be used");
                None
            }
        });
        Self(sockets.collect())
    }

    /// From the gateway that runs on the same folder, when its process has ended; nothing when there is none. Who connects
    /// meanwhile waits.
    pub(super) fn take_over(data_dir: &Path, drain: Duration) -> Result<Self, Failure> {
        let data_dir = std::fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.to_owned());
        let legacy = match control::take_over(&data_dir) {
            None => {
                tracing::info!(data = %data_dir.display(), "no gateway runs here whose place could be taken");
                return Ok(Self::take());
            }
            Some(legacy) => legacy.map_err(|error| format!("the running gateway does not hand over: {error}"))?,
        };
        tracing::info!(sockets = legacy.sockets.len(), "taking over: waiting for the running gateway to end");
        let sockets = legacy.wait(drain.saturating_add(END_PATIENCE));
        let sockets = sockets.map_err(|error| format!("the gateway that hands over does not end: {error}"))?;
        let named = sockets.into_iter().filter_map(|socket| Some((socket.local_addr().ok()?, socket)));
        let inherited = Self(named.collect());
        // Its files are closed with the rest of it.
        let give_up = Instant::now() + STORE_PATIENCE;
        while store_is_busy(&data_dir) && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(inherited)
    }

    pub(super) fn socket(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let at = self.0.iter().position(|(given, _)| *given == address)?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn complain_about_rest(self) {
        for (address, _) in self.0 {
            tracing::warn!(%address, "a socket was handed over that neither [[listen]] nor an app's URL names; it is not used");
        }
    }
}

fn store_is_busy(data_dir: &Path) -> bool {
    let file = File::open(data_dir.join("millgate.redb"));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// A number alone proves nothing, so that taking it over would be `unsafe`. The kernel looks it up and gives us one
/// of our own.
fn duplicate(number: i32) -> rustix::io::Result<OwnedFd> {
    let own = pidfd_open(getpid(), PidfdFlags::empty())?;
    pidfd_getfd(own, number, PidfdGetfdFlags::empty())
}
