//! The cookie that binds a way through a provider to the browser that began it. One for all ways that a browser is on:
//! tabs that sign in side by side all come home.

use http::header;

use crate::domain::{AppId, FlowKey, cookie};

use super::super::arrival::Arrival;

/// As long as a way may take.
const SECONDS: u32 = 10 * 60;

pub(super) fn keep(app: AppId, secure: bool, key: &FlowKey) -> String {
    let mark = if secure { "; Secure" } else { "" };
    let (name, value) = (name(app, secure), key.reveal());
    format!("{name}={value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{mark}")
}

/// The one that the browser holds; two different ones are nobody's.
pub(super) fn of(arrival: &Arrival) -> Option<FlowKey> {
    let name = name(arrival.app(), arrival.visit.secure);
    let headers = arrival.request.headers().get_all(header::COOKIE).iter();
    let mut values = headers.flat_map(|value| cookie::pairs(value.as_bytes())).filter(|pair| pair.0 == name.as_bytes());
    let (_, first) = values.next()?;
    values.all(|(_, other)| other == first).then(|| FlowKey::parse(first))?
}

fn name(app: AppId, secure: bool) -> String {
    format!("{}millgate-flow-{app}", if secure { "__Host-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binding_never_reaches_an_app() {
        let key = FlowKey::from_bytes([0; 32]);
        for secure in [false, true] {
            assert!(cookie::is_ours(name(AppId::from_u64(1), secure).as_bytes()));
        }
        insta::assert_snapshot!(keep(AppId::from_u64(1), true, &key), @"__Host-millgate-flow-0000000000001=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
    }
}
