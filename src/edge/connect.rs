//! Opening a connection to an upstream: TCP, TLS over it, or a Unix socket.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_platform_verifier::Verifier;
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use crate::directory::AppEntry;
use crate::domain::{App, AppId, Scheme, Upstream as Address};

use super::pool::Upstream;
use super::stream::{Stream, notice_dead_peers};
use super::wire::Buffer;

/// How each app's upstream is spoken to over TLS. Made once for an app's record: reading the system's authorities costs
/// milliseconds, which every visitor of the worker would wait, and a client that is kept resumes its sessions.
#[derive(Default)]
pub(super) struct Clients(RefCell<HashMap<AppId, (u64, Arc<ClientConfig>)>>);

impl Clients {
    fn of(&self, entry: &AppEntry) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some((version, client)) = self.0.borrow().get(&entry.app.id)
            && *version == entry.version
        {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(client_config(&entry.app)?);
        self.0.borrow_mut().insert(entry.app.id, (entry.version, Arc::clone(&client)));
        Ok(client)
    }
}

/// Connects to the app's upstream. The text of an error is for the log.
pub(super) async fn connect(entry: &AppEntry, clients: &Clients) -> io::Result<Upstream> {
    let app = &entry.app;
    let stream = match &app.upstream {
        Address::Unix { path } => Stream::Unix(UnixStream::connect(path).await?),
        Address::Tcp { scheme, host, port, .. } => {
            let tcp = match host.parse() {
                Ok(ip) => TcpStream::connect(std::net::SocketAddr::new(ip, *port)).await?,
                Err(_) => TcpStream::connect((&**host, *port)).await?,
            };
            // Small writes are whole messages here: waiting for more only delays them.
            tcp.set_nodelay(true)?;
            notice_dead_peers(&tcp);
            match scheme {
                Scheme::Http => Stream::Tcp(tcp),
                Scheme::Https => tls(entry, clients, host, tcp).await?,
            }
        }
    };
    Ok(Upstream { stream, input: Buffer::new(), reused: false, lessee: None })
}

async fn tls(entry: &AppEntry, clients: &Clients, host: &str, tcp: TcpStream) -> io::Result<Stream> {
    let client = clients.of(entry).map_err(io::Error::other)?;
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(client).connect(name, tcp).await?;
    Ok(Stream::TlsConnected(Box::new(stream)))
}

/// Verified against the system's authorities and the app's own, unless the operator opted out for this app.
fn client_config(app: &App) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let verifier: Arc<dyn ServerCertVerifier> = match (&app.upstream_ca, app.upstream_verify) {
        (_, false) => Arc::new(Unverified(provider)),
        (None, true) => Arc::new(Verifier::new(provider)?),
        (Some(pem), true) => {
            let roots: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|error| rustls::Error::General(format!("upstream_ca_file: {error}")))?;
            Arc::new(Verifier::new_with_extra_roots(roots, provider)?)
        }
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// For `upstream_verify = false`: whoever answers is believed; signatures of the handshake are checked all the same.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
