//! What the pages of workspaces say.

mod de;
mod en;

use crate::domain::Language;

pub(super) struct Words {
    pub(super) workspaces: &'static str,
    pub(super) lead: &'static str,
    pub(super) new: &'static str,
    pub(super) title: &'static str,
    pub(super) name: &'static str,
    pub(super) name_hint: &'static str,
    pub(super) name_fixed: &'static str,
    pub(super) bad_name: &'static str,
    pub(super) bad_title: &'static str,
    pub(super) apps: &'static str,
    pub(super) members: &'static str,
    pub(super) settings: &'static str,
    pub(super) delete: &'static str,
    pub(super) delete_heading: fn(&str) -> String,
    pub(super) delete_lead: &'static str,
    pub(super) app_goes: fn(&str) -> String,
    pub(super) members_lose: fn(usize) -> String,
    pub(super) keys_go: fn(usize) -> String,
    pub(super) is_empty: &'static str,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::De => &de::WORDS,
    }
}
