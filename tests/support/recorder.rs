//! The upstream of most tests: it keeps the raw bytes of every request and answers with what it saw.
//!
//! `scripts` lists the paths with another behavior; `answer` gives a path any bytes at all, which makes it evil.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::response::{Headers, all, first};
use super::scripts;
use super::stage::Stage;
use super::wait::eventually;

pub struct Recorder {
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
}

#[derive(Default)]
pub struct Shared {
    requests: Mutex<Vec<Recorded>>,
    answers: Mutex<HashMap<String, Answer>>,
    /// By the connection's number, so that the test can close them.
    sockets: Mutex<HashMap<usize, TcpStream>>,
    connections: AtomicUsize,
    closed: AtomicBool,
    pub stage: Stage,
}

/// One request as it came.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Head, framing and body, byte for byte.
    pub raw: Vec<u8>,
    pub method: String,
    pub target: String,
    pub headers: Headers,
    pub body: Vec<u8>,
    pub trailers: Headers,
    /// Counts the upstream's connections from 1.
    pub connection: usize,
}

impl Recorded {
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        all(&self.headers, name)
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn query(&self, key: &str) -> Option<&str> {
        let query = self.target.split_once('?')?.1;
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(held, _)| *held == key).map(|(_, value)| value)
    }

    pub fn tag(&self) -> &str {
        self.query("tag").unwrap_or_default()
    }

    pub fn raw_text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

/// What one path answers, as raw bytes.
#[derive(Clone)]
pub struct Answer {
    pub bytes: Vec<u8>,
    pub after: After,
}

/// What the upstream does with the connection after such an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum After {
    KeepAlive,
    Close,
    /// Takes the next request whole and closes without a word.
    CloseOnNext,
    /// Neither speaks nor closes, until the other side does.
    Hang,
}

impl Recorder {
    pub fn start() -> Recorder {
        Recorder::on_port(0)
    }

    /// On a port that the gate already knows.
    #[track_caller]
    pub fn on_port(port: u16) -> Recorder {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the upstream's port");
        Recorder::serve(listener, "http", |socket| Box::new(socket))
    }

    pub fn over_tls(config: Arc<ServerConfig>) -> Recorder {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the upstream's port");
        Recorder::serve(listener, "https", move |socket| {
            let session = ServerConnection::new(Arc::clone(&config)).expect("a TLS server");
            Box::new(StreamOwned::new(session, socket))
        })
    }

    /// On a Unix socket; give the gate `unix:{path}`.
    pub fn on_unix(path: &Path) -> Recorder {
        let listener = UnixListener::bind(path).expect("a Unix socket");
        let recorder =
            Recorder { shared: Arc::default(), address: SocketAddr::from(([127, 0, 0, 1], 0)), scheme: "unix" };
        let shared = Arc::clone(&recorder.shared);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                Arc::clone(&shared).take(Box::new(socket), None);
            }
        });
        recorder
    }

    fn serve(
        listener: TcpListener,
        scheme: &'static str,
        wrap: impl Fn(TcpStream) -> Box<dyn Duplex> + Send + 'static,
    ) -> Recorder {
        let address = listener.local_addr().expect("its address");
        let shared = Arc::<Shared>::default();
        let recorder = Recorder { shared: Arc::clone(&shared), address, scheme };
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if shared.closed.load(Ordering::SeqCst) {
                    return;
                }
                let _ = socket.set_nodelay(true);
                let clone = socket.try_clone().ok();
                Arc::clone(&shared).take(wrap(socket), clone);
            }
        });
        recorder
    }

    pub fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.port()).replace("http://localhost", "http://127.0.0.1")
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn stage(&self) -> &Stage {
        &self.shared.stage
    }

    /// This path answers these bytes from now on.
    pub fn answer(&self, path: &str, bytes: impl AsRef<[u8]>, after: After) {
        let answer = Answer { bytes: bytes.as_ref().to_vec(), after };
        self.shared.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The requests for this path, oldest first.
    pub fn requests_for(&self, path: &str) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| request.path() == path).collect()
    }

    #[track_caller]
    pub fn wait_request(&self, path: &str) -> Recorded {
        eventually(&format!("a request for {path} at the upstream"), || self.requests_for(path).pop())
    }

    pub fn got_target(&self, target: &str) -> bool {
        self.requests().iter().any(|request| request.target == target)
    }

    pub fn forget(&self) {
        self.shared.requests.lock().unwrap().clear();
    }

    /// How many connections were ever taken.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Closes every connection, as a server does with idle ones. It goes on listening.
    pub fn close_connections(&self) {
        for (_, socket) in self.shared.sockets.lock().unwrap().drain() {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// An upstream that went out of scope is down: nobody listens on its port any more.
impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.close_connections();
    }
}

impl Shared {
    fn take(self: Arc<Self>, pipe: Box<dyn Duplex>, socket: Option<TcpStream>) {
        let number = self.connections.fetch_add(1, Ordering::SeqCst) + 1;
        self.sockets.lock().unwrap().extend(socket.map(|socket| (number, socket)));
        let mut connection = Connection { pipe, buffer: Vec::new(), raw: Vec::new(), number, shared: self };
        std::thread::spawn(move || while connection.serve_one().unwrap_or(false) {});
    }
}

/// A connection of any kind whose reads can be given a time limit.
pub trait Duplex: Read + Write + Send {
    fn patience(&self, limit: Option<Duration>);
}

impl Duplex for TcpStream {
    fn patience(&self, limit: Option<Duration>) {
        let _ = self.set_read_timeout(limit);
    }
}

impl Duplex for UnixStream {
    fn patience(&self, limit: Option<Duration>) {
        let _ = self.set_read_timeout(limit);
    }
}

impl Duplex for StreamOwned<ServerConnection, TcpStream> {
    fn patience(&self, limit: Option<Duration>) {
        let _ = self.sock.set_read_timeout(limit);
    }
}

pub struct Connection {
    pub pipe: Box<dyn Duplex>,
    /// Read, but not yet understood.
    pub buffer: Vec<u8>,
    /// The bytes of the request in work.
    raw: Vec<u8>,
    number: usize,
    pub shared: Arc<Shared>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.sockets.lock().unwrap().remove(&self.number);
    }
}

/// `Ok(None)` and `Ok(false)`: the connection is over.
impl Connection {
    fn serve_one(&mut self) -> std::io::Result<bool> {
        let Some((index, head)) = self.read_head()? else { return Ok(false) };
        if scripts::answers_before_the_body(self, &head)? {
            return Ok(false);
        }
        let Some(request) = self.read_body(index, head)? else { return Ok(false) };
        let answer = self.shared.answers.lock().unwrap().get(request.path()).cloned();
        match answer {
            None => scripts::play(self, &request),
            Some(answer) => self.give(&answer),
        }
    }

    fn give(&mut self, answer: &Answer) -> std::io::Result<bool> {
        self.pipe.write_all(&answer.bytes)?;
        match answer.after {
            After::KeepAlive => Ok(true),
            After::Close => Ok(false),
            After::CloseOnNext => {
                if let Some((index, head)) = self.read_head()? {
                    self.read_body(index, head)?;
                }
                Ok(false)
            }
            After::Hang => {
                while self.fill()? {}
                Ok(false)
            }
        }
    }

    /// The request is recorded as soon as its head is here.
    fn read_head(&mut self) -> std::io::Result<Option<(usize, Recorded)>> {
        self.raw.clear();
        let Some(bytes) = self.take_until(b"\r\n\r\n")? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        let mut start = lines.next().unwrap_or_default().split(' ');
        let mut word = || start.next().unwrap_or_default().to_owned();
        let (method, target) = (word(), word());
        let headers = lines.map(field).collect();
        let head =
            Recorded { raw: self.raw.clone(), method, target, headers, connection: self.number, ..Recorded::default() };
        let mut requests = self.shared.requests.lock().unwrap();
        requests.push(head.clone());
        Ok(Some((requests.len() - 1, head)))
    }

    fn read_body(&mut self, index: usize, mut request: Recorded) -> std::io::Result<Option<Recorded>> {
        if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.pipe.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let whole = if request.header("transfer-encoding").is_some() {
            self.read_chunks(&mut request).unwrap_or(false)
        } else {
            let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            self.read_piece(length, &mut request)?
        };
        if !whole {
            self.shared.stage.end(request.tag());
        }
        request.raw = self.raw.clone();
        if let Some(held) = self.shared.requests.lock().unwrap().get_mut(index) {
            *held = request.clone();
        }
        Ok(whole.then_some(request))
    }

    fn read_chunks(&mut self, request: &mut Recorded) -> std::io::Result<bool> {
        loop {
            let Some(line) = self.take_until(b"\r\n")? else { return Ok(false) };
            let line = String::from_utf8_lossy(&line).into_owned();
            let size = usize::from_str_radix(line.trim_end().split(';').next().unwrap_or_default(), 16);
            let size = size.map_err(|_| std::io::Error::other("no chunk size"))?;
            if size == 0 {
                return self.read_trailers(request);
            }
            if !self.read_piece(size, request)? || self.take_until(b"\r\n")?.is_none() {
                return Ok(false);
            }
        }
    }

    fn read_trailers(&mut self, request: &mut Recorded) -> std::io::Result<bool> {
        loop {
            let Some(line) = self.take_until(b"\r\n")? else { return Ok(false) };
            if line == b"\r\n" {
                return Ok(true);
            }
            request.trailers.push(field(&String::from_utf8_lossy(&line)));
        }
    }

    /// Body bytes count as received as they come, not when they are complete.
    fn read_piece(&mut self, length: usize, request: &mut Recorded) -> std::io::Result<bool> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() && !self.fill().unwrap_or(false) {
                return Ok(false);
            }
            let piece = self.take(left.min(self.buffer.len()));
            left -= piece.len();
            self.shared.stage.receive(request.tag(), &piece);
            request.body.extend_from_slice(&piece);
        }
        Ok(true)
    }

    fn take_until(&mut self, needle: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(at) = super::raw::find(&self.buffer, needle) {
                return Ok(Some(self.take(at + needle.len())));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count);
        let taken = std::mem::replace(&mut self.buffer, rest);
        self.raw.extend_from_slice(&taken);
        taken
    }

    fn fill(&mut self) -> std::io::Result<bool> {
        let mut piece = vec![0; 64 * 1024];
        let count = self.pipe.read(&mut piece)?;
        self.buffer.extend_from_slice(&piece[..count]);
        Ok(count > 0)
    }
}

fn field(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    (name.to_owned(), value.trim().to_owned())
}
