//! A private certificate authority, as a plant has one.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

#[derive(Clone)]
pub struct Authority {
    issuer: Arc<CertifiedIssuer<'static, KeyPair>>,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Authority { issuer: Arc::new(CertifiedIssuer::self_signed(params, key).expect("a CA")) }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server certificate for these names or addresses, and its key, both as PEM.
    pub fn issue(&self, names: &[&str]) -> (String, String) {
        let (certificate, key) = self.sign(names);
        (certificate.pem(), key.serialize_pem())
    }

    /// Trusts this authority and nobody else.
    pub fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("a CA certificate");
        let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        Arc::new(config.expect("TLS versions").with_root_certificates(roots).with_no_client_auth())
    }

    /// For an upstream that speaks TLS under these names.
    pub fn server(&self, names: &[&str]) -> Arc<ServerConfig> {
        let (certificate, key) = self.sign(names);
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let config = config.expect("TLS versions").with_no_client_auth().with_single_cert(chain, key);
        Arc::new(config.expect("a server"))
    }

    /// Writes a certificate for the gate and returns the listener's line.
    pub fn write(&self, dir: &Path) -> String {
        let (certificate, key) = self.issue(&["localhost", "hmi.localhost", "127.0.0.1"]);
        let (certificate_file, key_file) = (dir.join("gate.crt"), dir.join("gate.key"));
        std::fs::write(&certificate_file, certificate).expect("a certificate file");
        std::fs::write(&key_file, key).expect("a key file");
        format!("tls = {{ cert = \"{}\", key = \"{}\" }}\n", certificate_file.display(), key_file.display())
    }

    fn sign(&self, names: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).expect("names");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate, key)
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
