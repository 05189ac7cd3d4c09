//! Apps: create, change, delete, and keep those of the config file as the file says.

mod change;
mod copy;
mod create;
mod delete;
mod foresee;
mod reconcile;
mod relocate;
mod rules;

use std::time::Duration;

use crate::domain::{
    AccessMode, AppUrl, Balance, Domain, HeaderToken, HealthPath, HostHeader, Icon, IdentityPreset, Language,
    Permission, Permissions, Slug, Upstream,
};

pub use copy::AppCopy;
pub use foresee::Foreseen;
pub use reconcile::AppFromConfig;

/// An app to be made. What `rest` leaves out gets its default: invite-only, running, named as its slug.
#[derive(Clone)]
pub struct NewApp {
    pub name: Slug,
    pub url: AppUrl,
    pub upstream: Upstream,
    pub rest: AppChange,
}

/// What is to be different; `None` stays as it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AppChange {
    pub name: Option<Slug>,
    pub title: Option<String>,
    pub url: Option<AppUrl>,
    pub upstream: Option<Upstream>,
    /// Where it runs as well; who sets `upstream` sets this too.
    pub more_upstreams: Option<Vec<Upstream>>,
    pub balance: Option<Balance>,
    pub health_path: Option<Option<HealthPath>>,
    pub health_interval: Option<Option<Duration>>,
    pub access: Option<AccessMode>,
    /// A new one voids all proofs of the one before.
    pub master_password: Option<String>,
    pub running: Option<bool>,
    pub language: Option<Option<Language>>,
    pub strip_prefix: Option<bool>,
    pub host_header: Option<HostHeader>,
    pub user_header: Option<HeaderToken>,
    pub identity_headers: Option<Vec<IdentityPreset>>,
    pub identity_token: Option<bool>,
    pub forwarded_header: Option<bool>,
    pub idle_limit: Option<Option<Duration>>,
    pub absolute_limit: Option<Option<Duration>>,
    pub upstream_ca: Option<Option<String>>,
    pub upstream_verify: Option<bool>,
    pub upstream_http2: Option<bool>,
    pub connect_timeout: Option<Duration>,
    pub response_timeout: Option<Duration>,
    pub approval: Option<bool>,
    pub sign_up_domains: Option<Vec<Domain>>,
    pub name_question: Option<bool>,
    pub providers: Option<Option<Vec<Slug>>>,
    pub hosted_domain: Option<Option<Domain>>,
    pub shared_sign_in: Option<bool>,
    /// For those who run it.
    pub description: Option<String>,
    pub icon: Option<Option<Icon>>,
}

impl AppChange {
    /// What one needs to be permitted to make it.
    pub fn permissions(&self) -> Permissions {
        let settings = Self {
            access: None,
            master_password: None,
            approval: None,
            sign_up_domains: None,
            name_question: None,
            providers: None,
            hosted_domain: None,
            ..self.clone()
        };
        let access = (settings != *self).then_some(Permission::ChangeAccess);
        let settings = (settings != Self::default()).then_some(Permission::EditApps);
        access.into_iter().chain(settings).collect()
    }
}
