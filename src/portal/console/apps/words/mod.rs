//! What the pages of apps say.

mod access;
mod access_de;
mod access_en;
mod de;
mod en;
mod making;
mod making_de;
mod making_en;
mod settings;
mod settings_de;
mod settings_en;

use crate::domain::{AccessMode, Language};

use super::Tab;

pub(super) use access::AccessWords;
pub(super) use making::{Making, Places, Tries};
pub(super) use settings::SettingsWords;

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
    pub(in crate::portal::console) reachable: &'static str,
    pub(in crate::portal::console) unreachable: &'static str,
    pub(in crate::portal::console) start: &'static str,
    pub(in crate::portal::console) stop: &'static str,
    pub(in crate::portal::console) access: &'static str,
    pub(in crate::portal::console) mode: fn(AccessMode) -> &'static str,
    pub(in crate::portal::console) address: &'static str,
    pub(in crate::portal::console) devices: &'static str,
    pub(in crate::portal::console) description: &'static str,
    pub(in crate::portal::console) upstream: &'static str,
    pub(in crate::portal::console) not_tried: &'static str,
    /// Before how long ago that was.
    pub(in crate::portal::console) noticed: &'static str,
    pub(in crate::portal::console) checked: &'static str,
    pub(in crate::portal::console) published_on: &'static str,
    pub(in crate::portal::console) about: &'static str,
    pub(in crate::portal::console) share: &'static str,
    pub(in crate::portal::console) started: &'static str,
    pub(in crate::portal::console) was_stopped: &'static str,
    pub(in crate::portal::console) stop_ask: &'static str,
    pub(in crate::portal::console) stop_why: fn(usize) -> String,
    pub(in crate::portal::console) open: &'static str,
    pub(in crate::portal::console) qr: &'static str,
    pub(in crate::portal::console) qr_lead: &'static str,
}

pub(super) fn words(language: Language) -> &'static Apps {
    match language {
        Language::En => &en::APPS,
        Language::De => &de::APPS,
    }
}

pub(in crate::portal::console) fn tries(language: Language) -> &'static Tries {
    match language {
        Language::En => &making_en::TRIES,
        Language::De => &making_de::TRIES,
    }
}

pub(in crate::portal::console) fn places(language: Language) -> &'static Places {
    match language {
        Language::En => &making_en::PLACES,
        Language::De => &making_de::PLACES,
    }
}

pub(in crate::portal::console) fn making(language: Language) -> &'static Making {
    match language {
        Language::En => &making_en::MAKING,
        Language::De => &making_de::MAKING,
    }
}

pub(in crate::portal::console) fn access(language: Language) -> &'static AccessWords {
    match language {
        Language::En => &access_en::ACCESS,
        Language::De => &access_de::ACCESS,
    }
}

pub(in crate::portal::console) fn settings(language: Language) -> &'static SettingsWords {
    match language {
        Language::En => &settings_en::SETTINGS,
        Language::De => &settings_de::SETTINGS,
    }
}
