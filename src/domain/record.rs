//! What is kept. Each record is CBOR with numbered fields: a number is never used twice, a new field is optional.

use std::time::Duration;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{AppId, AppUrl, Balance, Domain, Email, HeaderToken, HealthPath, Slug, Timestamp, Upstream, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Workspace {
    #[n(0)]
    pub id: WorkspaceId,
    #[n(1)]
    pub name: Slug,
    #[n(2)]
    pub title: String,
    #[n(3)]
    pub created_at: Timestamp,
}

impl Workspace {
    /// Of the one that the configuration's apps are in when they name none.
    pub const DEFAULT: &str = "default";

    /// Whether it is the one that stays, under its name.
    pub fn is_default(&self) -> bool {
        self.name.as_str() == Self::DEFAULT
    }
}

/// What an app asks of its visitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum AccessMode {
    #[n(0)]
    Public,
    #[n(1)]
    MasterPassword,
    #[n(2)]
    Signup,
    #[n(3)]
    SignupAndMasterPassword,
    #[n(4)]
    InviteOnly,
}

impl AccessMode {
    pub const ALL: [Self; 5] =
        [Self::Public, Self::MasterPassword, Self::Signup, Self::SignupAndMasterPassword, Self::InviteOnly];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::MasterPassword => "master-password",
            Self::Signup => "signup",
            Self::SignupAndMasterPassword => "signup-and-master-password",
            Self::InviteOnly => "invite-only",
        }
    }

    pub const fn asks_master_password(self) -> bool {
        matches!(self, Self::MasterPassword | Self::SignupAndMasterPassword)
    }

    /// Whether anybody may register by themselves.
    pub const fn is_open_to_sign_up(self) -> bool {
        matches!(self, Self::Signup | Self::SignupAndMasterPassword)
    }
}

/// The language of an app's pages; without one, the visitor's browser decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cbor(index_only)]
pub enum Language {
    #[n(0)]
    En,
    #[n(1)]
    De,
}

/// Which `Host` the upstream sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cbor(index_only)]
pub enum HostHeader {
    #[n(0)]
    Visitor,
    #[n(1)]
    Upstream,
}

/// Header names that known apps read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum IdentityPreset {
    /// Remote-User, Remote-Email, Remote-Name, Remote-Groups.
    #[n(0)]
    RemoteUser,
    /// X-Forwarded-User, X-Forwarded-Email, X-Forwarded-Preferred-Username, X-Forwarded-Groups.
    #[n(1)]
    XForwardedUser,
    /// X-WebAuth-User, X-WebAuth-Email, X-WebAuth-Name, X-WebAuth-Groups (Grafana, Gitea).
    #[n(2)]
    XWebauthUser,
}

/// A password that many share. A new one is a new version, and proofs of older versions are void.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct MasterPassword {
    /// Argon2id, as a PHC string.
    #[n(0)]
    pub hash: String,
    #[n(1)]
    pub version: u32,
}

impl std::fmt::Debug for MasterPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterPassword(version {})", self.version)
    }
}

/// One published upstream.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct App {
    #[n(0)]
    pub id: AppId,
    #[n(1)]
    pub workspace: WorkspaceId,
    #[n(2)]
    pub name: Slug,
    #[n(3)]
    pub title: String,
    #[n(4)]
    pub url: AppUrl,
    #[n(5)]
    pub upstream: Upstream,
    #[n(6)]
    pub access: AccessMode,
    #[n(7)]
    pub master: Option<MasterPassword>,
    /// Switched off, an app answers 503 and keeps its sessions.
    #[n(8)]
    pub running: bool,
    #[n(9)]
    pub language: Option<Language>,
    #[n(10)]
    pub strip_prefix: bool,
    #[n(11)]
    pub host_header: HostHeader,
    /// The plain copy of `$USER`.
    #[n(12)]
    pub user_header: HeaderToken,
    #[n(13)]
    pub presets: Vec<IdentityPreset>,
    /// Whether `X-User-Jwt` is sent.
    #[n(14)]
    pub identity_token: bool,
    /// Whether RFC 7239 `Forwarded` is sent.
    #[n(15)]
    pub forwarded_header: bool,
    #[n(16)]
    pub idle_limit: Option<Duration>,
    #[n(17)]
    pub absolute_limit: Option<Duration>,
    /// PEM of the authorities that may sign an `https` upstream's certificate, beside the system's.
    #[n(18)]
    pub upstream_ca: Option<String>,
    #[n(19)]
    pub upstream_verify: bool,
    #[n(20)]
    pub connect_timeout: Duration,
    /// Until the head of the response; streams after it are not limited.
    #[n(21)]
    pub response_timeout: Duration,
    #[n(22)]
    pub created_at: Timestamp,
    /// In the sign-up modes, a new registration waits until somebody approves it.
    #[n(23)]
    #[cbor(default)]
    pub approval: bool,
    /// The only domains whose addresses may sign up; none means any. Who is invited may have any address.
    #[n(24)]
    #[cbor(default)]
    pub sign_up_domains: Vec<Domain>,
    /// Whether a display name is asked for behind the master password.
    #[n(25)]
    #[cbor(default)]
    pub name_question: bool,
    /// The identity providers that this app offers; all that are configured when absent.
    #[n(26)]
    pub providers: Option<Vec<Slug>>,
    /// The organization (`hd` of Google's ID tokens) that a federated identity must belong to.
    #[n(27)]
    pub hosted_domain: Option<Domain>,
    /// Whether signing in here neither serves nor uses the workspace's other apps.
    #[n(28)]
    #[cbor(default)]
    pub keeps_apart: bool,
    /// Whether HTTP/2 is spoken to the upstream.
    #[n(29)]
    #[cbor(default)]
    pub upstream_http2: bool,
    /// Where it runs as well.
    #[n(30)]
    #[cbor(default)]
    pub more_upstreams: Vec<Upstream>,
    #[n(31)]
    #[cbor(default)]
    pub balance: Balance,
    /// What its upstreams are asked to tell whether they are well; without it, whether they take a connection.
    #[n(32)]
    pub health_path: Option<HealthPath>,
    #[n(33)]
    pub health_interval: Option<Duration>,
    /// For those who run it; never shown to visitors.
    #[n(40)]
    #[cbor(default)]
    pub description: String,
    /// Shown on its pages and cards.
    #[n(41)]
    pub icon: Option<Icon>,
}

/// A small picture, of a kind that browsers show and that holds no script.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Icon {
    #[n(0)]
    pub kind: IconKind,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum IconKind {
    #[n(0)]
    Png,
    #[n(1)]
    Jpeg,
    #[n(2)]
    Webp,
}

impl std::fmt::Debug for Icon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Icon({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

impl App {
    pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    pub const DEFAULT_RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);
    /// More instances of one app than any edge has.
    pub const MOST_UPSTREAMS: usize = 32;
    pub const DEFAULT_HEALTH_INTERVAL: Duration = Duration::from_secs(10);

    /// With the default of every setting: invite-only, running, titled as its name.
    pub fn new(workspace: WorkspaceId, name: Slug, url: AppUrl, upstream: Upstream, created_at: Timestamp) -> Self {
        Self {
            id: AppId::random(),
            workspace,
            title: name.to_string(),
            name,
            url,
            upstream,
            access: AccessMode::InviteOnly,
            master: None,
            running: true,
            language: None,
            strip_prefix: true,
            host_header: HostHeader::Visitor,
            user_header: HeaderToken::default(),
            presets: Vec::new(),
            identity_token: true,
            forwarded_header: false,
            idle_limit: None,
            absolute_limit: None,
            upstream_ca: None,
            upstream_verify: true,
            connect_timeout: Self::DEFAULT_CONNECT_TIMEOUT,
            response_timeout: Self::DEFAULT_RESPONSE_TIMEOUT,
            created_at,
            approval: false,
            sign_up_domains: Vec::new(),
            name_question: false,
            providers: None,
            hosted_domain: None,
            keeps_apart: false,
            upstream_http2: false,
            more_upstreams: Vec::new(),
            balance: Balance::default(),
            health_path: None,
            health_interval: None,
            description: String::new(),
            icon: None,
        }
    }

    /// Everywhere it runs, in the order of their mention.
    pub fn upstreams(&self) -> impl ExactSizeIterator<Item = &Upstream> {
        (0..self.more_upstreams.len() + 1).map(|at| self.upstream_at(at))
    }

    /// One of them; the first for who asks beyond the last.
    pub fn upstream_at(&self, at: usize) -> &Upstream {
        at.checked_sub(1).and_then(|at| self.more_upstreams.get(at)).unwrap_or(&self.upstream)
    }

    /// How often its upstreams are asked.
    pub fn check_every(&self) -> Duration {
        self.health_interval.unwrap_or(Self::DEFAULT_HEALTH_INTERVAL)
    }

    /// Whether somebody with this address may register unasked.
    pub fn takes_sign_up_of(&self, email: &Email) -> bool {
        self.sign_up_domains.is_empty() || self.sign_up_domains.iter().any(|domain| domain.as_str() == email.domain())
    }

    /// Whether the app offers the identity provider.
    pub fn offers(&self, provider: &Slug) -> bool {
        self.providers.as_ref().is_none_or(|offered| offered.contains(provider))
    }

    /// The version of the master password that counts now.
    pub fn master_version(&self) -> Option<u32> {
        self.master.as_ref().map(|master| master.version)
    }
}

/// The installation's own keys, made once.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Secrets {
    /// Mixed into every password hash.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub pepper: [u8; 32],
    /// Ed25519 seeds for `X-User-Jwt`: the first signs, all are published.
    #[n(1)]
    pub signing_seeds: Vec<minicbor::bytes::ByteArray<32>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}
