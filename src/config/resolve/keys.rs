//! Keys of programs, given by the operator.

use std::path::Path;

use crate::config::problem::{Problems, nearest};
use crate::config::raw::{self, Scope};
use crate::config::resolved::ApiKey;
use crate::config::table::Field;

use super::apps::Placed;
use super::files;

/// Shorter ones can be guessed.
const SHORTEST: usize = 16;

pub(super) fn resolve(written: &[Field<raw::ApiKey>], base: &Path, problems: &mut Problems) -> Vec<ApiKey> {
    let mut keys: Vec<ApiKey> = Vec::new();
    for field in written {
        let Some(key) = one(field, base, problems) else { continue };
        if keys.iter().any(|other| other.name == key.name) {
            let place = field.value.name.as_ref().map_or(&field.place, |name| &name.place);
            problems.error(place, format!("two API keys are called \"{}\"; rename one", key.name));
        }
        if let Some(other) = keys.iter().find(|other| other.secret == key.secret) {
            problems.error(
                &field.place,
                format!(
                    "the API keys \"{}\" and \"{}\" have the same secret; make a new one for each",
                    other.name, key.name
                ),
            );
        }
        keys.push(key);
    }
    keys
}

fn one(field: &Field<raw::ApiKey>, base: &Path, problems: &mut Problems) -> Option<ApiKey> {
    let Field { value: raw, place } = field;
    let before = problems.errors.len();
    let secret = files::secret(raw.secret.as_ref(), raw.secret_file.as_ref(), base, problems);
    if raw.secret.is_none() && raw.secret_file.is_none() && raw.wrong.iter().all(|key| !key.starts_with("secret")) {
        problems.error(place, "the secret is missing; add secret_file = \"…\" or secret = \"mg_…\"");
    }
    if let Some(secret) = secret.as_ref().filter(|secret| secret.value.reveal().len() < SHORTEST) {
        problems.error(
            &secret.place,
            format!("the secret has fewer than {SHORTEST} characters; make one with: echo mg_$(openssl rand -hex 24)"),
        );
    }
    if let Some(secret) = secret.as_ref().filter(|secret| secret.value.reveal().bytes().any(|b| !b.is_ascii_graphic()))
    {
        problems.error(&secret.place, "the secret holds characters that no header can carry; use letters and digits");
    }
    for (missing, key, example) in
        [(raw.name.is_none(), "name", "name = \"mes\""), (raw.scope.is_none(), "scope", "scope = \"app:default/hmi\"")]
    {
        if missing && !raw.wrong.contains(&key) {
            problems.error(place, format!("the key `{key}` is missing; add {example}"));
        }
    }
    if problems.errors.len() > before {
        return None;
    }
    let (name, scope) = (raw.name.as_ref()?.value.clone(), raw.scope.as_ref()?.value.clone());
    Some(ApiKey { name, scope, secret: secret?.value })
}

/// Apps can also be made by the API, so an unknown one is no error; one that is spelled almost like a known one is worth a word.
pub(super) fn check_scopes(written: &[Field<raw::ApiKey>], apps: &[Placed], problems: &mut Problems) {
    let known: Vec<String> =
        apps.iter().map(|app| format!("{}/{}", app.resolved.workspace, app.resolved.name)).collect();
    for field in written.iter().filter_map(|key| key.value.scope.as_ref()) {
        let Scope::App { workspace, app } = &field.value else { continue };
        let wanted = format!("{workspace}/{app}");
        if known.contains(&wanted) {
            continue;
        }
        if let Some(near) = nearest(&wanted, known.iter().map(String::as_str)) {
            problems
                .warn(&field.place, format!("no app of this file is called {wanted}; did you mean \"app:{near}\"?"));
        }
    }
}
