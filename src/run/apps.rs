//! The apps of the configuration, brought into the store.

use crate::config::App;
use crate::desk::Desk;
use crate::desk::{AppChange, AppFromConfig, NewApp};

/// Each app that can be made or changed is; what stands in the way of the others is told, and the gateway goes on.
pub(super) async fn reconcile(desk: &Desk, apps: &[App]) {
    let mut waiting: Vec<&App> = apps.iter().collect();
    while let Err((index, error)) =
        desk.reconcile_config_apps(waiting.iter().map(|app| from_config(app)).collect()).await
    {
        if index >= waiting.len() {
            tracing::error!(reason = %error, "the apps of the configuration cannot be brought into the store");
            return;
        }
        let app = waiting.remove(index);
        tracing::error!(
            app = %app.name,
            workspace = %app.workspace,
            reason = %error,
            "this app of the configuration cannot be as it is written; it stays as it was"
        );
    }
}

fn from_config(app: &App) -> AppFromConfig {
    let rest = AppChange {
        name: None,
        title: app.title.clone(),
        url: None,
        upstream: None,
        more_upstreams: Some(app.more_upstreams.clone()),
        balance: app.balance,
        health_path: app.health_path.clone().map(Some),
        health_interval: app.health_interval.map(Some),
        access: Some(app.access),
        master_password: app.master_password.as_ref().map(|secret| secret.reveal().to_owned()),
        running: None,
        language: app.language.map(Some),
        strip_prefix: app.strip_prefix,
        host_header: app.host_header,
        user_header: app.user_header.clone(),
        identity_headers: app.presets.clone(),
        identity_token: app.identity_token,
        forwarded_header: app.forwarded_header,
        idle_limit: app.idle_limit.map(Some),
        absolute_limit: app.absolute_limit.map(Some),
        upstream_ca: app.upstream_ca.clone().map(Some),
        upstream_verify: app.upstream_verify,
        upstream_http2: app.upstream_http2,
        connect_timeout: app.connect_timeout,
        response_timeout: app.response_timeout,
        approval: app.approval,
        sign_up_domains: app.sign_up_domains.clone(),
        name_question: app.name_question,
        providers: app.providers.clone().map(Some),
        hosted_domain: app.hosted_domain.clone().map(Some),
        shared_sign_in: app.shared_sign_in,
        description: None,
        icon: None,
    };
    let new = NewApp { name: app.name.clone(), url: app.url.clone(), upstream: app.upstream.clone(), rest };
    AppFromConfig { workspace: app.workspace.clone(), app: new }
}
