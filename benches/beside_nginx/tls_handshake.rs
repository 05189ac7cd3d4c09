//! TLS handshakes, one after the other from many clients at once: in full, or resumed by a ticket.
//!
//! A handshake is over when its first ticket has come: then the server has done all of its work, the last message and
//! the tickets included.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::{ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, NamedGroup};

use super::meter;
use super::rounds::{Sample, percentile};
use super::tls;
use super::world::Subject;
use crate::Result;

const CLIENTS: usize = 32;
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Full,
    Resumed,
}

pub(crate) fn run(subject: &Subject, seconds: u32, kind: Kind) -> Result<Sample> {
    let deadline = Instant::now() + Duration::from_secs(seconds.into());
    let started = Instant::now();
    let (clients, usage) = meter::watch(&subject.pids, || {
        std::thread::scope(|scope| {
            let start = |_| scope.spawn(|| shake_until(deadline, subject.door.port, kind));
            let threads: Vec<_> = (0..CLIENTS).map(start).collect();
            let outcomes = threads.into_iter().map(|thread| thread.join().map_err(|_| "a load thread panicked")?);
            outcomes.collect::<Result<Vec<_>>>()
        })
    });
    let elapsed = started.elapsed();
    let mut latencies = clients?.concat();
    latencies.sort_unstable();
    Ok(Sample {
        requests: latencies.len() as u64,
        bytes: 0,
        elapsed,
        p50: percentile(&latencies, 0.5),
        p99: percentile(&latencies, 0.99),
        usage,
    })
}

fn shake_until(deadline: Instant, port: u16, kind: Kind) -> Result<Vec<Duration>> {
    let tickets = Arc::new(Tickets { kind, latest: Mutex::default(), came: AtomicUsize::new(0) });
    let store: Arc<dyn ClientSessionStore> = tickets.clone();
    let config = tls::client(b"http/1.1", Resumption::store(store))?;
    if kind == Kind::Resumed {
        shake_hands(&config, &tickets, port)?;
    }
    let mut latencies = Vec::new();
    while Instant::now() < deadline {
        let started = Instant::now();
        let was = shake_hands(&config, &tickets, port)?;
        latencies.push(started.elapsed());
        match (kind, was) {
            (Kind::Full, Some(HandshakeKind::Full)) | (Kind::Resumed, Some(HandshakeKind::Resumed)) => {}
            (_, other) => return Err(format!("the handshake was another one than asked for: {other:?}").into()),
        }
    }
    Ok(latencies)
}

fn shake_hands(config: &Arc<ClientConfig>, tickets: &Tickets, port: u16) -> Result<Option<HandshakeKind>> {
    let mut tcp = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    tcp.set_nodelay(true)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let mut tls = ClientConnection::new(Arc::clone(config), tls::server_name())?;
    let before = tickets.came.load(Ordering::Relaxed);
    while tickets.came.load(Ordering::Relaxed) == before {
        if tls.complete_io(&mut tcp)? == (0, 0) {
            return Err("the connection was closed instead of a ticket".into());
        }
    }
    tls.send_close_notify();
    tls.complete_io(&mut tcp).ok();
    Ok(tls.handshake_kind())
}

/// The last ticket of one client.
#[derive(Debug)]
struct Tickets {
    kind: Kind,
    latest: Mutex<Option<Tls13ClientSessionValue>>,
    came: AtomicUsize,
}

impl ClientSessionStore for Tickets {
    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(ticket);
        self.came.fetch_add(1, Ordering::Relaxed);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner).take();
        latest.filter(|_| self.kind == Kind::Resumed)
    }

    // The rest is of TLS 1.2, which is not offered.

    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}
}
