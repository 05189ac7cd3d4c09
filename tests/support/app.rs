//! An app as the config file names it, and the site it becomes for visitors.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;

use super::http2::Carrier;
use super::raw::RawClient;
use super::recorder::Recorder;

/// Every app starts with this master password; only some modes ask for it.
pub const MASTER: &str = "open-the-mill-gate";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Public,
    MasterPassword,
    Signup,
    SignupAndMasterPassword,
    InviteOnly,
}

impl Mode {
    pub const ALL: [Mode; 5] =
        [Mode::Public, Mode::MasterPassword, Mode::Signup, Mode::SignupAndMasterPassword, Mode::InviteOnly];

    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Public => "public",
            Mode::MasterPassword => "master-password",
            Mode::Signup => "signup",
            Mode::SignupAndMasterPassword => "signup-and-master-password",
            Mode::InviteOnly => "invite-only",
        }
    }
}

#[derive(Clone)]
pub struct App {
    pub name: String,
    mode: Mode,
    upstream: String,
    place: Place,
    options: Vec<String>,
}

/// What in the address says that a request is for this app.
#[derive(Clone)]
enum Place {
    Host(String),
    Prefix(String),
    Port(u16),
    Elsewhere(u16),
}

impl App {
    /// At `http://{name}.localhost:{port}`.
    pub fn new(name: &str, mode: Mode, upstream: &Recorder) -> App {
        App::before(name, mode, &upstream.url())
    }

    /// With an upstream given as it stands in the config.
    pub fn before(name: &str, mode: Mode, upstream: &str) -> App {
        let place = Place::Host(format!("{name}.localhost"));
        App { name: name.to_owned(), mode, upstream: upstream.to_owned(), place, options: Vec::new() }
    }

    /// With several instances.
    pub fn before_all(name: &str, mode: Mode, upstreams: &[String]) -> App {
        App::before(name, mode, &upstreams.join("\", \""))
    }

    pub fn at_host(mut self, host: &str) -> App {
        self.place = Place::Host(host.to_owned());
        self
    }

    /// At `http://127.0.0.1:{port}{prefix}`.
    pub fn at_prefix(mut self, prefix: &str) -> App {
        self.place = Place::Prefix(prefix.to_owned());
        self
    }

    /// At `http://127.0.0.1:{port of its own}`, which no `[[listen]]` names.
    pub fn on_own_port(mut self) -> App {
        self.place = Place::Port(super::process::free_port());
        self
    }

    /// At `http://{name}.localhost:{port}`, where another proxy listens.
    pub fn behind_port(mut self, port: u16) -> App {
        self.place = Place::Elsewhere(port);
        self
    }

    /// A further line of the app's table.
    pub fn with(mut self, line: &str) -> App {
        self.options.push(line.to_owned());
        self
    }

    pub fn toml(&self, listener: &Listener) -> String {
        let App { name, upstream, .. } = self;
        let url = self.site(listener).url("");
        let access = self.mode.as_str();
        let options = self.options.join("\n");
        let master =
            if options.contains("master_password") { String::new() } else { format!("master_password = \"{MASTER}\"") };
        format!(
            "[[app]]\nname = \"{name}\"\nurl = \"{url}\"\nupstream = [\"{upstream}\"]\naccess = \"{access}\"\n{master}\n{options}\n\n"
        )
    }

    pub fn site(&self, listener: &Listener) -> Site {
        let at = |host: &str, port: u16, prefix: &str| Site {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            host: format!("{host}:{port}"),
            prefix: prefix.to_owned(),
            tls: listener.tls.clone(),
            carrier: listener.carrier_to(port),
        };
        match &self.place {
            Place::Host(host) => at(host, listener.port, ""),
            Place::Prefix(prefix) => at("127.0.0.1", listener.port, prefix),
            Place::Port(port) => at("127.0.0.1", *port, ""),
            Place::Elsewhere(port) => at(&format!("{}.localhost", self.name), *port, ""),
        }
    }
}

/// The gateway's first listener.
#[derive(Clone)]
pub struct Listener {
    pub port: u16,
    pub tls: Option<Arc<ClientConfig>>,
    /// Over HTTP/2.
    pub carrier: Option<Arc<Carrier>>,
}

impl Listener {
    pub fn new(port: u16, tls: Option<Arc<ClientConfig>>, http2: bool) -> Listener {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let carrier = http2.then(|| Carrier::new(address, tls.clone()));
        Listener { port, tls, carrier }
    }

    fn carrier_to(&self, port: u16) -> Option<Arc<Carrier>> {
        let own = |_| Carrier::new(SocketAddr::from(([127, 0, 0, 1], port)), self.tls.clone());
        self.carrier.as_ref().map(|first| if port == self.port { Arc::clone(first) } else { own(()) })
    }
}

/// Where a visitor goes for one app.
#[derive(Clone)]
pub struct Site {
    pub address: SocketAddr,
    /// As in the `Host` header, with the port.
    pub host: String,
    pub prefix: String,
    pub tls: Option<Arc<ClientConfig>>,
    pub carrier: Option<Arc<Carrier>>,
}

impl Site {
    #[track_caller]
    pub fn connect(&self) -> RawClient {
        let name = self.host.rsplit_once(':').map_or(self.host.as_str(), |(name, _)| name);
        match (&self.carrier, &self.tls) {
            (Some(carrier), _) => RawClient::carried(carrier, name),
            (None, None) => RawClient::connect(self.address),
            (None, Some(config)) => RawClient::connect_tls(self.address, name, Arc::clone(config)),
        }
    }

    pub fn origin(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.host)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin(), self.prefix)
    }

    /// A bare request head without its last empty line, for tests that write the rest by hand.
    pub fn head(&self, method: &str, path: &str) -> String {
        format!("{method} {}{path} HTTP/1.1\r\nHost: {}\r\n", self.prefix, self.host)
    }

    /// One bare GET on a connection of its own: no cookie, nothing of a browser.
    #[track_caller]
    pub fn bare_get(&self, path: &str) -> super::Response {
        let mut client = self.connect();
        client.send(self.head("GET", path) + "\r\n");
        client.response()
    }
}
