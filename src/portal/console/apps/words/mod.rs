//! What the pages of apps say.

mod de;
mod en;

use crate::domain::{AccessMode, Language};

use super::Tab;

pub(super) struct Apps {
    pub(super) apps: &'static str,
    pub(super) tab: fn(Tab) -> &'static str,
    pub(super) tabs: &'static str,
    pub(super) new: &'static str,
    pub(super) none: &'static str,
    pub(super) none_lead: &'static str,
    pub(super) none_yours: &'static str,
    pub(super) none_found: &'static str,
    pub(super) show_all: &'static str,
    pub(super) as_list: &'static str,
    pub(super) as_cards: &'static str,
    pub(super) app: &'static str,
    pub(super) state: &'static str,
    pub(super) running: &'static str,
    pub(super) stopped: &'static str,
    pub(super) unreachable: &'static str,
    pub(super) start: &'static str,
    pub(super) stop: &'static str,
    pub(super) access: &'static str,
    pub(super) mode: fn(AccessMode) -> &'static str,
    pub(super) address: &'static str,
    pub(super) sessions: &'static str,
    pub(super) sessions_now: fn(usize) -> String,
    pub(super) open: &'static str,
    pub(super) qr: &'static str,
    pub(super) qr_lead: &'static str,
}

pub(super) fn words(language: Language) -> &'static Apps {
    match language {
        Language::En => &en::APPS,
        Language::De => &de::APPS,
    }
}
