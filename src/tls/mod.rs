//! What the gateway shows over TLS, and to whom: certificates by host, from files that are followed as they change.
//!
//! Read [`Certificates`] first: what a handshake looks at, one atomic pointer. [`Keyring`] is who changes it.

mod certificates;
mod files;
mod keyring;
mod pair;
mod server;

use std::net::SocketAddr;

use crate::domain::AppUrl;

pub use files::Files;
pub use keyring::Keyring;
pub use pair::{Pair, Worry};

/// What TLS is spoken with on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub min_version: Version,
    /// The listeners that speak TLS.
    pub listeners: Vec<(SocketAddr, Source)>,
    /// Apps with certificates of their own: shown to who asks for their host, on every listener.
    pub apps: Vec<(AppUrl, Files)>,
}

impl Config {
    /// Of listeners and apps; the same files can come more than once.
    pub fn files(&self) -> impl Iterator<Item = &Files> {
        let listeners = self.listeners.iter().map(|(_, source)| match source {
            Source::Files(files) => files,
        });
        listeners.chain(self.apps.iter().map(|(_, files)| files))
    }
}

/// Where a listener's certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Files(Files),
}

/// The oldest version of TLS that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    #[default]
    Tls12,
    Tls13,
}

impl Version {
    pub const ALL: [Self; 2] = [Self::Tls12, Self::Tls13];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        }
    }
}
