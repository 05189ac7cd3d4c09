//! The identity providers of the configuration, at the start and when it changes.

use std::sync::Arc;

use crate::config::Config;
use crate::desk::Desk;
use crate::federation::{Federation, redirect_uri};

/// When nothing of them has changed, what is known of them stays.
pub(super) fn set(desk: &Desk, config: &Config) {
    let is_same = desk.federation().is_some_and(|now| {
        now.providers().eq(&config.oidc)
            && config.oidc.iter().all(|provider| {
                now.redirect_uri(&provider.id) == Some(redirect_uri(&config.console, &provider.id).as_str())
            })
    });
    if is_same {
        return;
    }
    let federation = (!config.oidc.is_empty()).then(|| {
        let (providers, shelf) = (config.oidc.clone(), desk.provider_shelf());
        Arc::new(Federation::new(providers, &config.console, desk.clock().clone(), shelf))
    });
    desk.set_federation(federation);
}
