//! The user info endpoint (OpenID Connect Core section 5.3), for providers that keep the address out of ID tokens.

use serde::Deserialize;

use super::error::{FederationError, Flaw, Trouble};
use super::id_token::{Claims, text, yes};

#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    sub: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) email: Option<String>,
    #[serde(default, deserialize_with = "yes")]
    pub(super) email_verified: bool,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) given_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) family_name: Option<String>,
}

/// Section 5.3.2: about the subject of the ID token, or of no use at all.
pub(super) fn complete(claims: &mut Claims, document: &[u8]) -> Result<(), FederationError> {
    let profile: Profile = serde_json::from_slice(document)
        .map_err(|error| Trouble::bad_answer(format_args!("its user info cannot be used: {error}")))?;
    if profile.sub != claims.sub {
        return Err(Flaw::UserInfo.into());
    }
    claims.take_profile(profile);
    Ok(())
}
