//! Certificate files, of listeners and of apps.

use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::problem::{Place, Problems};
use crate::config::raw::CertificateFiles;
use crate::tls::Files;

use super::files;

/// The files are read here only to say early what is wrong with them; who listens reads them again.
pub(super) fn files(written: &CertificateFiles, place: &Place, base: &Path, problems: &mut Problems) -> Option<Files> {
    let (Some(cert), Some(key)) = (&written.cert, &written.key) else {
        if written.wrong.is_empty() {
            problems.error(
                place,
                "both `cert` and `key` are needed; write tls = { cert = \"cert.pem\", key = \"key.pem\" }",
            );
        }
        return None;
    };
    let told = problems.errors.len();
    let files = Files { cert: files::from(base, cert), key: files::from(base, key) };
    if let Some(pem) = files::read(&files.cert, &cert.place, problems) {
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        if all.map_or(true, |certificates| certificates.is_empty()) {
            let file = files.cert.display();
            problems.error(&cert.place, format!("{file} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"));
        }
    }
    if let Some(pem) = files::read_private(&files.key, &key.place, problems)
        && PrivateKeyDer::from_pem_slice(pem.as_bytes()).is_err()
    {
        let file = files.key.display();
        problems.error(&key.place, format!("{file} holds no private key in PEM (-----BEGIN PRIVATE KEY-----)"));
    }
    if problems.errors.len() == told
        && let Err(reason) = files.load()
    {
        problems.error(place, reason);
    }
    Some(files)
}
