//! An app, as programs read it.

use serde::Serialize;

use crate::domain::{
    AccessMode, App, AppId, AppUrl, Balance, Domain, HeaderToken, HealthPath, HostHeader, Icon, IdentityPreset,
    Language, Slug, Timestamp, Upstream,
};
use crate::upstreams::Health;

use super::duration::show;
use super::health::HealthView;

#[derive(Serialize)]
pub(super) struct AppView {
    id: AppId,
    name: Slug,
    title: String,
    workspace: Slug,
    url: AppUrl,
    upstream: Upstream,
    upstreams: Vec<Upstream>,
    balance: Balance,
    health_path: Option<HealthPath>,
    health_interval: String,
    health: HealthView,
    access: AccessMode,
    master_password_set: bool,
    running: bool,
    language: Option<Language>,
    strip_prefix: bool,
    host_header: HostHeader,
    user_header: HeaderToken,
    identity_headers: Vec<IdentityPreset>,
    identity_token: bool,
    forwarded_header: bool,
    idle_limit: Option<String>,
    absolute_limit: Option<String>,
    upstream_verify: bool,
    upstream_http2: bool,
    connect_timeout: String,
    response_timeout: String,
    approval: bool,
    sign_up_domains: Vec<Domain>,
    name_question: bool,
    providers: Option<Vec<Slug>>,
    hosted_domain: Option<Domain>,
    shared_sign_in: bool,
    description: String,
    /// A data URL (RFC 2397).
    icon: Option<String>,
    created_at: Timestamp,
    /// Left out where nobody has counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<usize>,
}

impl AppView {
    pub(super) fn workspace(&self) -> &Slug {
        &self.workspace
    }

    pub(super) fn of(app: &App, workspace: &Slug, health: &Health) -> Self {
        Self {
            id: app.id,
            name: app.name.clone(),
            title: app.title.clone(),
            workspace: workspace.clone(),
            url: app.url.clone(),
            upstream: app.upstream.clone(),
            upstreams: app.upstreams().cloned().collect(),
            balance: app.balance,
            health_path: app.health_path.clone(),
            health_interval: show(app.check_every()),
            health: HealthView::of(&health.of(app)),
            access: app.access,
            master_password_set: app.master.is_some(),
            running: app.running,
            language: app.language,
            strip_prefix: app.strip_prefix,
            host_header: app.host_header,
            user_header: app.user_header.clone(),
            identity_headers: app.presets.clone(),
            identity_token: app.identity_token,
            forwarded_header: app.forwarded_header,
            idle_limit: app.idle_limit.map(show),
            absolute_limit: app.absolute_limit.map(show),
            upstream_verify: app.upstream_verify,
            upstream_http2: app.upstream_http2,
            connect_timeout: show(app.connect_timeout),
            response_timeout: show(app.response_timeout),
            approval: app.approval,
            sign_up_domains: app.sign_up_domains.clone(),
            name_question: app.name_question,
            providers: app.providers.clone(),
            hosted_domain: app.hosted_domain.clone(),
            shared_sign_in: !app.keeps_apart,
            description: app.description.clone(),
            icon: app.icon.as_ref().map(Icon::data_url),
            created_at: app.created_at,
            sessions: None,
        }
    }

    pub(super) fn with_sessions(self, count: usize) -> Self {
        Self { sessions: Some(count), ..self }
    }
}
