//! A client that sends the bytes it is told to and reads what comes, with deadlines.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::http2::Carrier;
use super::response::{Headers, Response, first};
use super::wait::DEADLINE;

pub trait Pipe: Read + Write + Send {}
impl<T: Read + Write + Send> Pipe for T {}

pub struct RawClient {
    pipe: Box<dyn Pipe>,
    /// The same socket, for timeouts and half-closes below TLS.
    socket: TcpStream,
    buffer: Vec<u8>,
}

/// What ended a wait for bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Bytes,
    End,
}

impl RawClient {
    #[track_caller]
    pub fn connect(address: SocketAddr) -> RawClient {
        let socket = open(address).unwrap_or_else(|error| panic!("{address} accepts no connection: {error}"));
        RawClient::over(socket).expect("a socket")
    }

    /// For a gateway that may be gone.
    pub fn try_connect(address: SocketAddr) -> Option<RawClient> {
        RawClient::over(open(address).ok()?).ok()
    }

    fn over(socket: TcpStream) -> std::io::Result<RawClient> {
        let pipe = Box::new(socket.try_clone()?);
        Ok(RawClient { pipe, socket, buffer: Vec::new() })
    }

    /// In streams of HTTP/2.
    #[track_caller]
    pub fn carried(carrier: &Arc<Carrier>, name: &str) -> RawClient {
        let socket = carrier.connect(name).expect("the gateway accepts a connection");
        configure(&socket).expect("a socket");
        let pipe = Box::new(socket.try_clone().expect("a socket"));
        RawClient { pipe, socket, buffer: Vec::new() }
    }

    #[track_caller]
    pub fn connect_tls(address: SocketAddr, name: &str, config: Arc<ClientConfig>) -> RawClient {
        let socket = open(address).expect("the gateway accepts a connection");
        let name = name.to_owned().try_into().expect("a server name");
        let session = ClientConnection::new(config, name).expect("a TLS client");
        let pipe = Box::new(StreamOwned::new(session, socket.try_clone().unwrap()));
        RawClient { pipe, socket, buffer: Vec::new() }
    }

    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut RawClient {
        self.try_send(bytes).expect("the gateway takes the bytes");
        self
    }

    /// For bytes that the gateway may refuse by closing.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.pipe.write_all(bytes.as_ref())?;
        self.pipe.flush()
    }

    /// No more will be sent; answers can still come.
    pub fn finish_sending(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// The next whole answer to a GET or POST.
    #[track_caller]
    pub fn response(&mut self) -> Response {
        self.response_to("GET")
    }

    #[track_caller]
    pub fn response_to(&mut self, method: &str) -> Response {
        let answer = self.try_response(method).expect("an answer, but the connection ended");
        assert!(answer.complete, "the body was cut short: {}", answer.summary());
        answer
    }

    /// `None` when the connection ends before a head; an incomplete body is marked as such.
    #[track_caller]
    pub fn try_response(&mut self, method: &str) -> Option<Response> {
        let mut answer = self.try_head()?;
        answer.complete = self.read_body(method, &mut answer);
        Some(answer)
    }

    /// The final head alone (interim ones are kept in it); the body stays to be read.
    #[track_caller]
    pub fn try_head(&mut self) -> Option<Response> {
        let mut interim = Vec::new();
        loop {
            let mut head = self.one_head()?;
            if head.status >= 200 || head.status == 101 {
                head.interim = interim;
                return Some(head);
            }
            interim.push(head);
        }
    }

    #[track_caller]
    pub fn head(&mut self) -> Response {
        self.try_head().expect("an answer, but the connection ended")
    }

    /// Reads until these bytes have come, and returns everything up to and with them.
    #[track_caller]
    pub fn read_until(&mut self, needle: &[u8]) -> Option<Vec<u8>> {
        let mut searched = 0;
        loop {
            let from = searched.min(self.buffer.len());
            if let Some(at) = find(&self.buffer[from..], needle) {
                return Some(self.take(from + at + needle.len()));
            }
            searched = self.buffer.len().saturating_sub(needle.len());
            if self.fill() == Next::End {
                return None;
            }
        }
    }

    /// Everything until the end of the connection.
    #[track_caller]
    pub fn read_to_end(&mut self) -> Vec<u8> {
        while self.fill() == Next::Bytes {}
        std::mem::take(&mut self.buffer)
    }

    /// Reads exactly this many bytes.
    #[track_caller]
    pub fn read_bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < count {
            if self.fill() == Next::End {
                return None;
            }
        }
        Some(self.take(count))
    }

    /// True when nothing at all, not even the end, comes for this long.
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        let _ = self.socket.set_read_timeout(Some(time));
        let mut piece = [0; 1024];
        let outcome = self.pipe.read(&mut piece);
        let _ = self.socket.set_read_timeout(Some(DEADLINE));
        match outcome {
            Ok(count) => {
                self.buffer.extend_from_slice(&piece[..count]);
                false
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    fn one_head(&mut self) -> Option<Response> {
        let bytes = self.read_until(b"\r\n\r\n")?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        let start = lines.next().unwrap_or_default();
        let status = start.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {start:?}"));
        Some(Response { status, headers: fields(lines), ..Response::default() })
    }

    fn read_body(&mut self, method: &str, answer: &mut Response) -> bool {
        if method == "HEAD" || matches!(answer.status, 101 | 204 | 304) {
            return true;
        }
        if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.read_chunks(answer);
        }
        let Some(length) = first(&answer.headers, "content-length") else {
            answer.body = self.read_to_end();
            return true;
        };
        let length: usize = length.parse().expect("a Content-Length");
        if let Some(body) = self.read_bytes(length) {
            answer.body = body;
            return true;
        }
        answer.body = std::mem::take(&mut self.buffer);
        false
    }

    fn read_chunks(&mut self, answer: &mut Response) -> bool {
        loop {
            let Some(line) = self.read_until(b"\r\n") else { return false };
            let line = String::from_utf8_lossy(&line).into_owned();
            let size = line.trim_end().split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).unwrap_or_else(|_| panic!("no chunk size: {line:?}"));
            if size == 0 {
                return self.read_trailers(answer);
            }
            let Some(piece) = self.read_bytes(size + 2) else { return false };
            answer.body.extend_from_slice(&piece[..size]);
        }
    }

    fn read_trailers(&mut self, answer: &mut Response) -> bool {
        loop {
            let Some(line) = self.read_until(b"\r\n") else { return false };
            let line = String::from_utf8_lossy(&line).into_owned();
            if line == "\r\n" {
                return true;
            }
            answer.trailers.extend(fields(std::iter::once(line.trim_end())));
        }
    }

    #[track_caller]
    fn fill(&mut self) -> Next {
        let mut piece = vec![0; 64 * 1024];
        match self.pipe.read(&mut piece) {
            Ok(0) => Next::End,
            Ok(count) => {
                self.buffer.extend_from_slice(&piece[..count]);
                Next::Bytes
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let held = String::from_utf8_lossy(&self.buffer);
                panic!("nothing came before the deadline; held so far: {held:?}")
            }
            Err(_) => Next::End,
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count);
        std::mem::replace(&mut self.buffer, rest)
    }
}

/// So that a WebSocket can be spoken over the connection once it is switched.
impl Read for RawClient {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        if self.buffer.is_empty() {
            return self.pipe.read(target);
        }
        let count = target.len().min(self.buffer.len());
        target[..count].copy_from_slice(&self.take(count));
        Ok(count)
    }
}

impl Write for RawClient {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.pipe.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.pipe.flush()
    }
}

fn open(address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&address, DEADLINE)?;
    configure(&socket)?;
    Ok(socket)
}

fn configure(socket: &TcpStream) -> std::io::Result<()> {
    socket.set_read_timeout(Some(DEADLINE))?;
    socket.set_write_timeout(Some(DEADLINE))?;
    socket.set_nodelay(true)
}

fn fields<'a>(lines: impl Iterator<Item = &'a str>) -> Headers {
    lines
        .map(|line| line.split_once(':').unwrap_or_else(|| panic!("no header line: {line:?}")))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

pub fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}
