//! What can go wrong, whose fault it is, and what the log says. What a visitor reads is the pages' business: they match
//! on the variants.

use std::fmt;

/// `Display` is for the log: it may carry what strangers wrote, but no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FederationError {
    /// There is no such provider, or it is another one by now: start again.
    Gone,
    /// The person, or the provider on their behalf, said no.
    Declined(String),
    /// What came back is no answer to what was asked.
    BadCallback(&'static str),
    /// The code was used before, is too old or is somebody else's.
    CodeRefused(String),
    /// The ID token does not prove what it should.
    BadToken(Flaw),
    /// It could not be reached, or answered what nobody can use.
    Unreachable(Trouble),
    /// It does not take this gateway for its client: the configuration here, or there, is wrong.
    Misconfigured(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    Visitor,
    Provider,
    /// Of the gateway, or of its entry with the provider.
    Operator,
}

impl FederationError {
    pub fn blame(&self) -> Blame {
        match self {
            Self::Gone | Self::Declined(_) | Self::BadCallback(_) | Self::CodeRefused(_) => Blame::Visitor,
            Self::BadToken(_) | Self::Unreachable(_) => Blame::Provider,
            Self::Misconfigured(_) => Blame::Operator,
        }
    }
}

impl fmt::Display for FederationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("no such provider is configured, or not the one that was asked"),
            Self::Declined(reason) => write!(f, "the provider declined: {reason}"),
            Self::BadCallback(why) => write!(f, "the provider's answer is none: {why}"),
            Self::CodeRefused(reason) => write!(f, "the provider refused the code: {reason}"),
            Self::BadToken(flaw) => write!(f, "the ID token is refused: {flaw}"),
            Self::Unreachable(trouble) => write!(f, "{trouble}"),
            Self::Misconfigured(reason) => write!(f, "the provider refuses this gateway as its client: {reason}"),
        }
    }
}

impl std::error::Error for FederationError {}

impl From<Trouble> for FederationError {
    fn from(trouble: Trouble) -> Self {
        Self::Unreachable(trouble)
    }
}

impl From<Flaw> for FederationError {
    fn from(flaw: Flaw) -> Self {
        Self::BadToken(flaw)
    }
}

/// Why a provider cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// Its name has no address here: no network, or no DNS.
    Dns,
    /// Nobody takes the connection.
    Refused,
    TimedOut,
    /// Its certificate is not to be trusted, or the handshake failed.
    Tls,
    /// It answers, but not as a provider does.
    BadAnswer,
}

/// An unsuccessful call to a provider; the detail is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub reason: Unreachable,
    detail: Box<str>,
}

impl Trouble {
    pub(super) fn new(reason: Unreachable, detail: impl fmt::Display) -> Self {
        Self { reason, detail: clip(&detail.to_string()).into() }
    }

    pub(super) fn bad_answer(detail: impl fmt::Display) -> Self {
        Self::new(Unreachable::BadAnswer, detail)
    }

    pub(super) fn is_bad_answer(&self) -> bool {
        self.reason == Unreachable::BadAnswer
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.reason {
            Unreachable::Dns => "its name cannot be resolved",
            Unreachable::Refused => "it cannot be connected to",
            Unreachable::TimedOut => "it does not answer in time",
            Unreachable::Tls => "no TLS connection to it can be trusted",
            Unreachable::BadAnswer => "it answers wrongly",
        };
        write!(f, "{what}: {}", self.detail)
    }
}

impl std::error::Error for Trouble {}

/// What a log line holds of a stranger's text.
const MOST_QUOTED: usize = 200;

pub(super) fn clip(text: &str) -> String {
    text.chars().take(MOST_QUOTED).collect()
}

/// What is wrong with an ID token (OpenID Connect Core section 3.1.3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// No signed token at all, or claims of the wrong shape.
    Malformed,
    /// `none`, a shared secret, or what the provider does not list.
    Algorithm,
    /// No key of the provider's fits, not even after asking anew.
    UnknownKey,
    Signature,
    Issuer,
    Audience,
    AuthorizedParty,
    /// By more than the tolerated skew: perhaps a clock is wrong.
    Expired,
    /// From the future, by more than the tolerated skew: perhaps a clock is wrong.
    NotYet,
    Nonce,
    Subject,
    AccessTokenHash,
    /// The user info is about somebody else.
    UserInfo,
}

impl Flaw {
    /// Whether setting a clock right may help.
    pub fn is_about_time(self) -> bool {
        matches!(self, Self::Expired | Self::NotYet)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is malformed",
            Self::Algorithm => "it is signed by an algorithm that is not accepted",
            Self::UnknownKey => "no key of the provider's fits it",
            Self::Signature => "its signature is wrong",
            Self::Issuer => "it comes from another issuer",
            Self::Audience => "it is for another audience",
            Self::AuthorizedParty => "it was issued to another party",
            Self::Expired => "it has expired; is the clock right?",
            Self::NotYet => "it is from the future; is the clock right?",
            Self::Nonce => "it answers another request",
            Self::Subject => "its subject is none",
            Self::AccessTokenHash => "it belongs to another access token",
            Self::UserInfo => "the user info is about somebody else",
        })
    }
}
