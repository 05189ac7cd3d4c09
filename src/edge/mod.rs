//! The data plane: one single-threaded runtime a core. A request and everything it touches stay on one thread;
//! between its facts and the verdict there is no await, no store and no lock.
//!
//! HTTP/1.1 is read and written by our own engine on plain sockets (`wire`), because a gate must judge the bytes
//! themselves: a library that repairs what it reads hides what a server behind would have read. A stream of HTTP/2
//! (`http2`) is one more kind of socket to the same engine.

mod acceptor;
mod access;
mod admission;
mod answer_in;
mod answering;
mod ceilings;
mod choice;
mod connect;
mod connection;
mod drain;
mod forward;
mod forward_auth;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod http2;
mod lookup;
mod meter;
mod notices;
mod origin;
mod own;
mod pool;
mod proxy_protocol;
mod pump;
mod reach;
mod redirect;
mod request_out;
mod respond;
mod response_out;
mod slot;
mod stamp;
mod stream;
mod tunnel;
mod views;
mod wire;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use ipnet::IpNet;

use crate::directory::{Directory, Sightings};
use crate::domain::{Clock, Scheme};
use crate::handoff::Counter;
use crate::observe::{AccessLog, Tally, Traffic};
use crate::tokens::{DeviceTokens, IdentityTokens};
use crate::upstreams::Health;

pub use acceptor::{Bound, Running, start};
pub use ceilings::Crowds;

/// How the data plane runs on this node.
#[derive(Debug, Clone)]
pub struct Config {
    /// Threads; at least one.
    pub workers: usize,
    /// Connections at the same time, all listeners together; more wait in the kernel's queue.
    pub connections: usize,
    /// Of one address.
    pub connections_per_address: usize,
    /// The largest request head.
    pub head_bytes: usize,
    /// From a connection's or request's first byte to the end of its head.
    pub head_timeout: Duration,
    /// Without progress of a body, in either direction, while the other side waits.
    pub body_timeout: Duration,
    /// Between two requests on one connection.
    pub idle_timeout: Duration,
    /// One line for each request.
    pub access_log: AccessLog,
}

/// One listening socket's own settings.
#[derive(Debug, Clone)]
pub struct Listener {
    pub address: SocketAddr,
    pub scheme: Scheme,
    /// Peers whose `X-Forwarded-*` are believed.
    pub trusted_proxies: Arc<[IpNet]>,
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Only leads to the addresses over TLS.
    pub redirects: bool,
    /// Trusted peers say by the PROXY protocol for whom they connect.
    pub proxy_protocol: bool,
    /// Whether those proxies may ask at `/.millgate/auth` who is there.
    pub forward_auth: bool,
    /// Without TLS, a client that begins with HTTP/2 is answered in it.
    pub h2c: bool,
    /// `Strict-Transport-Security` (RFC 6797), on answers over TLS.
    pub hsts: Option<Arc<str>>,
}

/// What is to be said at a token, if the token is ours.
pub type Proof = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What all workers share, all of it read-only or concurrent.
#[derive(Clone)]
pub struct Shared {
    pub directory: Arc<Directory>,
    pub counter: Counter,
    pub sightings: Sightings,
    pub devices: Arc<DeviceTokens>,
    pub identity: Arc<IdentityTokens>,
    pub health: Arc<Health>,
    pub tally: Arc<Tally>,
    /// Where workers count, if somebody reads it.
    pub traffic: Option<Arc<Traffic>>,
    pub clock: Clock,
    /// What `readyz` answers beyond the directory: the ledger's health.
    pub healthy: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Whether there is an authority of our own that devices can be told to trust.
    pub offers_trust: Arc<dyn Fn() -> bool + Send + Sync>,
    /// What an ACME server expects at a token, while it looks whether a host is ours.
    pub acme_proof: Proof,
    pub connections: Arc<AtomicUsize>,
    /// Exchanges of apps that have a ceiling.
    pub crowds: Arc<Crowds>,
    /// Those of the connections that have become WebSockets.
    pub tunnels: Arc<AtomicUsize>,
}
