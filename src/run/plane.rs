//! A stand-in for the data plane (`crate::edge`) with its names and signatures, until that arrives.
//!
//! To wire the real one: delete this file and `mod plane` in `run.rs`, and put `use crate::edge as plane` there.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use ipnet::IpNet;

use crate::directory::{Directory, Sightings};
use crate::domain::{Clock, Scheme};
use crate::handoff::Counter;

#[derive(Debug, Clone)]
pub struct Config {
    pub workers: usize,
    pub connections: usize,
    pub head_bytes: usize,
    pub head_timeout: Duration,
    pub body_timeout: Duration,
    pub idle_timeout: Duration,
    pub access_log: bool,
}

#[derive(Debug, Clone)]
pub struct Listener {
    pub address: SocketAddr,
    pub scheme: Scheme,
    pub trusted_proxies: Arc<[IpNet]>,
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

#[derive(Clone)]
pub struct Shared {
    pub directory: Arc<Directory>,
    pub counter: Counter,
    pub sightings: Sightings,
    pub clock: Clock,
    pub healthy: Arc<dyn Fn() -> bool + Send + Sync>,
    pub connections: Arc<AtomicUsize>,
}

#[derive(Debug)]
pub struct Bound {
    pub socket: std::net::TcpListener,
    pub settings: Listener,
}

/// Keeps sockets open and accepts nothing.
#[derive(Debug, Default)]
pub struct Running(std::sync::Mutex<Vec<Bound>>);

pub fn start(_: &Config, _: &Shared, listeners: Vec<Bound>) -> io::Result<Running> {
    Ok(Running(listeners.into()))
}

impl Running {
    pub fn listen(&self, bound: Bound) {
        self.lock().push(bound);
    }

    pub fn configure(&self, settings: Listener) {
        for bound in self.lock().iter_mut().filter(|bound| bound.settings.address == settings.address) {
            bound.settings = settings.clone();
        }
    }

    pub fn close(&self, address: SocketAddr) {
        self.lock().retain(|bound| bound.settings.address != address);
    }

    pub async fn drain(self, _: Duration) {}

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Bound>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
