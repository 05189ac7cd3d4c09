//! What is said about who may use an app.

use crate::domain::AccessMode;

pub(in super::super) struct AccessWords {
    pub(in super::super) heading: &'static str,
    /// The option, in the words by which it is known.
    pub(in super::super) option: fn(AccessMode) -> &'static str,
    pub(in super::super) explain: fn(AccessMode) -> &'static str,
    pub(in super::super) lead: &'static str,
    pub(in super::super) master_set: &'static str,
    pub(in super::super) master_change: &'static str,
    pub(in super::super) master_is_set: &'static str,
    pub(in super::super) sign_up: &'static str,
    pub(in super::super) sign_up_lead: &'static str,
    pub(in super::super) approval: &'static str,
    pub(in super::super) approval_hint: &'static str,
    pub(in super::super) domains: &'static str,
    pub(in super::super) domains_hint: &'static str,
    pub(in super::super) wrong_domains: &'static str,
    pub(in super::super) hosted_domain: &'static str,
    pub(in super::super) hosted_domain_hint: &'static str,
    pub(in super::super) wrong_hosted_domain: &'static str,
    pub(in super::super) name_question: &'static str,
    pub(in super::super) name_question_hint: &'static str,
    pub(in super::super) providers: &'static str,
    pub(in super::super) providers_hint: &'static str,
    pub(in super::super) confirm: &'static str,
    pub(in super::super) confirm_from: fn(&str, &str) -> String,
    pub(in super::super) confirm_master: &'static str,
    /// How many are in, and how many of them would have to prove more.
    pub(in super::super) confirm_sessions: fn(usize, usize) -> String,
    pub(in super::super) confirm_kept: &'static str,
    pub(in super::super) confirm_invites: &'static str,
    pub(in super::super) confirm_submit: &'static str,
    pub(in super::super) changed: &'static str,
}
