//! Certificate files, of listeners and of apps.

use std::net::IpAddr;
use std::path::Path;

use ipnet::IpNet;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::problem::{Place, Problems};
use crate::config::raw::{CertificateFiles, TlsSettings};
use crate::config::resolved::Tls;
use crate::domain::Authority;
use crate::tls::{EVERYTHING, Files};

use super::files;

pub(super) fn settings(raw: TlsSettings, problems: &mut Problems) -> Tls {
    let mut authority_names = Vec::new();
    for field in raw.authority_names.into_iter().flat_map(|field| field.value) {
        let name = field.value.to_lowercase();
        let is_host = || Authority::parse(&name).is_some_and(|authority| authority.port.is_none());
        if name == EVERYTHING || name.parse::<IpNet>().is_ok() || name.parse::<IpAddr>().is_ok() || is_host() {
            authority_names.push(name);
        } else {
            problems.error(
                &field.place,
                format!("\"{name}\" is no name to sign for: write a domain such as \"plant.example\", a network such as \"203.0.113.0/24\", or \"*\" for everything"),
            );
        }
    }
    Tls {
        min_version: raw.min_version.map_or_else(Default::default, |field| field.value),
        hsts: raw.hsts.map(|field| field.value),
        authority_names,
    }
}

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
