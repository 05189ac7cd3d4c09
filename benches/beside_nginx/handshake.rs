//! Many WebSockets at once, as far as a proxy can tell: raw handshakes, then silence until the end.

use std::net::Ipv4Addr;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::server::HELLO;
use super::world::Subject;
use crate::Result;

/// Handshakes under way at once: below every listen backlog.
const OPENING_AT_ONCE: usize = 128;
const OPENING_PATIENCE: Duration = Duration::from_secs(30);
const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Open WebSockets; dropping it closes them all.
pub(crate) struct Sockets {
    closes: mpsc::Receiver<Instant>,
    _runtime: tokio::runtime::Runtime,
}

/// Opens `count` sockets, spread evenly over the sessions; returns when the last one has heard hello.
pub(crate) fn open(sessions: &[&Subject], count: usize) -> Result<Sockets> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (opened, openings) = mpsc::channel();
    let (closed, closes) = mpsc::channel();
    let gate = Arc::new(Semaphore::new(OPENING_AT_ONCE));
    for subject in sessions.iter().cycle().take(count) {
        let (gate, opened, closed) = (gate.clone(), opened.clone(), closed.clone());
        let origin = format!("Origin: {}\r\n{HANDSHAKE}", subject.door.origin());
        let (port, request) = (subject.door.port, subject.request("GET", "/socket", &origin));
        runtime.spawn(async move {
            let permit = gate.acquire_owned().await;
            let socket = tokio::time::timeout(OPENING_PATIENCE, shake_hands(port, &request)).await;
            drop(permit);
            match socket.unwrap_or_else(|_| Err("a handshake took too long".into())) {
                Err(error) => drop(opened.send(Err(error))),
                Ok(mut stream) => {
                    opened.send(Ok(())).ok();
                    closed.send(wait_for_end(&mut stream).await).ok();
                    // Closing our side at once would cost the cores that the proxy is timed on.
                    std::future::pending::<()>().await;
                }
            }
        });
    }
    for _ in 0..count {
        openings.recv()??;
    }
    Ok(Sockets { closes, _runtime: runtime })
}

impl Sockets {
    /// When the next `count` of them ended, or as many as come within `patience`.
    pub(crate) fn wait_for_ends(&self, count: usize, patience: Duration) -> Vec<Instant> {
        let deadline = Instant::now() + patience;
        let next = || self.closes.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok();
        std::iter::from_fn(next).take(count).collect()
    }
}

async fn shake_hands(port: u16, request: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut input = Vec::with_capacity(512);
    while !input.ends_with(HELLO) {
        if stream.read_buf(&mut input).await? == 0 {
            return Err(format!("closed during the handshake: {}", first_line(&input)).into());
        }
        if !b"HTTP/1.1 101 ".starts_with(input.get(..13).unwrap_or(&input)) {
            return Err(format!("a handshake was answered with {}", first_line(&input)).into());
        }
    }
    Ok(stream)
}

fn first_line(input: &[u8]) -> String {
    String::from_utf8_lossy(input).lines().next().unwrap_or_default().to_owned()
}

/// A reset is an end as well.
async fn wait_for_end(stream: &mut TcpStream) -> Instant {
    let mut ignored = [0; 64];
    while matches!(stream.read(&mut ignored).await, Ok(1..)) {}
    Instant::now()
}
