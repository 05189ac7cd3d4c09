//! The upstream of most tests: it keeps the raw bytes of every request and answers with what it saw.
//!
//! `scripts` lists the paths with another behavior; `answer` gives a path any bytes at all, which makes it evil.

use super::connection::{Connection, Duplex};

use super::response::{Headers, all, first};
use super::stage::Stage;
use super::wait::eventually;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

pub struct Recorder {
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
    /// Takes connections; joined at the end, so that nobody listens any more once the recorder is gone.
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
pub struct Shared {
    pub requests: Mutex<Vec<Recorded>>,
    pub answers: Mutex<HashMap<String, Answer>>,
    /// By the connection's number, so that the test can close them.
    pub sockets: Mutex<HashMap<usize, TcpStream>>,
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
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port for the upstream");
        Recorder::serve(listener, "http", |socket| Box::new(socket))
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
        let recorder = Recorder {
            shared: Arc::default(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            scheme: "unix",
            listening: None,
        };
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
        let taking = Arc::clone(&shared);
        let listening = std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if taking.closed.load(Ordering::SeqCst) {
                    return;
                }
                let _ = socket.set_nodelay(true);
                let clone = socket.try_clone().ok();
                Arc::clone(&taking).take(wrap(socket), clone);
            }
        });
        Recorder { shared, address, scheme, listening: Some(listening) }
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
        if let Some(listening) = self.listening.take() {
            let _ = TcpStream::connect(self.address);
            let _ = listening.join();
        }
        self.close_connections();
    }
}

impl Shared {
    fn take(self: Arc<Self>, pipe: Box<dyn Duplex>, socket: Option<TcpStream>) {
        let number = self.connections.fetch_add(1, Ordering::SeqCst) + 1;
        self.sockets.lock().unwrap().extend(socket.map(|socket| (number, socket)));
        Connection::serve(self, pipe, number);
    }
}
