//! Which sockets are open: those of the configuration, and the ports in URLs of apps, whenever an app is made.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::watch;

use crate::config::Config;
use crate::directory::{Directory, Snapshot};
use crate::domain::{AppUrl, Scheme};
use crate::edge::{Bound, Listener, Running};
use crate::tls::Keyring;

use super::inherited::Inherited;

/// Connections that the kernel keeps while none is accepted; it cuts this to `net.core.somaxconn` by itself.
const BACKLOG: i32 = 4096;
/// A port that is taken or not allowed may be free later: another program ends, a right is given.
const RETRY: Duration = Duration::from_secs(10);

/// The listeners of a configuration, with what the keyring made of their certificates.
pub(super) fn settings(config: &Config, keyring: &Keyring) -> Vec<Listener> {
    let hsts: Option<Arc<str>> = config.tls.hsts.map(|span| format!("max-age={}", span.as_secs()).into());
    let settings = config.listeners.iter().map(|listener| {
        let tls = keyring.server(listener.address).map(|tls| if listener.http2 { tls } else { without_http2(&tls) });
        Listener {
            address: listener.address,
            scheme: if tls.is_some() { Scheme::Https } else { Scheme::Http },
            trusted_proxies: listener.trusted_proxies.as_slice().into(),
            redirects: listener.redirects,
            proxy_protocol: listener.proxy_protocol,
            forward_auth: listener.forward_auth,
            h2c: listener.h2c,
            hsts: hsts.clone().filter(|_| tls.is_some()),
            tls,
        }
    });
    settings.collect()
}

/// The same certificates and sessions, but nothing agreed on beyond HTTP/1.1.
fn without_http2(tls: &ServerConfig) -> Arc<ServerConfig> {
    let mut tls = tls.clone();
    tls.alpn_protocols.retain(|protocol| protocol != b"h2");
    Arc::new(tls)
}

/// Listens, with options as servers have them. IPv6 stands by itself, so that `0.0.0.0` and `[::]` get along.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A restart must not wait for the connections of the last run to be forgotten.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Why a socket cannot be opened, with the remedy.
pub(super) fn why(error: &io::Error, address: SocketAddr) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("another program listens on {address} already; stop it, or choose another port")
        }
        io::ErrorKind::PermissionDenied if address.port() < 1024 => {
            format!(
                "port {} needs a right: setcap cap_net_bind_service=+ep on the program, AmbientCapabilities= in its unit, or a port from 1024 on",
                address.port()
            )
        }
        io::ErrorKind::AddrNotAvailable => format!("this machine has no address {}", address.ip()),
        _ => format!("cannot listen on {address}: {error}"),
    }
}

/// Everything that should be open: `fixed`, and on the first one's address the other ports that URLs name. Behind a proxy
/// those are the proxy's: who starts first must not take them away from it.
fn wanted(fixed: &[Listener], snapshot: &Snapshot) -> Vec<Listener> {
    let Some(first) = fixed.first() else { return Vec::new() };
    let mut wanted = fixed.to_vec();
    if !first.trusted_proxies.is_empty() {
        return wanted;
    }
    let apps = snapshot.apps.values().map(|entry| &entry.app.url);
    let mut urls: Vec<&AppUrl> = apps.chain(&snapshot.console).collect();
    urls.sort_by_key(|url| url.port);
    for url in urls {
        if wanted.iter().any(|listener| listener.address.port() == url.port) {
            continue;
        }
        let secure = fixed.iter().find(|listener| listener.tls.is_some());
        let template = match (url.scheme, secure) {
            (Scheme::Http, _) => {
                Listener { tls: None, scheme: Scheme::Http, redirects: false, hsts: None, ..first.clone() }
            }
            (Scheme::Https, Some(secure)) => Listener { address: first.address, ..secure.clone() },
            // Without a certificate here, another server speaks TLS before this one, on that very port.
            (Scheme::Https, None) => continue,
        };
        wanted.push(Listener { address: SocketAddr::new(first.address.ip(), url.port), ..template });
    }
    wanted
}

/// Who accepts on the sockets: the data plane, or a test.
pub(super) trait Accepting: Send + Sync {
    fn listen(&self, bound: Bound);
    fn configure(&self, settings: Listener);
    fn close(&self, address: SocketAddr);
}

impl Accepting for Running {
    fn listen(&self, bound: Bound) {
        self.listen(bound);
    }

    fn configure(&self, settings: Listener) {
        self.configure(settings);
    }

    fn close(&self, address: SocketAddr) {
        self.close(address);
    }
}

/// A second handle to each open socket, for a process that takes our place.
#[derive(Debug, Default)]
pub(super) struct Handles(Mutex<HashMap<SocketAddr, TcpListener>>);

impl Handles {
    pub(super) fn of(open: &[Bound]) -> Arc<Self> {
        let handles = Self::default();
        open.iter().for_each(|bound| handles.add(bound.settings.address, &bound.socket));
        Arc::new(handles)
    }

    /// A socket without a second handle is not handed over, and nothing else.
    pub(super) fn add(&self, address: SocketAddr, socket: &TcpListener) {
        match socket.try_clone() {
            Ok(socket) => _ = self.all().insert(address, socket),
            Err(error) => tracing::warn!(%address, %error, "this socket cannot be handed over"),
        }
    }

    pub(super) fn copies(&self) -> Vec<TcpListener> {
        self.all().values().filter_map(|socket| socket.try_clone().ok()).collect()
    }

    /// As long as a handle is open, the system takes connections that nobody accepts.
    fn remove(&self, address: SocketAddr) {
        self.all().remove(&address);
    }

    pub(super) fn clear(&self) {
        self.all().clear();
    }

    fn all(&self) -> MutexGuard<'_, HashMap<SocketAddr, TcpListener>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps open what should be open, for as long as the gateway runs.
pub(super) struct Doors<A> {
    plane: Arc<A>,
    directory: Arc<Directory>,
    /// The listeners of the configuration, as the last reload left them.
    fixed: watch::Receiver<Vec<Listener>>,
    open: HashMap<SocketAddr, Listener>,
    handles: Arc<Handles>,
    /// What was opened for us, and for which there was no use yet.
    inherited: Inherited,
    /// Ports that could not be opened, so that each is complained about once.
    failed: HashMap<SocketAddr, io::ErrorKind>,
}

impl<A: Accepting> Doors<A> {
    /// `open` are the sockets that the plane was started with.
    pub(super) fn new(
        plane: Arc<A>,
        directory: Arc<Directory>,
        fixed: watch::Receiver<Vec<Listener>>,
        open: Vec<Listener>,
        handles: Arc<Handles>,
    ) -> Self {
        let open = open.into_iter().map(|listener| (listener.address, listener)).collect();
        Self { plane, directory, fixed, open, handles, inherited: Inherited::default(), failed: HashMap::new() }
    }

    /// The first time, with what was opened for us. What is not wanted of it is closed.
    pub(super) fn adjust_with(&mut self, inherited: Inherited) {
        self.inherited = inherited;
        self.adjust();
        std::mem::take(&mut self.inherited).complain_about_rest();
    }

    /// Returns when the gateway stops, which is when nobody can send new listeners.
    pub(super) async fn keep(mut self) {
        let mut apps = self.directory.versions();
        loop {
            self.adjust();
            let retry = async {
                match self.failed.is_empty() {
                    true => std::future::pending().await,
                    false => tokio::time::sleep(RETRY).await,
                }
            };
            tokio::select! {
                changed = self.fixed.changed() => if changed.is_err() { return },
                // The directory lives as long as this does.
                _ = apps.changed() => {}
                () = retry => {}
            }
        }
    }

    /// Opens, changes and closes sockets until they are as wanted.
    pub(super) fn adjust(&mut self) {
        let wanted = wanted(&self.fixed.borrow_and_update(), &self.directory.snapshot());
        let gone: Vec<SocketAddr> =
            self.open.keys().copied().filter(|address| wanted.iter().all(|w| w.address != *address)).collect();
        for address in gone {
            self.plane.close(address);
            self.handles.remove(address);
            self.open.remove(&address);
            tracing::info!(%address, "no longer listening");
        }
        self.failed.retain(|address, _| wanted.iter().any(|w| w.address == *address));
        for listener in wanted {
            match self.open.get(&listener.address) {
                Some(open) if same(open, &listener) => {}
                Some(_) => {
                    self.plane.configure(listener.clone());
                    self.open.insert(listener.address, listener);
                }
                None => self.open(listener),
            }
        }
    }

    fn open(&mut self, settings: Listener) {
        let address = settings.address;
        match self.inherited.socket(address).map_or_else(|| bind(address), Ok) {
            Ok(socket) => {
                tracing::info!(%address, scheme = settings.scheme.as_str(), "listening");
                let bound = Bound { socket, settings: settings.clone() };
                self.handles.add(address, &bound.socket);
                self.plane.listen(bound);
                self.failed.remove(&address);
                self.open.insert(address, settings);
            }
            Err(error) => {
                let news = self.failed.insert(address, error.kind()) != Some(error.kind());
                if news {
                    let reason = why(&error, address);
                    tracing::warn!(%address, reason, "a port that an address names cannot be opened; trying again");
                }
            }
        }
    }
}

fn same(one: &Listener, other: &Listener) -> bool {
    let same_tls = match (&one.tls, &other.tls) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    let same_rules = one.trusted_proxies == other.trusted_proxies && one.redirects == other.redirects;
    let same_rules = same_rules && one.forward_auth == other.forward_auth;
    let same_rules = same_rules && one.h2c == other.h2c && one.proxy_protocol == other.proxy_protocol;
    one.address == other.address && same_rules && one.hsts == other.hsts && same_tls
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps sockets open and accepts nothing.
    #[derive(Default)]
    struct Kept(Mutex<Vec<Bound>>);

    impl Accepting for Kept {
        fn listen(&self, bound: Bound) {
            self.0.lock().unwrap().push(bound);
        }

        fn configure(&self, _: Listener) {}

        fn close(&self, address: SocketAddr) {
            self.0.lock().unwrap().retain(|bound| bound.settings.address != address);
        }
    }

    fn listener(address: &str, scheme: Scheme) -> Listener {
        Listener {
            address: address.parse().unwrap(),
            scheme,
            trusted_proxies: [].into(),
            tls: None,
            redirects: false,
            proxy_protocol: false,
            forward_auth: false,
            h2c: false,
            hsts: None,
        }
    }

    fn opened(fixed: &[Listener], console: &str) -> Vec<String> {
        let directory = Directory::new(Some(console.parse().unwrap()));
        let wanted = wanted(fixed, &directory.snapshot());
        wanted.iter().map(|w| format!("{}://{}", w.scheme.as_str(), w.address)).collect()
    }

    #[test]
    fn a_port_that_nobody_listens_on_is_opened_beside_the_first_listener() {
        let fixed = [listener("127.0.0.1:8080", Scheme::Http), listener("10.0.0.1:81", Scheme::Http)];
        let open = ["http://127.0.0.1:8080", "http://10.0.0.1:81"];
        assert_eq!(opened(&fixed, "http://x:8080"), open);
        assert_eq!(opened(&fixed, "http://x:81"), open);
        assert_eq!(opened(&fixed, "http://x:9001"), [open[0], open[1], "http://127.0.0.1:9001"]);
    }

    #[test]
    fn behind_a_proxy_the_ports_of_urls_are_the_proxys() {
        let mut behind = listener("127.0.0.1:8080", Scheme::Http);
        behind.trusted_proxies = ["127.0.0.1/32".parse().unwrap()].into();
        assert_eq!(opened(&[behind], "http://x"), ["http://127.0.0.1:8080"]);
    }

    #[test]
    fn a_port_of_https_is_left_to_the_proxy_when_there_is_no_certificate() {
        let fixed = [listener("127.0.0.1:8080", Scheme::Http)];
        assert_eq!(opened(&fixed, "https://gate.example"), ["http://127.0.0.1:8080"]);
    }

    #[tokio::test]
    async fn ports_follow_the_apps_and_the_configuration() {
        let free = || bind("127.0.0.1:0".parse().unwrap()).unwrap().local_addr().unwrap();
        let (first, second, third) = (free(), free(), free());
        let at = |address: SocketAddr| listener(&address.to_string(), Scheme::Http);
        let console = |address: SocketAddr| Some(format!("http://localhost:{}", address.port()).parse().unwrap());
        let directory = Arc::new(Directory::new(console(first)));
        let (fixed, watched) = watch::channel(vec![at(first)]);
        let mut doors =
            Doors::new(Arc::<Kept>::default(), Arc::clone(&directory), watched, vec![at(first)], Arc::default());
        doors.adjust();
        assert_eq!(doors.open.len(), 1);

        directory.move_console(console(second));
        doors.adjust();
        assert!(bind(second).is_err_and(|error| why(&error, second).contains("listens on")));

        let taken = bind(third).unwrap();
        fixed.send_replace(vec![at(first), at(third)]);
        doors.adjust();
        assert!(doors.failed.contains_key(&third));
        drop(taken);
        doors.adjust();
        assert!(doors.failed.is_empty() && doors.open.contains_key(&third));

        directory.move_console(None);
        doors.adjust();
        assert!(!doors.open.contains_key(&second) && bind(second).is_ok());
    }
}
