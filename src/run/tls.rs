//! Certificates from PEM files to what a listener speaks.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::TlsFiles;

/// The data plane speaks HTTP/1.1, and says so to whoever asks (RFC 7301).
const PROTOCOL: &[u8] = b"http/1.1";

/// On `Err`, a sentence that names the file.
pub(super) fn server(files: &TlsFiles) -> Result<Arc<ServerConfig>, String> {
    let (cert, key) = (files.cert.display(), files.key.display());
    let chain = CertificateDer::pem_file_iter(&files.cert).and_then(Iterator::collect);
    let chain: Vec<_> = chain.map_err(|error| format!("the certificate {cert} cannot be read: {error}"))?;
    let secret = PrivateKeyDer::from_pem_file(&files.key);
    let secret = secret.map_err(|error| format!("the private key {key} cannot be read: {error}"))?;
    let unfit = |error: rustls::Error| format!("the certificate {cert} and the key {key} cannot be used: {error}");
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(unfit)?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, secret).map_err(unfit)?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Arc::new(config))
}
