//! What an operator writes about a provider.

use std::fmt;

use zeroize::Zeroizing;

use crate::domain::Slug;

use super::issuer::Issuer;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub id: Slug,
    /// The button's words: "Continue with {title}".
    pub title: String,
    pub issuer: Issuer,
    pub client_id: String,
    pub client_secret: ClientSecret,
    /// With `openid` among them.
    pub scopes: Vec<String>,
    /// PEM, with at least one certificate in it: authorities beside the system's.
    pub ca: Option<String>,
}

impl Config {
    pub const DEFAULT_SCOPES: [&str; 3] = ["openid", "email", "profile"];
}

/// What the provider gave the operator in secret. Wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}
