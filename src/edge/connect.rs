//! Opening a connection to an upstream: TCP, TLS over it, or a Unix socket.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use crate::directory::AppEntry;
use crate::domain::{AppId, Scheme, Upstream as Address};
use crate::upstreams::client_config;

use super::lookup::Lookups;
use super::pool::{Lease, Upstream};
use super::stream::{Stream, notice_dead_peers};
use super::wire::Buffer;

/// How each app's upstream is spoken to over TLS. Made once for an app's record: reading the system's authorities costs
/// milliseconds, which every visitor of the worker would wait, and a client that is kept resumes its sessions.
#[derive(Default)]
pub(super) struct Clients(RefCell<HashMap<(AppId, Offer), Client>>);

/// With the version of the app's record that it was made for.
type Client = (u64, Arc<ClientConfig>);

/// What is offered to an upstream with TLS (RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Offer {
    Http1,
    /// Or what it chooses of both.
    Http2,
}

impl Clients {
    fn of(&self, entry: &AppEntry, offer: Offer) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some((version, client)) = self.0.borrow().get(&(entry.app.id, offer))
            && *version == entry.version
        {
            return Ok(Arc::clone(client));
        }
        let mut client = client_config(entry.app.upstream_ca.as_deref(), entry.app.upstream_verify)?;
        if offer == Offer::Http2 {
            client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        let client = Arc::new(client);
        self.0.borrow_mut().insert((entry.app.id, offer), (entry.version, Arc::clone(&client)));
        Ok(client)
    }
}

/// Connects to one of the app's upstreams. The text of an error is for the log.
pub(super) async fn open(
    entry: &AppEntry,
    at: usize,
    offer: Offer,
    (clients, lookups): (&Clients, &Lookups),
) -> io::Result<Stream> {
    Ok(match entry.app.upstream_at(at) {
        Address::Unix { path } => Stream::Unix(UnixStream::connect(path).await?),
        Address::Tcp { scheme, host, port, .. } => {
            let tcp = match host.parse() {
                Ok(ip) => TcpStream::connect(std::net::SocketAddr::new(ip, *port)).await?,
                Err(_) => TcpStream::connect(&*lookups.find(host, *port).await?).await?,
            };
            // Small writes are whole messages here: waiting for more only delays them.
            tcp.set_nodelay(true)?;
            notice_dead_peers(&tcp);
            match scheme {
                Scheme::Http => Stream::Tcp(tcp),
                Scheme::Https => tls(clients.of(entry, offer), host, tcp).await?,
            }
        }
    })
}

/// A new connection for an exchange.
pub(super) fn upstream(stream: Stream, lease: Lease) -> Upstream {
    Upstream { stream, input: Buffer::new(), reused: false, lessee: None, lease }
}

async fn tls(client: Result<Arc<ClientConfig>, rustls::Error>, host: &str, tcp: TcpStream) -> io::Result<Stream> {
    let client = client.map_err(io::Error::other)?;
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(client).connect(name, tcp).await?;
    Ok(Stream::TlsConnected(Box::new(stream)))
}
