//! The API keys of the configuration, as the API takes them.

use crate::config;
use crate::portal::api::{ApiKey, Scope};

pub(super) fn of(keys: &[config::ApiKey]) -> Vec<ApiKey> {
    let key = |key: &config::ApiKey| ApiKey::new(key.name.to_string(), scope(&key.scope), key.secret.reveal());
    keys.iter().map(key).collect()
}

fn scope(scope: &config::Scope) -> Scope {
    match scope {
        config::Scope::Account => Scope::Account,
        config::Scope::Workspace(workspace) => Scope::Workspace(workspace.clone()),
        config::Scope::App { workspace, app } => Scope::App(workspace.clone(), app.clone()),
    }
}
