//! A provider's discovery document (OpenID Connect Discovery 1.0 section 3): what is used of it, checked.

use std::str::FromStr;

use jsonwebtoken::Algorithm;
use oauth2::AuthType;
use serde::{Deserialize, Serialize};
use url::Url;

use super::error::{Trouble, clip};
use super::issuer::Issuer;

/// Signatures by key pairs. A shared secret (HS256) would be known here too, and `none` is none.
const ACCEPTED: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) userinfo_endpoint: Option<Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl Metadata {
    pub(super) fn read(json: &[u8], issuer: &Issuer) -> Result<Self, Trouble> {
        let read: Self = serde_json::from_slice(json)
            .map_err(|error| Trouble::bad_answer(format_args!("its discovery document cannot be used: {error}")))?;
        // Section 4.3: exactly. Otherwise anybody could publish a document in another's name.
        if read.issuer != issuer.as_str() {
            let told = clip(&read.issuer);
            return Err(Trouble::bad_answer(format_args!("it is not {issuer}; it calls itself issuer = \"{told}\"")));
        }
        let required = [&read.authorization_endpoint, &read.token_endpoint, &read.jwks_uri];
        for endpoint in required.into_iter().chain(&read.userinfo_endpoint) {
            if !issuer.may_use(endpoint) {
                let told = clip(endpoint.as_str());
                return Err(Trouble::bad_answer(format_args!("its endpoint {told} is not https")));
            }
        }
        Ok(read)
    }

    /// Whether an ID token may be signed so. A provider that does not list how it signs does so by RS256, which everybody
    /// must know (OpenID Connect Core section 15.1).
    pub(super) fn signs_by(&self, algorithm: Algorithm) -> bool {
        let listed = match &self.id_token_signing_alg_values_supported {
            Some(names) => names.iter().any(|name| Algorithm::from_str(name).is_ok_and(|listed| listed == algorithm)),
            None => algorithm == Algorithm::RS256,
        };
        listed && ACCEPTED.contains(&algorithm)
    }

    /// RFC 6749 section 2.3.1 prefers the header, and it is the default (Discovery section 3).
    pub(super) fn auth_type(&self) -> AuthType {
        let Some(methods) = &self.token_endpoint_auth_methods_supported else { return AuthType::BasicAuth };
        let takes = |method: &str| methods.iter().any(|listed| listed == method);
        match !takes("client_secret_basic") && takes("client_secret_post") {
            true => AuthType::RequestBody,
            false => AuthType::BasicAuth,
        }
    }

    /// RFC 9207 section 3: every answer of such a provider carries `iss`.
    pub(super) fn tells_issuer(&self) -> bool {
        self.authorization_response_iss_parameter_supported == Some(true)
    }
}
