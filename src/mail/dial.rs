//! Reaching the mail server: TCP, and TLS over it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::config::Config;
use super::error::MailError;

const CONNECT: Duration = Duration::from_secs(10);

/// Tries each of the host's addresses.
pub(super) async fn tcp(config: &Config) -> Result<TcpStream, MailError> {
    let (host, port) = (config.host.as_str(), config.port);
    match timeout(CONNECT, TcpStream::connect((host, port))).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(MailError::passing(format!("{host} port {port} cannot be reached: {error}"))),
        Err(_) => Err(MailError::passing(format!(
            "{host} port {port} did not take the connection within {} seconds; a firewall may be in between",
            CONNECT.as_secs()
        ))),
    }
}

/// Verified against the system's authorities and the configured ones, on loopback as anywhere.
pub(super) async fn tls(
    config: &Config,
    client: &OnceLock<Arc<ClientConfig>>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, MailError> {
    let failed = |error: &dyn std::fmt::Display| {
        let hint = match config.ca {
            Some(_) => "",
            None => {
                "; name the authority that signed its certificate in ca_file of [smtp] if the system does not know it"
            }
        };
        MailError::passing(format!("TLS with {} failed: {error}{hint}", config.host))
    };
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
        Ok(Err(error)) => Err(failed(&error)),
        Err(_) => Err(failed(&format_args!(
            "no answer within {} seconds; smtps:// is for ports that begin with TLS (465), smtp:// for STARTTLS (587)",
            CONNECT.as_secs()
        ))),
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
