//! A visitor's way to a provider and back.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use zeroize::Zeroizing;

use crate::domain::{Domain, Email, FlowState, Slug, secret};

use super::error::{FederationError, clip};
use super::exchange;
use super::issuer::Issuer;
use super::metadata::Metadata;
use super::provider::Provider;
use super::{Config, Started};

/// What makes the provider's own page shorter. None of it is trusted when it comes back.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    pub login_hint: Option<Email>,
    pub hosted_domain: Option<Domain>,
    /// Has the provider ask which account to use, for whom the last one did not get in.
    pub choose_account: bool,
}

/// What is remembered until the visitor comes back: kept in memory, used once.
pub struct Flow {
    provider: Slug,
    issuer: Box<str>,
    pub(super) nonce: Zeroizing<String>,
    pub(super) verifier: PkceCodeVerifier,
}

impl Flow {
    /// Whose answer it waits for: one that comes back by another provider's address is not it.
    pub fn provider(&self) -> &Slug {
        &self.provider
    }

    /// The configuration may have changed meanwhile.
    pub(super) fn is_with(&self, config: &Config) -> bool {
        self.provider == config.id && *self.issuer == *config.issuer.as_str()
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flow({})", self.provider)
    }
}

/// Authorization code with PKCE (RFC 7636), state and nonce: 256 random bits each.
pub(super) fn start(provider: &Provider, metadata: &Metadata, hints: Hints) -> Started {
    let config = &provider.config;
    let state = FlowState::random();
    let nonce = Zeroizing::new(BASE64URL_NOPAD.encode(&secret::random::<32>()));
    let verifier = PkceCodeVerifier::new(BASE64URL_NOPAD.encode(&secret::random::<32>()));
    let client = exchange::client(provider, metadata);
    let mut request = client
        .authorize_url(|| CsrfToken::new(state.reveal()))
        .add_scopes(config.scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .add_extra_param("nonce", nonce.as_str());
    if let Some(address) = hints.login_hint {
        request = request.add_extra_param("login_hint", address.to_string());
    }
    if let Some(domain) = hints.hosted_domain {
        request = request.add_extra_param("hd", domain.to_string());
    }
    if hints.choose_account {
        request = request.add_extra_param("prompt", "select_account");
    }
    let (url, _) = request.url();
    let flow = Flow { provider: config.id.clone(), issuer: config.issuer.as_str().into(), nonce, verifier };
    Started { url: url.into(), state, flow }
}

/// What came back on the redirect URI (RFC 6749 section 4.1.2, RFC 9207), without the state.
#[derive(Default)]
pub struct CallbackParams {
    pub code: Option<String>,
    pub error: Option<String>,
    pub iss: Option<String>,
}

impl CallbackParams {
    /// Reads the redirect's query. `None` when it belongs to no flow: without a state of ours, or with any parameter
    /// twice, which two readers could take differently.
    pub fn from_query(query: &str) -> Option<(FlowState, Self)> {
        let mut params = Self::default();
        let mut state = None;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "state" => &mut state,
                "code" => &mut params.code,
                "error" => &mut params.error,
                "iss" => &mut params.iss,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        Some((FlowState::parse(state?.as_bytes())?, params))
    }

    /// The code, if this is the answer of `issuer` and it is yes. The issuer is looked at first: an error that another
    /// one sent is not ours either.
    pub(super) fn code_of(self, issuer: &Issuer, metadata: &Metadata) -> Result<String, FederationError> {
        match &self.iss {
            Some(iss) if !issuer.is_named(iss) => return Err(FederationError::BadCallback("another issuer sent it")),
            None if metadata.tells_issuer() => return Err(FederationError::BadCallback("its issuer is missing")),
            _ => {}
        }
        if let Some(error) = self.error {
            return Err(refusal(&error));
        }
        match self.code {
            Some(code) if !code.is_empty() => Ok(code),
            _ => Err(FederationError::BadCallback("there is no code")),
        }
    }
}

/// By the codes of RFC 6749 section 4.1.2.1.
fn refusal(error: &str) -> FederationError {
    match error {
        "unauthorized_client" | "invalid_request" | "invalid_scope" | "unsupported_response_type" => {
            FederationError::Misconfigured(clip(error))
        }
        "server_error" | "temporarily_unavailable" => {
            FederationError::Unreachable(super::Trouble::bad_answer(format_args!("its page ended with {error}")))
        }
        _ => FederationError::Declined(clip(error)),
    }
}
