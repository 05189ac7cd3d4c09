//! The configuration as it is written: every key there is, and nothing decided yet.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::domain::{
    AccessMode, AppUrl, Balance, Domain, Email, HeaderToken, HealthPath, HostHeader, IdentityPreset, Language, Slug,
    Upstream,
};
use crate::federation::Issuer;
use crate::mail;
use crate::observe;
use crate::tls;
use crate::tls::acme::ChallengeKind;

use super::document::{Source, Value};
use super::problem::{Place, Problems};
use super::quantity::Bytes;
use super::table::{Field, FromValue, OneOrMore, Table, table};

table!(Raw {
    data_dir: PathBuf,
    workers: u32,
    log: Log,
    limits: Limits,
    audit: Audit,
    listen: Vec<Field<Listen>>,
    console: Console,
    app: Vec<Field<App>>,
    api_key: Vec<Field<ApiKey>>,
    smtp: Smtp,
    tls: TlsSettings,
    acme: Acme,
    oidc: Vec<Field<Oidc>>,
});

table!(Log { format: observe::Format, level: observe::Level, access: bool });

table!(Limits {
    connections: u32,
    head_bytes: Bytes,
    head_timeout: Duration,
    body_timeout: Duration,
    idle_timeout: Duration,
    drain_timeout: Duration,
    anonymous_devices: u32,
});

table!(Listen {
    address: SocketAddr,
    trusted_proxies: Vec<Field<IpNet>>,
    tls: Tls,
    redirect_to_https: bool,
    http2: bool,
    h2c: bool,
});

table!(Audit { keep: Duration, most: u32 });

table!(CertificateFiles { cert: PathBuf, key: PathBuf });

table!(TlsSettings { min_version: tls::Version, hsts: Duration, authority_names: Vec<Field<String>> });

table!(Acme {
    terms_accepted: bool,
    directory: Directory,
    contact: Email,
    challenge: ChallengeKind,
    ca_file: PathBuf,
    eab_key_id: String,
    eab_key: String,
    eab_key_file: PathBuf,
});

table!(Console { url: AppUrl });

table!(App {
    name: Slug,
    title: String,
    workspace: Slug,
    url: AppUrl,
    upstream: OneOrMore<Upstream>,
    balance: Balance,
    health_path: HealthPath,
    health_interval: Duration,
    access: AccessMode,
    master_password: String,
    master_password_file: PathBuf,
    language: Language,
    strip_prefix: bool,
    host_header: HostHeader,
    user_header: HeaderToken,
    identity_headers: Vec<Field<IdentityPreset>>,
    identity_token: bool,
    forwarded_header: bool,
    idle_limit: Duration,
    absolute_limit: Duration,
    upstream_ca_file: PathBuf,
    upstream_verify: bool,
    upstream_http2: bool,
    connect_timeout: Duration,
    response_timeout: Duration,
    tls: CertificateFiles,
    approval: bool,
    sign_up_domains: Vec<Field<Domain>>,
    name_question: bool,
    providers: Vec<Field<Slug>>,
    hosted_domain: Domain,
    shared_sign_in: bool,
});

table!(ApiKey { name: Slug, scope: Scope, secret: String, secret_file: PathBuf });

table!(Smtp { url: mail::Server, password: String, password_file: PathBuf, from: mail::Sender, ca_file: PathBuf });

table!(Oidc {
    id: Slug,
    title: String,
    issuer: Issuer,
    client_id: String,
    client_secret: String,
    client_secret_file: PathBuf,
    scopes: Vec<Field<String>>,
    ca_file: PathBuf,
});

/// How a listener speaks TLS.
#[derive(Debug)]
pub(super) enum Tls {
    Files(CertificateFiles),
    Internal,
    Acme,
}

/// Where an ACME server says what it offers.
#[derive(Debug, Clone)]
pub(super) struct Directory(pub(super) String);

impl std::str::FromStr for Directory {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match url::Url::parse(text) {
            Ok(url) if url.scheme() == "https" && url.has_host() => Ok(Self(url.into())),
            _ => Err("write it like https://acme-v02.api.letsencrypt.org/directory"),
        }
    }
}

impl FromValue for Tls {
    fn from_value(value: &Value<'_>, source: &Source, place: &Place, problems: &mut Problems) -> Option<Self> {
        const FORM: &str =
            "write tls = \"internal\", tls = \"acme\" or tls = { cert = \"cert.pem\", key = \"key.pem\" }";
        if let Some(table) = value.get_ref().as_table() {
            return Some(Self::Files(CertificateFiles::read(table, source, &place.key, problems)));
        }
        let wrong = match value.get_ref().as_str() {
            Some("internal") => return Some(Self::Internal),
            Some("acme") => return Some(Self::Acme),
            _ => format!("{} is no way to speak TLS; {FORM}", super::leaf::found(value)),
        };
        problems.error(place, wrong);
        None
    }
}

/// What an API key may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Account,
    Workspace(Slug),
    App { workspace: Slug, app: Slug },
}

impl std::str::FromStr for Scope {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write \"account\", \"workspace:default\" or \"app:default/hmi\"";
        let slug = |text: &str| text.parse::<Slug>().map_err(|_| FORM);
        match text.split_once(':') {
            None if text == "account" => Ok(Self::Account),
            Some(("workspace", workspace)) => Ok(Self::Workspace(slug(workspace)?)),
            Some(("app", path)) => {
                let (workspace, app) = path.split_once('/').ok_or(FORM)?;
                Ok(Self::App { workspace: slug(workspace)?, app: slug(app)? })
            }
            _ => Err(FORM),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account => f.write_str("account"),
            Self::Workspace(workspace) => write!(f, "workspace:{workspace}"),
            Self::App { workspace, app } => write!(f, "app:{workspace}/{app}"),
        }
    }
}
