//! Sockets that the service manager opened for us (socket activation), found by their address.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

#[derive(Debug, Default)]
pub(super) struct Inherited(Vec<(SocketAddr, TcpListener)>);

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

    pub(super) fn socket(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let at = self.0.iter().position(|(given, _)| *given == address)?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn complain_about_rest(self) {
        for (address, _) in self.0 {
            tracing::warn!(%address, "the service manager gave a socket that no [[listen]] names; it is not used");
        }
    }
}

/// A number alone proves nothing, so that taking it over would be `unsafe`. The kernel looks it up and gives us one
/// of our own.
fn duplicate(number: i32) -> rustix::io::Result<OwnedFd> {
    let own = pidfd_open(getpid(), PidfdFlags::empty())?;
    pidfd_getfd(own, number, PidfdGetfdFlags::empty())
}
