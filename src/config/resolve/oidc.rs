//! Identity providers, and the apps that name them.

use std::path::Path;

use crate::config::problem::{Problems, nearest};
use crate::config::raw;
use crate::config::table::Field;
use crate::domain::{AppUrl, Scheme, Slug};
use crate::federation::{ClientSecret, Config, Issuer};

use super::files;

/// The provider whose issuer and title are known.
const GOOGLE: &str = "google";
/// A page beside those of the providers.
const STATUS: &str = "status";

pub(super) fn resolve(written: &[Field<raw::Oidc>], base: &Path, problems: &mut Problems) -> Vec<Config> {
    let mut providers: Vec<Config> = Vec::new();
    for field in written {
        let Some(provider) = one(field, base, problems) else { continue };
        if providers.iter().any(|other| other.id == provider.id) {
            let place = field.value.id.as_ref().map_or(&field.place, |id| &id.place);
            problems.error(place, format!("two identity providers have the id \"{}\"; rename one", provider.id));
        }
        providers.push(provider);
    }
    providers
}

fn one(field: &Field<raw::Oidc>, base: &Path, problems: &mut Problems) -> Option<Config> {
    let Field { value: raw, place } = field;
    let before = problems.errors.len();
    let preset = raw.id.as_ref().is_some_and(|id| id.value.as_str() == GOOGLE);
    let secret = files::secret(raw.client_secret.as_ref(), raw.client_secret_file.as_ref(), base, problems);
    let has_secret = raw.client_secret.is_some()
        || raw.client_secret_file.is_some()
        || raw.wrong.iter().any(|key| key.starts_with("client_secret"));
    if !has_secret {
        problems.error(place, "the client secret is missing; add client_secret_file = \"…\" or client_secret = \"…\"");
    }
    for (missing, key, example) in [
        (raw.id.is_none(), "id", "id = \"google\""),
        (raw.issuer.is_none() && !preset, "issuer", "issuer = \"https://id.plant.example\""),
        (raw.client_id.is_none(), "client_id", "client_id = \"…\", as the provider gave it"),
    ] {
        if missing && !raw.wrong.contains(&key) {
            problems.error(place, format!("the key `{key}` is missing; add {example}"));
        }
    }
    if let Some(field) = raw.id.as_ref().filter(|field| field.value.as_str() == STATUS) {
        problems.error(&field.place, "a page has this name already; choose another id");
    }
    if let Some(field) = raw.client_id.as_ref().filter(|field| !is_visible(&field.value)) {
        problems.error(&field.place, "this is no client id; copy it from the provider without spaces");
    }
    if let Some(field) = raw.title.as_ref().filter(|field| field.value.trim().is_empty()) {
        problems.error(&field.place, "the title is empty; write what people know the provider by, or leave it out");
    }
    let scopes = scopes(raw.scopes.as_ref(), problems);
    let ca = raw.ca_file.as_ref().and_then(|field| files::authorities(field, base, problems));
    if problems.errors.len() > before {
        return None;
    }
    let id = raw.id.as_ref()?.value.clone();
    let default_title = if preset { "Google" } else { id.as_str() };
    Some(Config {
        title: raw.title.as_ref().map_or(default_title, |field| field.value.trim()).to_owned(),
        issuer: raw.issuer.as_ref().map(|field| field.value.clone()).or_else(Issuer::google)?,
        client_id: raw.client_id.as_ref()?.value.clone(),
        client_secret: ClientSecret::new(secret?.value.reveal()),
        scopes,
        ca,
        id,
    })
}

fn scopes(written: Option<&Field<Vec<Field<String>>>>, problems: &mut Problems) -> Vec<String> {
    let Some(written) = written else { return Config::DEFAULT_SCOPES.map(str::to_owned).to_vec() };
    for field in written.value.iter().filter(|field| !is_visible(&field.value)) {
        problems.error(&field.place, format!("\"{}\" is no scope; write each one by itself", field.value));
    }
    if written.value.iter().all(|field| field.value != "openid") {
        problems.error(&written.place, "\"openid\" is missing; without it the provider does not say who signs in");
    }
    written.value.iter().map(|field| field.value.clone()).collect()
}

/// RFC 6749 appendix A: visible characters; of a scope, neither quotes nor backslashes.
fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// A provider that an app names must be there.
pub(super) fn check_apps(apps: &[Field<raw::App>], written: &[Field<raw::Oidc>], problems: &mut Problems) {
    let known: Vec<&str> =
        written.iter().filter_map(|provider| provider.value.id.as_ref()).map(|id| id.value.as_str()).collect();
    for app in apps {
        let named: &[Field<Slug>] = app.value.providers.as_ref().map_or(&[], |field| &field.value);
        for field in named.iter().filter(|field| !known.contains(&field.value.as_str())) {
            problems.error(&field.place, unknown(field.value.as_str(), &known));
        }
    }
}

fn unknown(id: &str, known: &[&str]) -> String {
    let fix = match nearest(id, known.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if known.is_empty() => format!("add an [[oidc]] with id = \"{id}\", or take it out"),
        None => format!("use one of {}, or add it", known.join(", ")),
    };
    format!("no [[oidc]] of this file has the id \"{id}\"; {fix}")
}

/// Google sends people back to https only, or to this machine.
pub(super) fn check_console(providers: &[Config], console: Option<&Field<AppUrl>>, problems: &mut Problems) {
    let Some(Field { value: url, place }) = console else { return };
    let is_local = &*url.host == "localhost" || url.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let asks_google = providers.iter().any(|provider| Some(&provider.issuer) == Issuer::google().as_ref());
    if asks_google && url.scheme == Scheme::Http && !is_local {
        let text = format!("Google sends people back to https:// addresses only, and {url} is none; use https");
        problems.warn(place, text);
    }
}
