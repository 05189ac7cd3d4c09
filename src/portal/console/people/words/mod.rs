//! What the pages of members and roles say.

mod de;
mod en;

use crate::domain::Language;

pub(super) struct People {
    pub(super) members: &'static str,
    pub(super) members_lead: &'static str,
    pub(super) members_here_lead: &'static str,
    pub(super) invite: &'static str,
    pub(super) invite_lead: &'static str,
    pub(super) send: &'static str,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
    pub(super) owner: &'static str,
    pub(super) owner_why: &'static str,
    pub(super) you: &'static str,
    pub(super) role: &'static str,
    pub(super) no_role: &'static str,
    pub(super) roles_in: &'static str,
    pub(super) no_roles_yet: &'static str,
    pub(super) since: &'static str,
    pub(super) last_seen: &'static str,
    pub(super) never: &'static str,
    pub(super) invited: &'static str,
    pub(super) expires: &'static str,
    pub(super) expired: &'static str,
    pub(super) renew: &'static str,
    pub(super) withdraw: &'static str,
    pub(super) by_mail: &'static str,
    pub(super) no_mail_server: &'static str,
    pub(super) link: &'static str,
    pub(super) link_lead: fn(&str) -> String,
    pub(super) link_mailed: &'static str,
    pub(super) is_member_now: fn(&str) -> String,
    pub(super) remove: &'static str,
    pub(super) remove_heading: fn(&str) -> String,
    pub(super) remove_lead: &'static str,
    pub(super) remove_points: [&'static str; 3],
    pub(super) remove_promises: &'static str,
    /// Of the keys, by their names.
    pub(super) remove_keys: fn(&str) -> String,
    pub(super) remove_last_owner: &'static str,
    pub(super) withdraw_heading: fn(&str) -> String,
    pub(super) withdraw_lead: &'static str,
    pub(super) add: &'static str,
    pub(super) add_lead: &'static str,
    pub(super) member: &'static str,
    pub(super) nobody_here: &'static str,
    pub(super) nobody_here_lead: &'static str,
    pub(super) everything: &'static str,
    pub(super) bad_email: &'static str,
    pub(super) done: fn(&str) -> Option<&'static str>,

    pub(super) roles: &'static str,
    pub(super) roles_lead: &'static str,
    pub(super) new_role: &'static str,
    pub(super) role_name: &'static str,
    pub(super) bad_role_name: &'static str,
    pub(super) permissions: &'static str,
    pub(super) permission_why: fn(crate::domain::Permission) -> &'static str,
    pub(super) held_by: &'static str,
    pub(super) count: fn(usize) -> String,
    pub(super) fixed_role: &'static str,
    pub(super) delete_role: &'static str,
    pub(super) delete_role_heading: fn(&str) -> String,
    pub(super) delete_role_lead: fn(usize) -> String,
    pub(super) instead: &'static str,
    pub(super) choose: &'static str,
}

pub(super) fn words(language: Language) -> &'static People {
    match language {
        Language::En => &en::PEOPLE,
        Language::De => &de::PEOPLE,
    }
}
