//! Sockets that were opened for us, found by their address: by the service manager (socket activation), or by the gateway
//! whose place we take.

use std::fs::{File, TryLockError};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use listenfd::ListenFd;

use crate::config::Config;
use crate::control::{self, Legacy};
use crate::store::store_file;

use super::doors;
use super::gateway::Failure;

#[derive(Debug, Default)]
pub(super) struct Inherited {
    sockets: Vec<(SocketAddr, TcpListener)>,
    predecessor: Option<Legacy>,
}

/// The old gateway closes its store a moment before its process ends, and not after.
pub(super) const STORE_PATIENCE: Duration = Duration::from_secs(10);
/// Beyond what the old gateway gives to requests under way.
const END_PATIENCE: Duration = Duration::from_secs(30);

impl Inherited {
    /// What came with the process; usually nothing.
    pub(super) fn take() -> Self {
        let mut given = ListenFd::from_env();
        Self::of((0..given.len()).filter_map(|at| match given.take_tcp_listener(at) {
            // A copy of its own ends at `exec`.
            Ok(socket) => socket?.try_clone().ok(),
            Err(error) => {
                tracing::warn!(number = at, %error, "a socket that the service manager gave cannot be used");
                None
            }
        }))
    }

    /// From the gateway that runs on the same folder, when its process has ended; nothing when there is none. Who connects
    /// meanwhile waits.
    pub(super) fn take_over(config: &Config) -> Result<Self, Failure> {
        let data_dir = std::fs::canonicalize(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
        let mut own = Vec::new();
        let suits = |given: &[TcpListener]| {
            own = missing(config, given).map_err(io::Error::other)?;
            Ok(())
        };
        let mut legacy = match predecessor(&data_dir, suits) {
            None => {
                tracing::info!(data = %data_dir.display(), "no gateway runs here whose place could be taken");
                return Ok(Self::take());
            }
            Some(legacy) => legacy.map_err(|error| format!("no take-over, the running gateway goes on: {error}"))?,
        };
        tracing::info!(sockets = legacy.sockets.len(), "taking over: waiting for the running gateway to end");
        let waited = legacy.wait(config.limits.drain_timeout.saturating_add(END_PATIENCE));
        waited.map_err(|error| format!("the gateway that hands over does not end: {error}"))?;
        let sockets = std::mem::take(&mut legacy.sockets).into_iter().chain(own);
        let inherited = Self { predecessor: Some(legacy), ..Self::of(sockets) };
        // Its files are closed with the rest of it.
        let give_up = Instant::now() + STORE_PATIENCE;
        while store_is_busy(&data_dir) && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(inherited)
    }

    /// What was open already in this process.
    pub(super) fn of(sockets: impl IntoIterator<Item = TcpListener>) -> Self {
        let named = sockets.into_iter().filter_map(|socket| Some((socket.local_addr().ok()?, socket)));
        Self { sockets: named.collect(), predecessor: None }
    }

    /// To be told when we are ready: until then it can come back.
    pub(super) fn predecessor(&mut self) -> Option<Legacy> {
        self.predecessor.take()
    }

    pub(super) fn socket(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let at = self.sockets.iter().position(|(given, _)| *given == address)?;
        Some(self.sockets.swap_remove(at).1)
    }

    pub(super) fn complain_about_rest(self) {
        for (address, _) in self.sockets {
            tracing::warn!(%address, "a socket was handed over that neither [[listen]] nor an app's URL names; it is not used");
        }
    }
}

/// The gateway on this folder, asked to go. One that is just starting, or coming back after a take-over that failed, has
/// its store open before it can be asked.
fn predecessor(data_dir: &Path, mut suits: impl FnMut(&[TcpListener]) -> io::Result<()>) -> Option<io::Result<Legacy>> {
    let give_up = Instant::now() + STORE_PATIENCE;
    let mut is_told = false;
    loop {
        let legacy = control::take_over(data_dir, &mut suits);
        if legacy.is_some() || !store_is_busy(data_dir) || Instant::now() >= give_up {
            return legacy;
        }
        if !std::mem::replace(&mut is_told, true) {
            tracing::info!(data = %data_dir.display(), "another process has the store open and cannot be asked yet: waiting");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The sockets of the configuration that are not given. What cannot be opened is told while there is a way back.
fn missing(config: &Config, given: &[TcpListener]) -> Result<Vec<TcpListener>, Failure> {
    let given: Vec<SocketAddr> = given.iter().filter_map(|socket| socket.local_addr().ok()).collect();
    let wanted = config.listeners.iter().map(|listener| listener.address).chain(config.metrics);
    // One that has moved within its port cannot be opened before the running gateway has ended.
    let is_missing = |address: &SocketAddr| given.iter().all(|given| given.port() != address.port());
    let opened =
        wanted.filter(is_missing).map(|address| doors::bind(address).map_err(|error| doors::why(&error, address)));
    opened.collect()
}

/// Whether nobody has the store open, or is to within so long.
pub(super) async fn store_is_free(data_dir: &Path, patience: Duration) -> bool {
    let give_up = Instant::now() + patience;
    while store_is_busy(data_dir) {
        if Instant::now() >= give_up {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

fn store_is_busy(data_dir: &Path) -> bool {
    let file = File::open(store_file(data_dir));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}
