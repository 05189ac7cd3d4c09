//! The configuration as it counts: defaults filled in, files read, everything checked. Each part is its own.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use zeroize::Zeroizing;

use crate::desk::AuditLimits;
use crate::domain::{
    AccessMode, AppUrl, Balance, Domain, HeaderToken, HealthPath, HostHeader, IdentityPreset, Language, Slug, Upstream,
};
use crate::federation;
use crate::mail;
use crate::observe;
use crate::tls;

pub use super::raw::Scope;

#[derive(Debug, Clone)]
pub struct Config {
    pub data_dir: PathBuf,
    /// Threads of the data plane.
    pub workers: NonZeroUsize,
    pub log: observe::Config,
    pub limits: Limits,
    /// How much of the audit record is kept.
    pub audit: AuditLimits,
    /// At least one, no two on one address.
    pub listeners: Vec<Listener>,
    pub console: AppUrl,
    pub apps: Vec<App>,
    pub api_keys: Vec<ApiKey>,
    /// No two with one id.
    pub oidc: Vec<federation::Config>,
    /// `None`: there are links instead of mails.
    pub smtp: Option<mail::Config>,
    pub tls: Tls,
    /// There when a listener needs it.
    pub acme: Option<tls::acme::Settings>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub connections: usize,
    pub head_bytes: usize,
    pub head_timeout: Duration,
    /// Without any progress.
    pub body_timeout: Duration,
    pub idle_timeout: Duration,
    pub drain_timeout: Duration,
    /// Recorded devices without a user, for each app.
    pub anonymous_devices: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 50_000,
            head_bytes: 64 * 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
            drain_timeout: Duration::from_secs(10),
            anonymous_devices: 100_000,
        }
    }
}

/// For all listeners that speak it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The oldest that is spoken.
    pub min_version: tls::Version,
    /// How long browsers come back over TLS only.
    pub hsts: Option<Duration>,
    /// What the own authority may sign for, beside what is local and what is visited when it is made.
    pub authority_names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub address: SocketAddr,
    pub trusted_proxies: Vec<IpNet>,
    pub tls: Option<tls::Source>,
    /// Only leads to the addresses over TLS.
    pub redirects: bool,
    /// Offered over TLS.
    pub http2: bool,
    /// HTTP/2 without TLS, to clients that begin with it.
    pub h2c: bool,
}

/// An app of the file: created when absent, and following what is written here at every start and reload. But for
/// `access` and the password: these are how it begins. What is not written (`None`) is as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub name: Slug,
    pub workspace: Slug,
    pub url: AppUrl,
    pub upstream: Upstream,
    /// Where it runs as well.
    pub more_upstreams: Vec<Upstream>,
    pub balance: Option<Balance>,
    pub health_path: Option<HealthPath>,
    pub health_interval: Option<Duration>,
    pub access: AccessMode,
    pub master_password: Option<Secret>,
    pub title: Option<String>,
    pub language: Option<Language>,
    pub strip_prefix: Option<bool>,
    pub host_header: Option<HostHeader>,
    pub user_header: Option<HeaderToken>,
    pub presets: Option<Vec<IdentityPreset>>,
    pub identity_token: Option<bool>,
    pub forwarded_header: Option<bool>,
    pub idle_limit: Option<Duration>,
    pub absolute_limit: Option<Duration>,
    /// PEM, with at least one certificate in it.
    pub upstream_ca: Option<String>,
    pub upstream_verify: Option<bool>,
    pub upstream_http2: Option<bool>,
    pub connect_timeout: Option<Duration>,
    pub response_timeout: Option<Duration>,
    /// A certificate for its host, on every listener that speaks TLS.
    pub tls: Option<tls::Files>,
    pub approval: Option<bool>,
    pub sign_up_domains: Option<Vec<Domain>>,
    pub name_question: Option<bool>,
    /// Each is among the configuration's.
    pub providers: Option<Vec<Slug>>,
    pub hosted_domain: Option<Domain>,
    pub shared_sign_in: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub name: Slug,
    pub scope: Scope,
    pub secret: Secret,
}

/// A secret in plain text. Wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
