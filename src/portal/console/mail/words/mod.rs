//! What the page of the mail queue says.

mod de;
mod en;

use crate::domain::Language;

pub(super) struct Words {
    pub(super) mail: &'static str,
    pub(super) lead: &'static str,
    pub(super) no_server: &'static str,
    pub(super) to: &'static str,
    pub(super) about: &'static str,
    pub(super) invite: &'static str,
    pub(super) reset: &'static str,
    pub(super) address: &'static str,
    pub(super) since: &'static str,
    pub(super) state: &'static str,
    pub(super) stuck: &'static str,
    pub(super) next_try: &'static str,
    pub(super) retry: &'static str,
    pub(super) none: &'static str,
    pub(super) none_lead: &'static str,
    pub(super) try_server: &'static str,
    pub(super) test: &'static str,
    pub(super) taken: &'static str,
    pub(super) said: &'static str,
    pub(super) bad_email: &'static str,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::De => &de::WORDS,
    }
}
