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
    /// Of an ACME server's: the address of its directory.
    #[n(5)]
    pub directory: Option<String>,
}

impl fmt::Debug for HostCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostCertificate({:?}, {:?})", self.issuer, self.names)
    }
}

/// The account with an ACME server, and how its orders went.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct AcmeAccount {
    /// The address of the server's directory.
    #[n(0)]
    pub directory: String,
    /// JSON with the account's address and key.
    #[n(1)]
    pub credentials: String,
    #[n(2)]
    pub made_at: Timestamp,
    /// The account of another kind that it is bound to, by its key's id.
    #[n(3)]
    pub bound_to: Option<String>,
    /// Hosts whose last order failed; kept, because a service that restarts again and again must not ask again and again.
    #[n(4)]
    #[cbor(default)]
    pub troubles: Vec<AcmeTrouble>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AcmeTrouble {
    #[n(0)]
    pub host: String,
    /// In a row.
    #[n(1)]
    pub failures: u32,
    #[n(2)]
    pub next_try_at: Timestamp,
    #[n(3)]
    pub reason: String,
}

impl fmt::Debug for AcmeAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AcmeAccount({}, {:?})", self.directory, self.troubles)
    }
}
