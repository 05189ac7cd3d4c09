//! Certificates that the gateway keeps: its own authority's, and those it made or obtained.

use std::fmt;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::Timestamp;

/// The gateway's own certificate authority, made at first use.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct LocalAuthority {
    /// X.509, DER.
    #[n(0)]
    pub certificate: ByteVec,
    /// PKCS#8, DER.
    #[n(1)]
    pub key: ByteVec,
    #[n(2)]
    pub made_at: Timestamp,
}

impl fmt::Debug for LocalAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalAuthority(made at {})", self.made_at)
    }
}

/// Who signed a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum CertificateIssuer {
    /// The gateway's own authority.
    #[n(0)]
    Local,
    /// An authority that speaks ACME (RFC 8555).
    #[n(1)]
    Acme,
}

/// A host's certificate with its key.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct HostCertificate {
    #[n(0)]
    pub issuer: CertificateIssuer,
    /// Empty: shown to who names no host, and to who names one that nobody claims.
    #[n(1)]
    pub host: String,
    /// Every host and address that it is good for, sorted.
    #[n(2)]
    pub names: Vec<String>,
    /// X.509, DER; the host's own first.
    #[n(3)]
    pub chain: Vec<ByteVec>,
    /// PKCS#8, DER.
    #[n(4)]
    pub key: ByteVec,
}

impl fmt::Debug for HostCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostCertificate({:?}, {:?})", self.issuer, self.names)
    }
}
