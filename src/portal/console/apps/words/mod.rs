//! What the pages of apps say.

mod de;
mod en;

use crate::domain::{AccessMode, Language};

use super::Tab;

pub(in crate::portal::console) struct Apps {
    pub(in crate::portal::console) apps: &'static str,
    pub(in crate::portal::console) tab: fn(Tab) -> &'static str,
    pub(in crate::portal::console) tabs: &'static str,
    pub(in crate::portal::console) new: &'static str,
    pub(in crate::portal::console) none: &'static str,
    pub(in crate::portal::console) none_lead: &'static str,
    pub(in crate::portal::console) none_yours: &'static str,
    pub(in crate::portal::console) none_found: &'static str,
    pub(in crate::portal::console) show_all: &'static str,
    pub(in crate::portal::console) as_list: &'static str,
    pub(in crate::portal::console) as_cards: &'static str,
    pub(in crate::portal::console) app: &'static str,
    pub(in crate::portal::console) state: &'static str,
    pub(in crate::portal::console) running: &'static str,
    pub(in crate::portal::console) stopped: &'static str,
    pub(in crate::portal::console) unreachable: &'static str,
    pub(in crate::portal::console) start: &'static str,
    pub(in crate::portal::console) stop: &'static str,
    pub(in crate::portal::console) access: &'static str,
    pub(in crate::portal::console) mode: fn(AccessMode) -> &'static str,
    pub(in crate::portal::console) address: &'static str,
    pub(in crate::portal::console) sessions: &'static str,
    pub(in crate::portal::console) sessions_now: fn(usize) -> String,
    pub(in crate::portal::console) open: &'static str,
    pub(in crate::portal::console) qr: &'static str,
    pub(in crate::portal::console) qr_lead: &'static str,
}

pub(in crate::portal::console) fn words(language: Language) -> &'static Apps {
    match language {
        Language::En => &en::APPS,
        Language::De => &de::APPS,
    }
}
