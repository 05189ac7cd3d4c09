//! The apps of the file.

use std::path::Path;
use std::time::Duration;

use crate::config::problem::{Place, Problems};
use crate::config::raw;
use crate::config::resolved::{App, Secret};
use crate::config::table::Field;
use crate::domain::{self, AccessMode, Scheme, Upstream};
use crate::passwords::PlainPassword;

use super::{certificates, files};

const DEFAULT_WORKSPACE: &str = "default";
/// As the desk has it for every app.
const SHORTEST_MASTER_PASSWORD: usize = 4;

/// An app with the places of what may clash with others.
pub(super) struct Placed {
    pub(super) resolved: App,
    pub(super) name: Place,
    pub(super) url: Place,
    pub(super) upstream: Place,
    pub(super) tls: Option<Place>,
}

pub(super) fn resolve(written: &[Field<raw::App>], base: &Path, problems: &mut Problems) -> Vec<Placed> {
    written.iter().filter_map(|app| one(app, base, problems)).collect()
}

fn one(app: &Field<raw::App>, base: &Path, problems: &mut Problems) -> Option<Placed> {
    let Field { value: raw, place } = app;
    // All of these speak, then the missing ones stop.
    let access = raw.access.as_ref().map_or(AccessMode::InviteOnly, |field| field.value);
    let password = files::secret(raw.master_password.as_ref(), raw.master_password_file.as_ref(), base, problems);
    missing_password(app, access, problems);
    if let Some(field) = &password {
        master_password(field, problems);
    }
    let upstream_ca = authorities(raw, base, problems);
    limits(raw, problems);
    upstreams(raw, problems);
    let tls = raw.tls.as_ref().and_then(|field| certificates::files(&field.value, &field.place, base, problems));
    for (absent, key, example) in [
        (raw.name.is_none(), "name", "name = \"hmi\""),
        (raw.url.is_none(), "url", "url = \"http://hmi.localhost:8080\""),
        (raw.upstream.is_none(), "upstream", "upstream = \"http://127.0.0.1:1880\""),
    ] {
        if absent && !raw.wrong.contains(&key) {
            problems.error(place, format!("the key `{key}` is missing; add {example}"));
        }
    }
    let (name, url, upstream) = (raw.name.as_ref()?, raw.url.as_ref()?, raw.upstream.as_ref()?);
    let workspace = raw.workspace.as_ref().map(|field| field.value.clone());
    let resolved = App {
        name: name.value.clone(),
        workspace: workspace.or_else(|| DEFAULT_WORKSPACE.parse().ok())?,
        url: url.value.clone(),
        upstream: upstream.value.first.clone(),
        more_upstreams: upstream.value.more.iter().map(|field| field.value.clone()).collect(),
        balance: value(raw.balance.as_ref()),
        health_path: value(raw.health_path.as_ref()),
        health_interval: value(raw.health_interval.as_ref()),
        websocket_origins: value(raw.websocket_origins.as_ref()),
        max_connections: value(raw.max_connections.as_ref()),
        access,
        master_password: password.map(|field| field.value),
        title: value(raw.title.as_ref()),
        language: value(raw.language.as_ref()),
        strip_prefix: value(raw.strip_prefix.as_ref()),
        host_header: value(raw.host_header.as_ref()),
        user_header: value(raw.user_header.as_ref()),
        presets: values(raw.identity_headers.as_ref(), "this preset", problems),
        identity_token: value(raw.identity_token.as_ref()),
        forwarded_header: value(raw.forwarded_header.as_ref()),
        idle_limit: value(raw.idle_limit.as_ref()),
        absolute_limit: value(raw.absolute_limit.as_ref()),
        upstream_ca,
        upstream_verify: value(raw.upstream_verify.as_ref()),
        upstream_http2: value(raw.upstream_http2.as_ref()),
        connect_timeout: value(raw.connect_timeout.as_ref()),
        response_timeout: value(raw.response_timeout.as_ref()),
        tls,
        approval: value(raw.approval.as_ref()),
        sign_up_domains: values(raw.sign_up_domains.as_ref(), "this domain", problems),
        name_question: value(raw.name_question.as_ref()),
        providers: values(raw.providers.as_ref(), "this provider", problems),
        hosted_domain: value(raw.hosted_domain.as_ref()),
        shared_sign_in: value(raw.shared_sign_in.as_ref()),
    };
    Some(Placed {
        resolved,
        name: name.place.clone(),
        url: url.place.clone(),
        upstream: upstream.place.clone(),
        tls: raw.tls.as_ref().map(|field| field.place.clone()),
    })
}

fn missing_password(app: &Field<raw::App>, access: AccessMode, problems: &mut Problems) {
    let Field { value: raw, place } = app;
    let password_written = raw.master_password.is_some()
        || raw.master_password_file.is_some()
        || raw.wrong.iter().any(|key| key.starts_with("master_password"));
    if access.asks_master_password() && !password_written {
        let access_place = raw.access.as_ref().map_or(place, |field| &field.place);
        problems.error(
            access_place,
            format!(
                "\"{}\" needs a master password; add master_password_file = \"…\" or master_password = \"…\"",
                access.as_str()
            ),
        );
    }
}

/// Said here, with its line, rather than when the app is made.
fn master_password(field: &Field<Secret>, problems: &mut Problems) {
    let length = field.value.reveal().chars().count();
    if length < SHORTEST_MASTER_PASSWORD {
        problems.error(
            &field.place,
            format!("the master password is too short; use at least {SHORTEST_MASTER_PASSWORD} characters"),
        );
    }
    if length > PlainPassword::MOST {
        problems.error(
            &field.place,
            format!("the master password is too long; use at most {} characters", PlainPassword::MOST),
        );
    }
}

fn value<T: Clone>(field: Option<&Field<T>>) -> Option<T> {
    field.map(|field| field.value.clone())
}

/// Each once.
fn values<T: Clone + PartialEq>(
    written: Option<&Field<Vec<Field<T>>>>,
    what: &str,
    problems: &mut Problems,
) -> Option<Vec<T>> {
    let mut values = Vec::new();
    for field in &written?.value {
        if values.contains(&field.value) {
            problems.warn(&field.place, format!("{what} is named twice"));
        } else {
            values.push(field.value.clone());
        }
    }
    Some(values)
}

fn authorities(raw: &raw::App, base: &Path, problems: &mut Problems) -> Option<String> {
    let https = raw.upstream.as_ref().is_none_or(|field| field.value.iter().any(is_https));
    if let Some(field) = raw.upstream_verify.as_ref().filter(|field| !field.value && https) {
        problems.warn(&field.place, "the upstream's certificate is not verified, so that anybody between can read along; prefer upstream_ca_file");
    }
    let field = raw.upstream_ca_file.as_ref()?;
    if !https {
        problems.warn(&field.place, "it has no effect, because the upstream is not https://");
    }
    files::authorities(field, base, problems)
}

fn is_https(upstream: &Upstream) -> bool {
    matches!(upstream, Upstream::Tcp { scheme: Scheme::Https, .. })
}

fn upstreams(raw: &raw::App, problems: &mut Problems) {
    let Some(field) = &raw.upstream else { return };
    let all: Vec<&Upstream> = field.value.iter().collect();
    if let Some((_, twice)) = all.iter().enumerate().find(|(at, one)| all.iter().take(*at).any(|other| other == *one)) {
        problems.error(&field.place, format!("{twice} is named twice"));
    }
    if all.len() > domain::App::MOST_UPSTREAMS {
        problems.error(&field.place, format!("name {} at most", domain::App::MOST_UPSTREAMS));
    }
    if let Some(balance) = raw.balance.as_ref().filter(|_| all.len() == 1) {
        problems.warn(&balance.place, "it has no effect, because the app has one upstream");
    }
    if let Some(every) = raw.health_interval.as_ref().filter(|every| every.value < Duration::from_secs(1)) {
        problems.error(&every.place, "use 1s at least");
    }
}

fn limits(raw: &raw::App, problems: &mut Problems) {
    if let (Some(idle), Some(absolute)) = (&raw.idle_limit, &raw.absolute_limit)
        && idle.value > absolute.value
    {
        problems.warn(&idle.place, "it is longer than absolute_limit, so it has no effect");
    }
}
