//! Certificates in PEM files, as other programs renew them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::pair::{Pair, Unfit};

/// The certificate with its chain, and its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Files {
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl Files {
    /// On `Err`, a sentence that names the file and the remedy.
    pub fn load(&self) -> Result<Pair, String> {
        let (cert, key) = (self.cert.display(), self.key.display());
        let read = |path: &Path| fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()));
        let (cert_pem, key_pem) = (read(&self.cert)?, read(&self.key)?);
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&cert_pem).collect();
        let chain = chain.map_err(|error| format!("{cert} holds no certificate in PEM: {error}"))?;
        let secret = PrivateKeyDer::from_pem_slice(&key_pem);
        let secret = secret.map_err(|error| format!("{key} holds no private key in PEM: {error}"))?;
        Pair::new(chain, secret).map_err(|unfit| match unfit {
            Unfit::Empty => format!("{cert} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"),
            Unfit::Certificate(why) => format!("the certificate in {cert} cannot be read: {why}"),
            Unfit::Key(why) => format!("the key in {key} cannot be used: {why}"),
            Unfit::Mismatch => {
                format!("{key} is not the key of the first certificate in {cert}; name the two that belong together")
            }
        })
    }

    /// Differs when somebody has written either file, also by way of a link.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let one = |path: &Path| {
            let meta = fs::metadata(path).ok()?;
            Some((meta.dev(), meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
        };
        Some(Stamp([one(&self.cert)?, one(&self.key)?]))
    }
}

/// Device, inode, size and time of both files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp([(u64, u64, u64, i64, i64); 2]);
