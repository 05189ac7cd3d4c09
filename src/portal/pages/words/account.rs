//! What the pages of a person's own account say, and those that lead back to it.

use super::Said;

pub(in super::super) struct AccountWords {
    pub(in super::super) heading: &'static str,
    pub(in super::super) sign_out_everywhere: &'static str,
    pub(in super::super) to_the_account: &'static str,

    pub(in super::super) profile: &'static str,
    pub(in super::super) save: &'static str,

    pub(in super::super) address: &'static str,
    pub(in super::super) user_name: &'static str,
    pub(in super::super) address_lead: fn(&str) -> String,
    pub(in super::super) address_unproven: fn(&str) -> String,
    /// For somebody who signs in by a name that is no address.
    pub(in super::super) no_address: fn(&str) -> String,
    pub(in super::super) address_by_administrator: fn(&str) -> String,
    pub(in super::super) new_address: &'static str,
    pub(in super::super) new_address_hint: &'static str,
    pub(in super::super) send_link: &'static str,

    pub(in super::super) no_password_yet: &'static str,
    pub(in super::super) present_password: &'static str,
    pub(in super::super) new_password: &'static str,
    pub(in super::super) end_others: &'static str,
    pub(in super::super) change_password: &'static str,
    pub(in super::super) set_password: &'static str,

    pub(in super::super) linked: &'static str,
    pub(in super::super) linked_lead: &'static str,
    pub(in super::super) unlink: &'static str,
    pub(in super::super) only_way_in: &'static str,
    /// With the provider's title.
    pub(in super::super) link: fn(&str) -> String,

    pub(in super::super) devices: &'static str,
    pub(in super::super) devices_lead: &'static str,
    pub(in super::super) this_one: &'static str,
    pub(in super::super) end: &'static str,
    pub(in super::super) everywhere_hint: &'static str,
    pub(in super::super) unknown_browser: &'static str,
    /// Browser and system.
    pub(in super::super) on: fn(&str, &str) -> String,
    pub(in super::super) more_devices: fn(usize) -> String,

    pub(in super::super) delete: &'static str,
    pub(in super::super) delete_lead: &'static str,
    pub(in super::super) confirm_delete: &'static str,

    pub(in super::super) done: Done,
    pub(in super::super) ago: Ago,
    pub(in super::super) strength: Strength,

    pub(in super::super) forgot: &'static str,
    pub(in super::super) reset_heading: &'static str,
    pub(in super::super) reset_lead: &'static str,
    pub(in super::super) choose_heading: &'static str,
    pub(in super::super) choose_lead: &'static str,
    pub(in super::super) choose: &'static str,

    pub(in super::super) confirm_heading: &'static str,
    /// With the address.
    pub(in super::super) confirm_lead: fn(&str) -> String,
    pub(in super::super) confirm: &'static str,
}

/// What was just done.
pub(in super::super) struct Done {
    pub(in super::super) name: &'static str,
    pub(in super::super) email: &'static str,
    pub(in super::super) address: &'static str,
    pub(in super::super) password: &'static str,
    pub(in super::super) linked: &'static str,
    pub(in super::super) unlinked: &'static str,
    pub(in super::super) ended: &'static str,
}

/// How long ago something was, in words.
pub(in super::super) struct Ago {
    pub(in super::super) now: &'static str,
    pub(in super::super) minutes: fn(u64) -> String,
    pub(in super::super) hours: fn(u64) -> String,
    pub(in super::super) days: fn(u64) -> String,
}

/// How good a new password is.
pub(in super::super) struct Strength {
    pub(in super::super) weak: &'static str,
    pub(in super::super) fair: &'static str,
    pub(in super::super) good: &'static str,
}

/// Pages of the account that ask for nothing.
pub(in super::super) struct AccountNotices {
    pub(in super::super) deleted: Said,
    pub(in super::super) reset_without_mail: Said,
    pub(in super::super) reset_sent: Said,
    pub(in super::super) reset_outside: Said,
    pub(in super::super) confirmed: Said,
}
