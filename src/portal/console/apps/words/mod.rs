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
    pub(super) devices: &'static str,
    pub(super) description: &'static str,
    pub(super) upstream: &'static str,
    pub(super) upstreams: &'static str,
    pub(super) since: &'static str,
    pub(super) not_tried: &'static str,
    pub(super) published_on: &'static str,
    pub(super) about: &'static str,
    pub(super) share: &'static str,
    pub(super) started: &'static str,
    pub(super) was_stopped: &'static str,
    pub(super) stop_ask: &'static str,
    pub(super) stop_why: fn(usize) -> String,
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

pub(super) fn tries(language: Language) -> &'static Tries {
    match language {
        Language::En => &making_en::TRIES,
        Language::De => &making_de::TRIES,
    }
}

pub(super) fn places(language: Language) -> &'static Places {
    match language {
        Language::En => &making_en::PLACES,
        Language::De => &making_de::PLACES,
    }
}

pub(super) fn making(language: Language) -> &'static Making {
    match language {
        Language::En => &making_en::MAKING,
        Language::De => &making_de::MAKING,
    }
}

pub(super) fn access(language: Language) -> &'static AccessWords {
    match language {
        Language::En => &access_en::ACCESS,
        Language::De => &access_de::ACCESS,
    }
}

pub(super) fn settings(language: Language) -> &'static SettingsWords {
    match language {
        Language::En => &settings_en::SETTINGS,
        Language::De => &settings_de::SETTINGS,
    }
}
