//! What the frame and the kit say. Each part of the console has its own words beside it (`apps/words/`, …).

mod de;
mod en;
mod told;
mod told_de;

use crate::desk::{Clash, Fixed, InUse, Refusal};
use crate::domain::{Language, Permission};

use super::frame::Nav;

pub(super) struct Shell {
    pub(super) code: &'static str,
    pub(super) skip: &'static str,
    pub(super) places: &'static str,
    pub(super) switch_workspace: &'static str,
    pub(super) choose_workspace: &'static str,
    pub(super) installation: &'static str,
    pub(super) nav: fn(Nav) -> &'static str,
    pub(super) own_menu: &'static str,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
    pub(super) profile: &'static str,
    pub(super) own_keys: &'static str,
    pub(super) password_and_devices: &'static str,
    pub(super) language: &'static str,
    pub(super) theme: &'static str,
    pub(super) theme_light: &'static str,
    pub(super) theme_dark: &'static str,
    pub(super) theme_auto: &'static str,
    pub(super) sign_out: &'static str,

    pub(super) optional: &'static str,
    pub(super) show_password: &'static str,
    pub(super) cancel: &'static str,
    pub(super) save: &'static str,
    pub(super) delete: &'static str,
    pub(super) copy: &'static str,
    pub(super) copied: &'static str,
    pub(super) search: &'static str,
    pub(super) filter: &'static str,
    pub(super) all: &'static str,
    pub(super) previous: &'static str,
    pub(super) next: &'static str,
    pub(super) pages: &'static str,
    /// First, last and number of all.
    pub(super) range: fn(usize, usize, usize) -> String,

    pub(super) check: &'static str,
    pub(super) missing: &'static str,
    /// What is wrong with a field that many forms have, by its name; what only one part has is said by its own words.
    pub(super) flaw: fn(&str) -> Option<&'static str>,
    pub(super) permission: fn(Permission) -> &'static str,
    /// What was done, by its name in `?done=`; what only one part does is said by its own words.
    pub(super) done: fn(&str) -> Option<&'static str>,
    pub(super) stops: Stops,
}

/// Headings, and what there is to say.
pub(super) struct Stops {
    pub(super) not_found: (&'static str, &'static str),
    pub(super) not_allowed: &'static str,
    /// With the permission's name.
    pub(super) not_allowed_why: fn(&str) -> String,
    pub(super) no_workspace: (&'static str, &'static str),
    pub(super) broken_form: (&'static str, &'static str),
    pub(super) conflict: &'static str,
    pub(super) last_owner: &'static str,
    pub(super) clash: fn(&Clash) -> String,
    pub(super) in_use: fn(&InUse) -> String,
    pub(super) fixed: fn(Fixed) -> &'static str,
    pub(super) refusal: fn(Refusal) -> String,
    pub(super) stale: &'static str,
    pub(super) busy: (&'static str, &'static str),
    pub(super) unavailable: (&'static str, &'static str),
    pub(super) to_the_start: &'static str,
}

pub(super) fn shell(language: Language) -> &'static Shell {
    match language {
        Language::En => &en::SHELL,
        Language::De => &de::SHELL,
    }
}
