//! What is said about signing in by identity providers.

use crate::federation::Unreachable;

use super::Said;

pub(in crate::portal::pages) struct Oidc {
    /// With the provider's title.
    pub(in crate::portal::pages) continue_with: fn(&str) -> String,
    /// Between the form and the providers.
    pub(in crate::portal::pages) or: &'static str,
    /// Why a provider cannot be used now.
    pub(in crate::portal::pages) why: fn(Unreachable) -> &'static str,
    /// In the browser of another app, in the provider's stead.
    pub(in crate::portal::pages) open_in_browser: fn(&str) -> String,
    pub(in crate::portal::pages) address: &'static str,
    pub(in crate::portal::pages) other_ways: &'static str,
    pub(in crate::portal::pages) start_again: &'static str,
    pub(in crate::portal::pages) to_account: &'static str,

    pub(in crate::portal::pages) unreachable: Said,
    pub(in crate::portal::pages) bad_answer: Said,
    pub(in crate::portal::pages) misconfigured: Said,
    pub(in crate::portal::pages) declined: Said,
    pub(in crate::portal::pages) lost: Said,
    pub(in crate::portal::pages) refused: Said,
    /// When the times in what came back do not fit.
    pub(in crate::portal::pages) clock: &'static str,
    pub(in crate::portal::pages) not_offered: Said,
    pub(in crate::portal::pages) unverified: Said,
    pub(in crate::portal::pages) other_organization: Said,
    pub(in crate::portal::pages) only_of: fn(&str) -> String,
    pub(in crate::portal::pages) other_domain: Said,
    pub(in crate::portal::pages) other_address: Said,
    pub(in crate::portal::pages) elsewhere: Said,
    pub(in crate::portal::pages) as_before: Said,
    pub(in crate::portal::pages) barred: Said,
    pub(in crate::portal::pages) signed_out: Said,
    pub(in crate::portal::pages) too_many_linked: Said,
    pub(in crate::portal::pages) too_many_tries: Said,

    pub(in crate::portal::pages) ask_heading: &'static str,
    pub(in crate::portal::pages) ask_lead: &'static str,
    pub(in crate::portal::pages) ask_submit: &'static str,
    pub(in crate::portal::pages) consent: Said,
    /// With the account there, if its provider tells, and the account here.
    pub(in crate::portal::pages) consent_to: fn(Option<&str>, &str) -> String,
    pub(in crate::portal::pages) consent_submit: &'static str,
}
