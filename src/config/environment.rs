//! `MILLGATE_…` variables: each overrides one key of the file.

use std::net::SocketAddr;

use super::document::{self, Source};
use super::problem::{Origin, Place, Problems, nearest};
use super::raw::{Acme, Audit, Console, Limits, Listen, Log, Raw, Smtp, TlsSettings};
use super::table::{Field, FromValue, Table};

const PREFIX: &str = "MILLGATE_";
/// A comma-separated list of addresses; replaces every `[[listen]]`.
const LISTEN: &str = "MILLGATE_LISTEN";
/// Lists and tables of the top level, which one variable cannot hold.
const NOT_SINGLE: [&str; 11] =
    ["log", "limits", "audit", "listen", "console", "app", "api_key", "smtp", "oidc", "tls", "acme"];

/// The text of a variable must be UTF-8; the caller has sorted out what is not.
pub(super) fn apply(raw: &mut Raw, variables: &[(String, String)], problems: &mut Problems) {
    for (name, text) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        if name == LISTEN {
            raw.listen = listeners(name, text, problems);
        } else if !set(raw, name, text, problems) {
            unknown(name, problems);
        }
    }
}

fn set(raw: &mut Raw, name: &str, text: &str, problems: &mut Problems) -> bool {
    fn within<T: Table>(
        table: &mut Option<Field<T>>,
        section: &str,
        name: &str,
        text: &str,
        problems: &mut Problems,
    ) -> bool {
        let Some(key) = T::KEYS.iter().find(|key| variable(section, key) == name) else { return false };
        let (source, place) = origin(name, &format!("{section}.{key}"));
        let table = table.get_or_insert_with(|| Field { value: T::default(), place: place.clone() });
        table.value.set(key, &document::text(text), &source, place, problems);
        true
    }
    if let Some(key) = single_keys().find(|key| variable("", key) == name) {
        let (source, place) = origin(name, key);
        raw.set(key, &document::text(text), &source, place, problems);
        return true;
    }
    within::<Log>(&mut raw.log, "log", name, text, problems)
        || within::<Limits>(&mut raw.limits, "limits", name, text, problems)
        || within::<Audit>(&mut raw.audit, "audit", name, text, problems)
        || within::<Console>(&mut raw.console, "console", name, text, problems)
        || within::<Smtp>(&mut raw.smtp, "smtp", name, text, problems)
        || within::<TlsSettings>(&mut raw.tls, "tls", name, text, problems)
        || within::<Acme>(&mut raw.acme, "acme", name, text, problems)
}

fn listeners(name: &str, text: &str, problems: &mut Problems) -> Option<Field<Vec<Field<Listen>>>> {
    let (source, place) = origin(name, "listen");
    let listen = text.split(',').map(str::trim).map(|address| {
        let place = place.child("address");
        let value = SocketAddr::from_value(&document::text(address), &source, &place, problems)?;
        let address = Field { value, place: place.clone() };
        Some(Field { value: Listen { address: Some(address), ..Listen::default() }, place })
    });
    // All that is wrong is reported before nothing is returned.
    let listen: Vec<Option<Field<Listen>>> = listen.collect();
    let value = listen.into_iter().collect::<Option<_>>()?;
    Some(Field { value, place })
}

fn unknown(name: &str, problems: &mut Problems) {
    let known = known_variables();
    let near = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => "apps, API keys, identity providers and lists are set in the configuration file".to_owned(),
    };
    let place = Place { origin: Origin::Environment(name.to_owned()), key: String::new() };
    problems.warn(&place, format!("no key has this name, so it has no effect; {near}"));
}

/// Every variable that has an effect.
pub(super) fn known_variables() -> Vec<String> {
    let sections = [
        ("log", Log::KEYS),
        ("limits", Limits::KEYS),
        ("audit", Audit::KEYS),
        ("console", Console::KEYS),
        ("smtp", Smtp::KEYS),
        ("tls", TlsSettings::KEYS),
        ("acme", Acme::KEYS),
    ];
    let nested = sections.iter().flat_map(|(section, keys)| keys.iter().map(|key| variable(section, key)));
    single_keys().map(|key| variable("", key)).chain(nested).chain([LISTEN.to_owned()]).collect()
}

fn single_keys() -> impl Iterator<Item = &'static str> {
    Raw::KEYS.iter().copied().filter(|key| !NOT_SINGLE.contains(key))
}

fn variable(section: &str, key: &str) -> String {
    let joined = if section.is_empty() { key.to_owned() } else { format!("{section}_{key}") };
    format!("{PREFIX}{}", joined.to_uppercase())
}

fn origin(name: &str, key: &str) -> (Source, Place) {
    let source = Source::Environment(name.to_owned());
    let place = Place { origin: source.origin(0), key: key.to_owned() };
    (source, place)
}
