//! Sign-in by identity providers: an OpenID Connect relying party that knows no user, no app and no page.
//!
//! [`Federation::begin`] gives the address that a visitor is sent to, and a [`Flow`] that the caller keeps by its
//! [`FlowState`]; [`Federation::finish`] turns what came back into a [`Verified`] identity, or says what was wrong.
//!
//! Nothing is fetched at the start: a provider's document and keys are, when first needed, and kept for a day in memory
//! and on a [`Shelf`]. Whatever a provider does costs a call five seconds and one mebibyte at most,
//! and a visitor's return ten seconds.

mod config;
mod dial;
mod error;
mod exchange;
mod flow;
mod http;
mod id_token;
mod issuer;
mod keys;
mod metadata;
mod provider;
#[cfg(test)]
mod tests;
mod userinfo;

use std::sync::Arc;

use crate::domain::{AppUrl, Clock, Domain, Email, FlowState, Slug, Timestamp};

use provider::{Pace, Provider};

pub use config::{ClientSecret, Config};
pub use error::{Blame, FederationError, Flaw, Trouble, Unreachable};
pub use flow::{CallbackParams, Flow, Hints};
/// Good for other strangers, too.
pub use http::Client as Caller;
pub use issuer::{InvalidIssuer, Issuer};

/// Every configured provider. Made anew when the configuration changes; flows that are under way go on.
pub struct Federation {
    providers: Vec<Arc<Provider>>,
}

/// A visitor is sent to `url`; who comes back with `state` continues `flow`.
pub struct Started {
    pub url: String,
    pub state: FlowState,
    pub flow: Flow,
}

/// Whom a provider vouches for. Issuer and subject together name a person for ever; the rest may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// As configured.
    pub issuer: String,
    /// 1 to 255 characters of ASCII.
    pub subject: String,
    /// Counts only when it is verified.
    pub email: Option<Email>,
    pub email_verified: bool,
    /// Empty when the provider tells none.
    pub given_name: String,
    pub family_name: String,
    /// Google's `hd`: the organization that the account belongs to.
    pub hosted_domain: Option<Domain>,
}

/// Whether sign-in by a provider is worth trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reachability {
    /// Or not asked yet.
    Reachable,
    Unreachable(Unreachable),
}

/// What is known of a provider, so that it need not be asked after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    pub issuer: String,
    /// JSON: what is used of the provider's discovery document.
    pub metadata: String,
    /// JSON: what is used of its key set.
    pub keys: String,
    pub fetched_at: Timestamp,
}

/// Where providers' documents outlive the process.
pub trait Shelf: Send + Sync {
    fn read(&self, issuer: &str) -> Option<Cached>;

    /// Must not block: it is called while a visitor waits.
    fn keep(&self, cached: Cached);
}

/// The one address that a provider sends visitors back to, to be registered with it.
pub fn redirect_uri(console: &AppUrl, id: &Slug) -> String {
    format!("{console}/.millgate/oidc/{id}/callback")
}

impl Federation {
    pub fn new(providers: Vec<Config>, console: &AppUrl, clock: Clock, shelf: Arc<dyn Shelf>) -> Self {
        Self::paced(providers, console, &clock, &shelf, Pace::default())
    }

    fn paced(providers: Vec<Config>, console: &AppUrl, clock: &Clock, shelf: &Arc<dyn Shelf>, pace: Pace) -> Self {
        let provider = |config: Config| {
            let redirect_uri = redirect_uri(console, &config.id);
            Arc::new(Provider::new(config, redirect_uri, clock.clone(), Arc::clone(shelf), pace))
        };
        Self { providers: providers.into_iter().map(provider).collect() }
    }

    /// In the order of the configuration.
    pub fn providers(&self) -> impl Iterator<Item = &Config> {
        self.providers.iter().map(|provider| &provider.config)
    }

    pub fn redirect_uri(&self, id: &Slug) -> Option<&str> {
        self.find(id).map(|provider| provider.redirect_uri.as_str())
    }

    /// What is known now; never waits. As long as somebody goes on looking, the provider is asked again and again in
    /// the background. `None`: no such provider. Call it within a tokio runtime.
    pub fn status(&self, id: &Slug) -> Option<Reachability> {
        self.find(id).map(Provider::look)
    }

    /// Waits for the provider at most once and only when nothing is known about it, or that it was unreachable.
    pub async fn begin(&self, id: &Slug, hints: Hints) -> Result<Started, FederationError> {
        let provider = self.find(id).ok_or(FederationError::Gone)?;
        let metadata = provider.metadata().await?;
        Ok(flow::start(provider, &metadata, hints))
    }

    /// `flow` is the one of the state that came back: it is used up, whatever comes out.
    pub async fn finish(&self, flow: Flow, callback: CallbackParams) -> Result<Verified, FederationError> {
        let provider = self.find(flow.provider()).ok_or(FederationError::Gone)?;
        exchange::finish(provider, flow, callback).await
    }

    fn find(&self, id: &Slug) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.config.id == *id)
    }
}
