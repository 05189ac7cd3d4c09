//! Everything that the pages say, once for each language. A missing sentence does not compile.

mod account;
mod account_de;
mod account_en;
mod de;
mod en;
mod oidc;
mod oidc_de;
mod oidc_en;
mod set_up;

use crate::domain::Language;

pub(super) use account::{AccountNotices, AccountWords, Ago};
pub(super) use set_up::set_up;

pub(super) struct Words {
    pub(super) code: &'static str,
    /// The language's own name, for the switch.
    pub(super) name: &'static str,

    pub(super) email: &'static str,
    pub(super) username: &'static str,
    /// Of somebody who has no address.
    pub(super) personal_name: &'static str,
    pub(super) display_name: &'static str,
    pub(super) password: &'static str,
    pub(super) new_password: &'static str,
    pub(super) master_password: &'static str,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
    pub(super) show_password: &'static str,
    pub(super) caps_lock: &'static str,
    pub(super) optional: &'static str,
    /// With the least number of characters.
    pub(super) new_password_hint: fn(usize) -> String,
    pub(super) master_password_hint: &'static str,

    pub(super) sign_in: &'static str,
    pub(super) create_account: &'static str,
    pub(super) go_on: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) try_again: &'static str,
    pub(super) to_the_app: &'static str,

    pub(super) master_lead: &'static str,
    pub(super) both_lead: &'static str,
    pub(super) new_here: &'static str,
    /// With the user's name.
    pub(super) continue_as: fn(&str) -> String,
    /// With the other app's title.
    pub(super) signed_in_at: fn(&str) -> String,
    pub(super) or_sign_in: &'static str,
    pub(super) have_account: &'static str,
    pub(super) invitation_needed: &'static str,
    pub(super) stay: &'static str,
    pub(super) invite_heading: &'static str,
    pub(super) invite_lead: &'static str,
    pub(super) invite_known_lead: &'static str,
    pub(super) accept_invite: &'static str,

    pub(super) errors: Errors,
    pub(super) notices: Notices,
    pub(super) account: &'static AccountWords,
}

/// What can be wrong with a form.
pub(super) struct Errors {
    pub(super) check: &'static str,
    pub(super) wrong_credentials: &'static str,
    pub(super) wrong_password: &'static str,
    pub(super) wrong_master_password: &'static str,
    /// With the seconds to wait.
    pub(super) too_many: fn(u64) -> String,
    pub(super) busy: &'static str,
    pub(super) unavailable: &'static str,
    pub(super) missing: &'static str,
    pub(super) invalid: &'static str,
    pub(super) invalid_email: &'static str,
    pub(super) too_short: fn(usize) -> String,
    pub(super) too_long: fn(usize) -> String,
    pub(super) too_common: &'static str,
    /// With the domains, comma-separated.
    pub(super) other_domain: fn(&str) -> String,
    pub(super) unchanged: &'static str,
    pub(super) unconfirmed: &'static str,
    pub(super) last_way_in: &'static str,
    pub(super) last_owner: &'static str,
}

/// Pages that ask for nothing.
pub(super) struct Notices {
    pub(super) account: &'static AccountNotices,
    pub(super) not_invited: Said,
    pub(super) signed_in_as: fn(&str) -> String,
    pub(super) other_account: &'static str,
    pub(super) sign_out: Said,
    pub(super) sign_up_closed: Said,
    pub(super) invite_gone: Said,
    pub(super) link_gone: Said,
    pub(super) waiting: Said,
    pub(super) waiting_watch: &'static str,
    pub(super) stopped: Said,
    pub(super) watching: &'static str,
    pub(super) bad_gateway: Said,
    pub(super) gateway_timeout: Said,
    pub(super) overloaded: Said,
    pub(super) not_signed_in: Said,
    pub(super) not_sent: Said,
    pub(super) not_sent_steps: [&'static str; 2],
    pub(super) cookies: Said,
    pub(super) cookie_causes: [&'static str; 4],
    pub(super) not_found: Said,
    pub(super) wrong_origin: Said,
    pub(super) broken_form: Said,
    /// The console's address while nobody owns the gateway.
    pub(super) console: Said,
    pub(super) no_owner_steps: [&'static str; 3],
    pub(super) oidc: &'static oidc::Oidc,
}

pub(in crate::portal::pages) struct Said {
    pub(super) heading: &'static str,
    pub(super) text: &'static str,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::De => &de::WORDS,
    }
}

/// A wait as people say it: seconds up to a minute and a half, then whole minutes.
fn wait(seconds: u64, second: &str, seconds_word: &str, minutes_word: &str) -> String {
    match seconds {
        0 | 1 => format!("1 {second}"),
        2..=90 => format!("{seconds} {seconds_word}"),
        _ => format!("{} {minutes_word}", seconds.div_ceil(60)),
    }
}
