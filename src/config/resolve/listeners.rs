//! Where the gateway listens.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::problem::{Origin, Place, Problems};
use crate::config::raw::{Listen, Tls};
use crate::config::resolved::{Listener, TlsFiles};
use crate::config::table::Field;

use super::files;

const DEFAULT_PORT: u16 = 8080;

pub(super) fn resolve(
    written: Option<&Field<Vec<Field<Listen>>>>,
    base: &Path,
    problems: &mut Problems,
) -> Vec<Field<Listener>> {
    let Some(written) = written else { return vec![default()] };
    if written.value.is_empty() {
        problems.error(
            &written.place,
            "nothing to listen on; give an address such as \"0.0.0.0:8080\", or leave the key out",
        );
    }
    let mut resolved: Vec<Field<Listener>> = Vec::new();
    for listen in &written.value {
        let Some(listener) = one(listen, base, problems) else { continue };
        let address = listener.value.address;
        if let Some(other) = resolved.iter().find(|other| overlap(other.value.address, address)) {
            let other = other.value.address;
            problems
                .error(&listener.place, format!("{address} and {other} cannot both be listened on; keep one of them"));
        }
        resolved.push(listener);
    }
    resolved
}

fn default() -> Field<Listener> {
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, DEFAULT_PORT));
    let place = Place { origin: Origin::Flag("default"), key: "listen.address".into() };
    Field { value: Listener { address, trusted_proxies: Vec::new(), tls: None }, place }
}

fn one(listen: &Field<Listen>, base: &Path, problems: &mut Problems) -> Option<Field<Listener>> {
    let Field { value: listen, place } = listen;
    let tls = listen.tls.as_ref().and_then(|tls| certificate(tls, base, problems));
    let Some(address) = &listen.address else {
        if !listen.wrong.contains(&"address") {
            problems.error(place, "the key `address` is missing; add address = \"0.0.0.0:8080\"");
        }
        return None;
    };
    if address.value.port() == 0 {
        problems.error(&address.place, "port 0 is no port; choose one from 1 to 65535");
    }
    let proxies = listen.trusted_proxies.as_ref().map_or(&[][..], |field| &field.value);
    for proxy in proxies.iter().filter(|proxy| proxy.value.prefix_len() == 0) {
        let text = format!(
            "{} trusts everybody, so that anybody can pretend to be anywhere; name the proxy's own address",
            proxy.value
        );
        problems.warn(&proxy.place, text);
    }
    let trusted_proxies = proxies.iter().map(|field| field.value).collect();
    let value = Listener { address: address.value, trusted_proxies, tls };
    Some(Field { value, place: address.place.clone() })
}

/// The system would refuse the second one.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let wide = |address: SocketAddr| address.ip().is_unspecified();
    let same_family = one.is_ipv4() == other.is_ipv4();
    one == other || (one.port() == other.port() && same_family && (wide(one) || wide(other)))
}

/// The files are read here only to say early what is wrong with them; who listens reads them again.
fn certificate(tls: &Field<Tls>, base: &Path, problems: &mut Problems) -> Option<TlsFiles> {
    let Tls(written) = &tls.value;
    let (Some(cert), Some(key)) = (&written.cert, &written.key) else {
        if written.wrong.is_empty() {
            problems.error(
                &tls.place,
                "both `cert` and `key` are needed; write tls = { cert = \"cert.pem\", key = \"key.pem\" }",
            );
        }
        return None;
    };
    let (cert_path, key_path) = (files::from(base, cert), files::from(base, key));
    if let Some(pem) = files::read(&cert_path, &cert.place, problems) {
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        if all.map_or(true, |certificates| certificates.is_empty()) {
            problems.error(
                &cert.place,
                format!("{} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)", cert_path.display()),
            );
        }
    }
    if let Some(pem) = files::read_private(&key_path, &key.place, problems)
        && PrivateKeyDer::from_pem_slice(pem.as_bytes()).is_err()
    {
        problems.error(
            &key.place,
            format!("{} holds no private key in PEM (-----BEGIN PRIVATE KEY-----)", key_path.display()),
        );
    }
    Some(TlsFiles { cert: cert_path, key: key_path })
}
