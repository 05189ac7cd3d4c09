//! What the gateway shows over TLS, and to whom: certificates by host, from files that are followed as they change,
//! obtained from an authority that speaks ACME, or signed by one of the gateway's own.
//!
//! Read [`Certificates`] first: what a handshake looks at, one atomic pointer. [`Keyring`] is who changes it.

pub mod acme;
mod authority;
mod certificates;
mod files;
mod held;
mod keyring;
mod leaves;
mod limits;
mod pair;
mod server;

use std::net::SocketAddr;

use crate::domain::AppUrl;

pub use authority::Root;
pub use files::Files;
pub use keyring::{Kept, Keyring, Orders};
pub use leaves::Hosts;
pub use limits::EVERYTHING;
pub use pair::{Pair, Worry};

/// What TLS is spoken with on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub min_version: Version,
    /// The listeners that speak TLS.
    pub listeners: Vec<(SocketAddr, Source)>,
    /// Apps with certificates of their own: shown to who asks for their host, on every listener.
    pub apps: Vec<(AppUrl, Files)>,
    /// Names and networks that the authority may sign for, beside what is local and what is visited when it is made.
    pub authority_names: Vec<String>,
    /// Whom listeners with `Source::Acme` have their certificates from.
    pub acme: Option<acme::Settings>,
}

impl Config {
    /// Of listeners and apps; the same files can come more than once.
    pub fn files(&self) -> impl Iterator<Item = &Files> {
        let listeners = self.listeners.iter().filter_map(|(_, source)| match source {
            Source::Files(files) => Some(files),
            Source::Internal | Source::Acme => None,
        });
        listeners.chain(self.apps.iter().map(|(_, files)| files))
    }

    fn is_asked_by_acme(&self) -> bool {
        self.listeners.iter().any(|(_, source)| *source == Source::Acme)
    }

    /// What is obtained elsewhere is believed already: no device need be told to trust ours.
    fn offers_root(&self) -> bool {
        self.listeners.iter().any(|(_, source)| *source == Source::Internal)
    }

    /// Also for who waits for a certificate from elsewhere, and for hosts that get none there.
    fn needs_authority(&self) -> bool {
        self.listeners.iter().any(|(_, source)| matches!(source, Source::Internal | Source::Acme))
    }
}

/// Where a listener's certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Files(Files),
    /// The gateway's own authority.
    Internal,
    /// One that speaks ACME.
    Acme,
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
