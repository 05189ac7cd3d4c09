//! What the pages of API keys say.

mod de;
mod en;

use crate::domain::Language;

pub(super) struct Words {
    pub(super) keys: &'static str,
    pub(super) lead: &'static str,
    pub(super) own: &'static str,
    pub(super) own_lead: &'static str,
    pub(super) new: &'static str,
    pub(super) make: &'static str,
    pub(super) name: &'static str,
    pub(super) name_hint: &'static str,
    pub(super) bad_name: &'static str,
    pub(super) scope: &'static str,
    pub(super) personal: &'static str,
    pub(super) account: &'static str,
    pub(super) of_workspace: fn(&str) -> String,
    pub(super) of_app: fn(&str, &str) -> String,
    pub(super) gone: &'static str,
    pub(super) valid: &'static str,
    pub(super) for_ever: &'static str,
    pub(super) days: fn(u32) -> String,
    /// In the place of an owner.
    pub(super) configured: &'static str,
    pub(super) owner: &'static str,
    pub(super) used: &'static str,
    pub(super) never: &'static str,
    pub(super) ends: &'static str,
    pub(super) state: &'static str,
    pub(super) on: &'static str,
    pub(super) off: &'static str,
    pub(super) over: &'static str,
    pub(super) switch_on: &'static str,
    pub(super) switch_off: &'static str,
    pub(super) secret: &'static str,
    pub(super) secret_lead: &'static str,
    pub(super) secret_note: &'static str,
    pub(super) delete_heading: fn(&str) -> String,
    pub(super) delete_lead: &'static str,
    pub(super) none: &'static str,
    pub(super) none_lead: &'static str,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::De => &de::WORDS,
    }
}
