//! What the page of the audit record says.

mod de;
mod en;

use crate::domain::Language;
use crate::domain::audit::{Action, PartyKind};

pub(super) struct Words {
    pub(super) audit: &'static str,
    pub(super) lead_here: &'static str,
    pub(super) lead_all: &'static str,
    pub(super) when: &'static str,
    pub(super) who: &'static str,
    pub(super) what: &'static str,
    pub(super) app: &'static str,
    pub(super) workspace: &'static str,
    pub(super) details: &'static str,
    pub(super) number: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) older: &'static str,
    pub(super) newest: &'static str,
    pub(super) export_csv: &'static str,
    pub(super) export_json: &'static str,
    pub(super) none: &'static str,
    pub(super) none_lead: &'static str,
    pub(super) none_found: &'static str,
    pub(super) show_all: &'static str,
    pub(super) replaced: &'static str,
    pub(super) filter_name: fn(&str) -> &'static str,
    pub(super) party: fn(PartyKind) -> &'static str,
    /// All that is done with one kind of thing.
    pub(super) kind: fn(&str) -> &'static str,
    pub(super) action: fn(Action) -> &'static str,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::De => &de::WORDS,
    }
}
