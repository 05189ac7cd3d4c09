//! What a listener speaks.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::ResolvesServerCert;
use rustls::version::{TLS12, TLS13};

use super::{Version, acme};

/// What is spoken over TLS, as clients negotiate it (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// TLS with forward secrecy and authenticated encryption only, resumed by tickets whose keys rotate every six hours.
pub(super) fn config(
    certificates: Arc<dyn ResolvesServerCert>,
    min_version: Version,
    is_asked_by_acme: bool,
) -> Result<Arc<ServerConfig>, String> {
    let trouble = |error: rustls::Error| format!("TLS cannot be spoken: {error}");
    let versions: &[_] = match min_version {
        Version::Tls12 => &[&TLS13, &TLS12],
        Version::Tls13 => &[&TLS13],
    };
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_protocol_versions(versions).map_err(trouble)?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(certificates);
    config.alpn_protocols = PROTOCOLS.iter().map(|name| name.to_vec()).collect();
    if is_asked_by_acme {
        config.alpn_protocols.push(acme::PROTOCOL.to_vec());
    }
    // The visitor keeps the session: nothing here grows with the number of handshakes.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(trouble)?;
    Ok(Arc::new(config))
}
