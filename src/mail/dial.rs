//! Reaching the mail server: TCP, and TLS over it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig};
use rustls_platform_verifier::Verifier;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::config::Config;
use super::error::MailError;

const CONNECT: Duration = Duration::from_secs(10);
const MOST_ADDRESSES: usize = 4;

/// Tries each of the host's addresses, and leaves time for the next: often one family of them leads nowhere.
pub(super) async fn tcp(config: &Config) -> Result<TcpStream, MailError> {
    let (host, port) = (config.host.as_str(), config.port);
    let unreachable = |why: &str| MailError::passing(format!("{host} port {port} cannot be reached: {why}"));
    let found =
        timeout(CONNECT, lookup_host((host, port))).await.map_err(|_| unreachable("its name is not answered"))?;
    let addresses: Vec<SocketAddr> =
        found.map_err(|error| unreachable(&error.to_string()))?.take(MOST_ADDRESSES).collect();
    let share = CONNECT / u32::try_from(addresses.len()).unwrap_or(1).max(1);
    let mut last = unreachable("it has no address");
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = unreachable(&error.to_string()),
            Err(_) => last = unreachable("no answer; a firewall may be in between"),
        }
    }
    Err(last)
}

/// Verified against the system's authorities and the configured ones, on loopback as anywhere.
pub(super) async fn tls(
    config: &Config,
    client: &OnceLock<Arc<ClientConfig>>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, MailError> {
    let failed =
        |error: &dyn std::fmt::Display| MailError::passing(format!("TLS with {} failed: {error}", config.host));
    let name = ServerName::try_from(config.host.clone()).map_err(|error| failed(&error))?;
    let client = match client.get() {
        Some(client) => Arc::clone(client),
        None => {
            let made = Arc::new(client_config(config.ca.as_deref()).map_err(|error| failed(&error))?);
            Arc::clone(client.get_or_init(|| made))
        }
    };
    match timeout(CONNECT, TlsConnector::from(client).connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failed(&format_args!("{error}{}", hint(&error)))),
        Err(_) => Err(failed(&format_args!("no answer within {} seconds{SCHEMES}", CONNECT.as_secs()))),
    }
}

const SCHEMES: &str = "; in [smtp], smtps:// is for ports that begin with TLS (465), smtp:// for STARTTLS (587)";

/// What the operator can do about it.
fn hint(error: &io::Error) -> &'static str {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            "; name the authority that signed its certificate as ca_file in [smtp]"
        }
        Some(rustls::Error::InvalidMessage(_)) => SCHEMES,
        _ => "",
    }
}

fn client_config(ca: Option<&str>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let verifier: Arc<dyn ServerCertVerifier> = match ca {
        None => Arc::new(Verifier::new(provider)?),
        Some(pem) => {
            let roots: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|error| rustls::Error::General(format!("ca_file: {error}")))?;
            Arc::new(Verifier::new_with_extra_roots(roots, provider)?)
        }
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}
