//! The ACME server that listeners with `tls = "acme"` have their certificates from.

use std::path::Path;

use data_encoding::{BASE64URL_NOPAD, Specification};
use zeroize::Zeroizing;

use crate::config::problem::Problems;
use crate::config::raw::{self, Listen, Tls};
use crate::config::table::Field;
use crate::tls::acme::{ExternalAccount, LETS_ENCRYPT, Settings};

use super::files;

/// `None` when no listener asks for it, or when something is wrong with it.
pub(super) fn resolve(
    written: Option<&Field<raw::Acme>>,
    listeners: Option<&Field<Vec<Field<Listen>>>>,
    base: &Path,
    problems: &mut Problems,
) -> Option<Settings> {
    let listeners = listeners.map_or(&[][..], |field| &field.value);
    let asks = |listen: &&Field<Listen>| listen.value.tls.as_ref().is_some_and(|tls| matches!(tls.value, Tls::Acme));
    let asking = listeners.iter().find(asks).and_then(|listen| listen.value.tls.as_ref());
    let Some(Field { value: raw, place }) = written else {
        if let Some(tls) = asking {
            problems.error(&tls.place, MISSING);
        }
        return None;
    };
    // All of these speak.
    let external = external(raw, place, base, problems);
    let ca = raw.ca_file.as_ref().map(|field| files::authorities(field, base, problems));
    asking?;
    let accepted = raw.terms_accepted.as_ref();
    if !accepted.is_some_and(|field| field.value) && !raw.wrong.contains(&"terms_accepted") {
        problems.error(accepted.map_or(place, |field| &field.place), TERMS);
    }
    let ca = match ca {
        Some(pem) => Some(pem?),
        None => None,
    };
    Some(Settings {
        directory: raw.directory.as_ref().map_or_else(|| LETS_ENCRYPT.to_owned(), |field| field.value.0.clone()),
        contact: raw.contact.as_ref().map(|field| field.value.to_string()),
        ca,
        external: external?,
        challenge: raw.challenge.as_ref().map(|field| field.value),
    })
}

const MISSING: &str = "\"acme\" needs a table [acme] with terms_accepted = true, which says that you agree to the terms of the certificate authority (Let's Encrypt, unless acme.directory names another)";
const TERMS: &str = "write terms_accepted = true when you agree to the terms of the certificate authority; without it no certificate can be asked for";

/// The outer `None`: half of it is missing, or it is wrong.
fn external(
    raw: &raw::Acme,
    place: &crate::config::problem::Place,
    base: &Path,
    problems: &mut Problems,
) -> Option<Option<ExternalAccount>> {
    let key = files::secret(raw.eab_key.as_ref(), raw.eab_key_file.as_ref(), base, problems);
    match (&raw.eab_key_id, key) {
        (Some(id), Some(key)) => match forgiving().decode(key.value.reveal().trim().as_bytes()) {
            Ok(bytes) => Some(Some(ExternalAccount { id: id.value.clone(), key: Zeroizing::new(bytes) })),
            Err(_) => {
                problems.error(&key.place, "the key is not in base64url, which is how certificate authorities give it");
                None
            }
        },
        (Some(id), None) => {
            if raw.eab_key.is_none() && raw.eab_key_file.is_none() {
                problems.error(&id.place, "the key is missing; add eab_key_file = \"…\" or eab_key = \"…\"");
            }
            None
        }
        (None, Some(_)) => {
            problems.error(place, "the key `eab_key_id` is missing; the certificate authority gives it with the key");
            None
        }
        (None, None) => (raw.eab_key.is_none() && raw.eab_key_file.is_none()).then_some(None),
    }
}

/// Some authorities give it in plain base64, or with its padding.
fn forgiving() -> data_encoding::Encoding {
    let mut spec: Specification = BASE64URL_NOPAD.specification();
    spec.translate.from.push_str("+/");
    spec.translate.to.push_str("-_");
    spec.ignore.push('=');
    spec.check_trailing_bits = false;
    spec.encoding().unwrap_or(BASE64URL_NOPAD)
}
