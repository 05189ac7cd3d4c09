//! Where the gateway listens.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::config::problem::{Origin, Place, Problems};
use crate::config::raw::{Listen, Tls};
use crate::config::resolved::Listener;
use crate::config::table::Field;
use crate::tls::Source;

use super::certificates;

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
    let (trusted_proxies, tls) = (Vec::new(), None);
    Field { value: Listener { address, trusted_proxies, tls, redirects: false, http2: true, h2c: false }, place }
}

fn one(listen: &Field<Listen>, base: &Path, problems: &mut Problems) -> Option<Field<Listener>> {
    let Field { value: listen, place } = listen;
    let tls = listen.tls.as_ref().and_then(|field| match &field.value {
        Tls::Files(written) => certificates::files(written, &field.place, base, problems).map(Source::Files),
        Tls::Internal => Some(Source::Internal),
        Tls::Acme => Some(Source::Acme),
    });
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
    let redirects = listen.redirect_to_https.as_ref().filter(|field| field.value);
    if let Some(field) = redirects.filter(|_| listen.tls.is_some()) {
        problems.error(&field.place, "a listener that speaks TLS has nowhere to redirect to; take one of the two away");
    }
    let h2c = listen.h2c.as_ref().filter(|field| field.value);
    if let Some(field) = h2c.filter(|_| listen.tls.is_some()) {
        problems.error(&field.place, "h2c is HTTP/2 without TLS, and this listener speaks TLS; take `h2c` away");
    }
    let value = Listener {
        address: address.value,
        trusted_proxies,
        tls,
        redirects: redirects.is_some(),
        http2: listen.http2.as_ref().is_none_or(|field| field.value),
        h2c: h2c.is_some(),
    };
    Some(Field { value, place: address.place.clone() })
}

/// The system would refuse the second one.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let wide = |address: SocketAddr| address.ip().is_unspecified();
    let same_family = one.is_ipv4() == other.is_ipv4();
    one == other || (one.port() == other.port() && same_family && (wide(one) || wide(other)))
}
