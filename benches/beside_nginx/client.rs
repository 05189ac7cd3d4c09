//! A blocking HTTP/1.1 client, over TLS or without, no more than the benchmark needs.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::tls;
use crate::Result;

/// A proxy that stalls is a failure to report, not a reason to hang.
const PATIENCE: Duration = Duration::from_secs(30);
const MAX_HEADERS: usize = 64;
const READ_SIZE: usize = 64 * 1024;

/// Where to connect to, and how.
#[derive(Clone, Copy)]
pub(crate) struct Door {
    pub(crate) port: u16,
    pub(crate) tls: bool,
}

pub(crate) struct Connection {
    stream: Wire,
    /// What was received and not used yet.
    input: Vec<u8>,
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

pub(crate) struct Head {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

impl Door {
    pub(crate) fn plain(port: u16) -> Self {
        Self { port, tls: false }
    }

    pub(crate) fn origin(self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }
}

impl Connection {
    pub(crate) fn open(door: Door) -> Result<Self> {
        let tcp = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, door.port)))?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.set_write_timeout(Some(PATIENCE))?;
        let stream = match door.tls {
            false => Wire::Plain(tcp),
            true => {
                let tls = ClientConnection::new(config()?, tls::server_name())?;
                Wire::Tls(Box::new(StreamOwned::new(tls, tcp)))
            }
        };
        Ok(Self { stream, input: Vec::new() })
    }

    pub(crate) fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        self.send(request)?;
        let head = self.read_head()?;
        let body = self.read_body(&head)?;
        Ok(Answer { head, body })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes)?;
        Ok(self.stream.flush()?)
    }

    pub(crate) fn read_head(&mut self) -> Result<Head> {
        loop {
            if let Some((length, head)) = parse_head(&self.input)? {
                self.input.drain(..length);
                return Ok(head);
            }
            self.receive_more()?;
        }
    }

    /// Reads a body and throws it away; its length.
    pub(crate) fn skip_body(&mut self, head: &Head) -> Result<usize> {
        let Some(length) = head.content_length() else {
            return Ok(self.read_body(head)?.len());
        };
        let mut left = length.saturating_sub(self.input.len());
        self.input.clear();
        let mut sink = [0; READ_SIZE];
        while left > 0 {
            let room = sink.len().min(left);
            let window = sink.get_mut(..room).unwrap_or_default();
            match self.stream.read(window)? {
                0 => return Err("the answer broke off".into()),
                read => left -= read,
            }
        }
        Ok(length)
    }

    /// Whether the other side has neither closed the connection nor said anything unasked.
    pub(crate) fn is_quiet(&self) -> bool {
        let waits = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        let tcp = match &self.stream {
            Wire::Plain(tcp) => tcp,
            Wire::Tls(tls) => tls.get_ref(),
        };
        tcp.set_nonblocking(true).is_ok() && tcp.peek(&mut [0]).is_err_and(|error| waits(&error))
    }

    fn read_body(&mut self, head: &Head) -> Result<Vec<u8>> {
        if let Some(length) = head.content_length() {
            return self.take(length);
        }
        if head.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.read_chunks();
        }
        Err("an answer without length".into())
    }

    fn read_chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.take_line()?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            body.append(&mut self.take(size)?);
            self.take_line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn take_line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.input.iter().position(|&byte| byte == b'\n') {
                return Ok(String::from_utf8(self.take(end + 1)?)?);
            }
            self.receive_more()?;
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.input.len() < length {
            self.receive_more()?;
        }
        let rest = self.input.split_off(length);
        Ok(std::mem::replace(&mut self.input, rest))
    }

    fn receive_more(&mut self) -> Result<()> {
        let mut window = [0; READ_SIZE];
        match self.stream.read(&mut window)? {
            0 => Err("the connection was closed instead of an answer".into()),
            read => {
                self.input.extend_from_slice(window.get(..read).unwrap_or_default());
                Ok(())
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(room),
            Self::Tls(tls) => tls.read(room),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

/// Every connection shakes hands in full: one that is opened amid others is a new visitor's.
fn config() -> Result<Arc<ClientConfig>> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let config = tls::client(b"http/1.1", Resumption::disabled())?;
    Ok(Arc::clone(CONFIG.get_or_init(|| config)))
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    pub(crate) fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = move |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.as_str())
    }

    fn content_length(&self) -> Option<usize> {
        if matches!(self.status, 204 | 304) {
            return Some(0);
        }
        self.header("content-length")?.parse().ok()
    }
}

fn parse_head(input: &[u8]) -> Result<Option<(usize, Head)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = parsed.parse(input)? else {
        return Ok(None);
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = parsed.headers.iter().map(|header| (header.name.to_owned(), text(header.value)));
    let head = Head { status: parsed.code.unwrap_or_default(), headers: headers.collect() };
    Ok(Some((length, head)))
}
