//! An identity provider on loopback: OpenID Connect as Google speaks it, and many ways to do it wrong.
//!
//! It consents by itself: whoever is sent to `/authorize` comes back with a code for the identity that the test set.
//! `tamper` changes its ID tokens, `misbehave` what an endpoint answers, `go_offline` whether anybody is there at all.
//! The unit tests of `federation` use it too, so it stands on nothing else of this folder.

#[path = "provider/identity.rs"]
mod identity;
#[path = "provider/key.rs"]
mod key;
#[path = "provider/serve.rs"]
mod serve;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::Value;

pub use identity::Identity;
pub use key::{Algorithm, Key};

pub const CLIENT_ID: &str = "millgate";
pub const CLIENT_SECRET: &str = "a secret: with / everything & ü";

/// Where a provider can be asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Endpoint {
    Discovery,
    Authorize,
    Token,
    Keys,
    UserInfo,
}

/// What an endpoint does instead of answering well.
#[derive(Clone, Debug)]
pub enum Bad {
    /// Takes the request and says nothing.
    Stall,
    /// A byte now and then.
    Drip,
    /// A body without end, as fast as it goes.
    Endless,
    /// Interim answers without end.
    Interim,
    /// A head of 2 MB.
    HugeHead,
    /// A well-formed document of 2 MB.
    Huge,
    Redirect(String),
    Status(u16),
    /// 200 and this body.
    Body(String),
    /// These bytes and the end.
    Raw(Vec<u8>),
    /// A good answer, later.
    Slow(Duration),
}

/// An ID token before it is encoded.
pub struct Token {
    pub header: Value,
    pub claims: Value,
    pub signed: Signed,
}

/// Who signs an ID token.
pub enum Signed {
    /// The provider's key, as it should be.
    Well,
    /// The right key, and then a bit is flipped.
    Broken,
    /// Another key than the one that is published.
    By(Key),
    /// HMAC-SHA-256 over the client's secret, or any other one.
    Shared(Vec<u8>),
    /// No signature at all.
    Nothing,
}

type Tamper = Box<dyn Fn(&mut Token) + Send>;

pub struct Provider {
    shared: Arc<Shared>,
    address: SocketAddr,
    listening: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    issuer: String,
    tls: Option<Arc<ServerConfig>>,
    closed: AtomicBool,
    state: Mutex<State>,
}

struct State {
    identity: Identity,
    keys: Vec<Key>,
    /// Of the discovery document, beside what every provider has.
    metadata: Value,
    bad: HashMap<Endpoint, Bad>,
    tamper: Option<Tamper>,
    consents: bool,
    codes: HashMap<String, Grant>,
    tokens: HashMap<String, Identity>,
    requests: Vec<(Endpoint, HashMap<String, String>)>,
}

/// What a code stands for.
struct Grant {
    redirect_uri: String,
    nonce: Option<String>,
    challenge: String,
    identity: Identity,
}

impl Provider {
    pub fn start() -> Provider {
        Provider::serve(None)
    }

    /// As `https://localhost:…`.
    pub fn over_tls(config: Arc<ServerConfig>) -> Provider {
        Provider::serve(Some(config))
    }

    fn serve(tls: Option<Arc<ServerConfig>>) -> Provider {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port for the provider");
        let address = listener.local_addr().expect("its address");
        let issuer = match tls {
            Some(_) => format!("https://localhost:{}", address.port()),
            None => format!("http://127.0.0.1:{}", address.port()),
        };
        let state = Mutex::new(State::new());
        let shared = Arc::new(Shared { issuer, tls, closed: AtomicBool::new(false), state });
        let listening = Mutex::new(Some(Arc::clone(&shared).listen(listener)));
        Provider { shared, address, listening }
    }

    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The table of the gate's configuration that uses this provider.
    pub fn config(&self, id: &str) -> String {
        format!(
            "[[oidc]]\nid = \"{id}\"\ntitle = \"{id}\"\nissuer = \"{}\"\nclient_id = \"{CLIENT_ID}\"\n\
             client_secret = \"{CLIENT_SECRET}\"\n",
            self.issuer()
        )
    }

    /// Who consents from now on.
    pub fn set_identity(&self, identity: Identity) {
        self.state().identity = identity;
    }

    /// Whether the person agrees to be signed in.
    pub fn set_consent(&self, consents: bool) {
        self.state().consents = consents;
    }

    /// Sets a member of the discovery document; null takes it away.
    pub fn set_metadata(&self, name: &str, value: Value) {
        self.state().metadata[name] = value;
    }

    /// Changes every ID token from now on.
    pub fn tamper(&self, tamper: impl Fn(&mut Token) + Send + 'static) {
        self.state().tamper = Some(Box::new(tamper));
    }

    pub fn misbehave(&self, endpoint: Endpoint, bad: Bad) {
        self.state().bad.insert(endpoint, bad);
    }

    /// As if nothing had been.
    pub fn behave(&self) {
        let mut state = self.state();
        state.bad.clear();
        state.tamper = None;
        state.consents = true;
    }

    /// A new key; the old one is no longer published.
    pub fn rotate_key(&self, algorithm: Algorithm) {
        self.state().keys = vec![Key::generate(algorithm)];
    }

    /// The parameters of every request to an endpoint, oldest first.
    pub fn requests(&self, endpoint: Endpoint) -> Vec<HashMap<String, String>> {
        let state = self.state();
        state.requests.iter().filter(|(at, _)| *at == endpoint).map(|(_, parameters)| parameters.clone()).collect()
    }

    /// Nobody listens any more.
    pub fn go_offline(&self) {
        if let Some(listening) = self.listening.lock().unwrap().take() {
            self.shared.closed.store(true, Ordering::SeqCst);
            let _ = TcpStream::connect(self.address);
            listening.join().expect("the provider's thread");
        }
    }

    pub fn go_online(&self) {
        let mut listening = self.listening.lock().unwrap();
        if listening.is_none() {
            self.shared.closed.store(false, Ordering::SeqCst);
            let listener = TcpListener::bind(self.address).expect("the provider's port");
            *listening = Some(Arc::clone(&self.shared).listen(listener));
        }
    }

    /// What a browser would do: goes to the address and gives the one that it is sent back to. Over plain HTTP only.
    pub fn visit(&self, url: &str) -> String {
        let path = url.strip_prefix(self.issuer()).expect("an address of this provider");
        let mut socket = TcpStream::connect(self.address).expect("the provider");
        write!(socket, "GET {path} HTTP/1.1\r\nHost: provider\r\n\r\n").expect("a request");
        let mut answer = String::new();
        let _ = socket.read_to_string(&mut answer);
        let location = answer.lines().find_map(|line| line.strip_prefix("Location: "));
        location.unwrap_or_else(|| panic!("no redirect: {answer}")).to_owned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.go_offline();
    }
}

impl State {
    fn new() -> State {
        State {
            identity: Identity::new("1001").email("anna@plant.example").named("Anna", "Müller"),
            keys: vec![Key::shared()],
            metadata: serde_json::json!({}),
            bad: HashMap::new(),
            tamper: None,
            consents: true,
            codes: HashMap::new(),
            tokens: HashMap::new(),
            requests: Vec::new(),
        }
    }
}
