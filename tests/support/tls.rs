//! A private certificate authority, as a plant has one.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme};

/// Nothing else of the suite is named here: unit tests use this file, too.
const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(20);

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
        trusting(self.issuer.der().clone())
    }

    /// Writes a certificate under `name` and returns what a table says of it.
    pub fn write_as(&self, dir: &Path, name: &str, hosts: &[&str]) -> String {
        self.write_pair(dir, name, &self.issue(hosts))
    }

    /// As `write_as`, valid only between these days (year, month, day).
    pub fn write_dated(&self, dir: &Path, name: &str, hosts: &[&str], from: [i32; 3], until: [i32; 3]) -> String {
        let day = |[year, month, day]: [i32; 3]| {
            rcgen::date_time_ymd(year, u8::try_from(month).expect("a month"), u8::try_from(day).expect("a day"))
        };
        let mut params = CertificateParams::new(owned(hosts)).expect("names");
        (params.not_before, params.not_after) = (day(from), day(until));
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        self.write_pair(dir, name, &(certificate.pem(), key.serialize_pem()))
    }

    fn write_pair(&self, dir: &Path, name: &str, (certificate, key): &(String, String)) -> String {
        let (certificate_file, key_file) = (dir.join(format!("{name}.crt")), dir.join(format!("{name}.key")));
        std::fs::write(&certificate_file, certificate).expect("a certificate file");
        std::fs::write(&key_file, key).expect("a key file");
        format!("tls = {{ cert = \"{}\", key = \"{}\" }}\n", certificate_file.display(), key_file.display())
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
        self.write_as(dir, "gate", &["localhost", "hmi.localhost", "127.0.0.1"])
    }

    fn sign(&self, names: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let params = CertificateParams::new(owned(names)).expect("names");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate, key)
    }
}

/// Trusts this root and nobody else.
pub fn trusting(root: CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(root).expect("a CA certificate");
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    Arc::new(config.expect("TLS versions").with_root_certificates(roots).with_no_client_auth())
}

/// A root in PEM.
pub fn root(pem: &[u8]) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem).expect("a certificate in PEM")
}

/// Believes every certificate, as a visitor before anything is trusted.
pub fn gullible() -> Arc<ClientConfig> {
    gullible_with(rustls::DEFAULT_VERSIONS)
}

pub fn gullible_with(versions: &[&'static rustls::SupportedProtocolVersion]) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(versions);
    let config = config.expect("TLS versions").dangerous().with_custom_certificate_verifier(Arc::new(Gullible));
    Arc::new(config.with_no_client_auth())
}

/// A handshake with who listens there: what it came to, or why it did not.
pub fn shake(address: SocketAddr, name: &str, config: &Arc<ClientConfig>) -> Result<ClientConnection, String> {
    let name = name.to_owned().try_into().expect("a server name");
    let mut session = ClientConnection::new(Arc::clone(config), name).expect("a TLS client");
    let mut socket = std::net::TcpStream::connect(address).map_err(|error| error.to_string())?;
    socket.set_read_timeout(Some(HANDSHAKE_DEADLINE)).expect("a timeout");
    while session.is_handshaking() {
        session.complete_io(&mut socket).map_err(|error| error.to_string())?;
    }
    Ok(session)
}

/// The certificate that `name`'s visitors are shown, unjudged.
#[track_caller]
pub fn shown(address: SocketAddr, name: &str) -> CertificateDer<'static> {
    let session = shake(address, name, &gullible()).expect("a handshake");
    session.peer_certificates().and_then(<[_]>::first).expect("a certificate").clone().into_owned()
}

#[derive(Debug)]
struct Gullible;

impl ServerCertVerifier for Gullible {
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
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
