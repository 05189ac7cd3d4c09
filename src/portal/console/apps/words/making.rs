//! What is said on the way to a new app.

use crate::upstreams::Kind;

/// About trying where an app runs.
pub(in super::super) struct Tries {
    pub(in super::super) answers: &'static str,
    /// With the title of its page.
    pub(in super::super) answers_as: fn(&str) -> String,
    /// In milliseconds.
    pub(in super::super) took: fn(u128) -> String,
    pub(in super::super) unreadable: &'static str,
    pub(in super::super) form: &'static str,
    /// What is wrong, and what to look at.
    pub(in super::super) trouble: fn(Kind) -> (&'static str, &'static str),
}

/// Whom a proposed address is for.
pub(in super::super) struct Places {
    pub(in super::super) this_computer: &'static str,
    pub(in super::super) as_you_came: &'static str,
    pub(in super::super) this_network: &'static str,
    pub(in super::super) a_path: &'static str,
}

pub(in super::super) struct Making {
    pub(in super::super) heading: &'static str,
    /// With what the new owner is called.
    pub(in super::super) welcome: fn(&str) -> String,
    pub(in super::super) steps: [&'static str; 3],
    pub(in super::super) where_lead: &'static str,
    pub(in super::super) upstream: &'static str,
    pub(in super::super) upstream_hint: &'static str,
    pub(in super::super) try_it: &'static str,
    pub(in super::super) try_again: &'static str,
    pub(in super::super) anyway: &'static str,
    pub(in super::super) other_upstream: &'static str,
    pub(in super::super) title: &'static str,
    pub(in super::super) name: &'static str,
    pub(in super::super) name_hint: &'static str,
    pub(in super::super) address: &'static str,
    pub(in super::super) own_address: &'static str,
    pub(in super::super) own_address_why: &'static str,
    pub(in super::super) own_url: &'static str,
    pub(in super::super) own_url_hint: &'static str,
    pub(in super::super) access: &'static str,
    pub(in super::super) master_password: &'static str,
    pub(in super::super) master_password_hint: &'static str,
    pub(in super::super) publish: &'static str,
    pub(in super::super) wrong_title: &'static str,
    pub(in super::super) wrong_name: &'static str,
    pub(in super::super) taken_name: &'static str,
    pub(in super::super) wrong_url: &'static str,
    pub(in super::super) taken_url: &'static str,
    pub(in super::super) wrong_master_password: &'static str,
    pub(in super::super) done: &'static str,
    pub(in super::super) done_lead: &'static str,
    pub(in super::super) test_it: &'static str,
    pub(in super::super) to_the_app: &'static str,
    pub(in super::super) invite: &'static str,
    pub(in super::super) next_invite: &'static str,
    pub(in super::super) next_master: &'static str,
    pub(in super::super) next_signup: &'static str,
    pub(in super::super) next_public: &'static str,
}
