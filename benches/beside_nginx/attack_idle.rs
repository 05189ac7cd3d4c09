//! Attackers that hold connections by the thousand and hardly say a word.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::attack::{Attack, CONNECTIONS, PIECES, say_ready, source};
use super::tls;
use crate::Result;

const HELD: usize = 2_000;
/// Handshakes under way at once: below every listen backlog.
const OPENING_AT_ONCE: u32 = 64;
const OPENING_PATIENCE: Duration = Duration::from_secs(10);
const BYTE_EVERY: Duration = Duration::from_millis(500);
const SILENT_FOR: Duration = Duration::from_secs(1);
/// After the server has ended a connection.
const REST: Duration = Duration::from_millis(100);
const HEAD: &[u8] = b"GET /small HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ";

pub(crate) fn run(attack: Attack, port: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let config = tls::client(b"http/1.1", Resumption::disabled())?;
    runtime.block_on(async {
        let opening = Arc::new(Semaphore::new(OPENING_AT_ONCE as usize));
        let (opened, mut openings) = tokio::sync::mpsc::unbounded_channel();
        for number in 0..HELD {
            let (config, opening, opened) = (Arc::clone(&config), Arc::clone(&opening), opened.clone());
            tokio::spawn(async move {
                loop {
                    // One that fails is tried again: the server may have had enough.
                    hold(attack, number, port, &config, (&opening, &opened)).await.ok();
                    sleep(REST).await;
                }
            });
        }
        for _ in 0..HELD {
            openings.recv().await;
        }
        say_ready();
        while openings.recv().await.is_some() {}
        Ok(())
    })
}

type Opened = tokio::sync::mpsc::UnboundedSender<()>;

/// One connection, from its opening to its end.
async fn hold(
    attack: Attack,
    number: usize,
    port: u16,
    config: &Arc<ClientConfig>,
    (opening, opened): (&Semaphore, &Opened),
) -> Result<()> {
    let permit = opening.acquire().await?;
    let tcp = timeout(OPENING_PATIENCE, connect(number, port)).await??;
    if attack == Attack::ZeroBytes {
        drop(permit);
        CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        opened.send(())?;
        sleep(SILENT_FOR).await;
        return Ok(());
    }
    let connector = TlsConnector::from(Arc::clone(config));
    let mut stream = timeout(OPENING_PATIENCE, connector.connect(tls::server_name(), tcp)).await??;
    drop(permit);
    CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    opened.send(())?;
    // Not all in the same moment.
    sleep(BYTE_EVERY * (number % 100) as u32 / 100).await;
    let mut next = HEAD;
    loop {
        stream.write_all(next).await?;
        PIECES.fetch_add(1, Ordering::Relaxed);
        next = b"x";
        sleep(BYTE_EVERY).await;
    }
}

async fn connect(number: usize, port: u16) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(source(number))?;
    let tcp = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}
