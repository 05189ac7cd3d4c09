//! English.

use super::{Nav, Permission, Shell, Stops};

pub(super) static SHELL: Shell = Shell {
    code: "en",
    skip: "Skip to the content",
    places: "Places",
    switch_workspace: "Switch workspace",
    choose_workspace: "Workspaces",
    installation: "Installation",
    nav: |nav| match nav {
        Nav::Apps => "Apps",
        Nav::Members | Nav::AllMembers => "Members",
        Nav::Audit | Nav::AccountAudit => "Audit",
        Nav::Settings => "Settings",
        Nav::Workspaces => "Workspaces",
        Nav::Roles => "Roles",
        Nav::Keys => "API keys",
        Nav::Mail => "Mail",
    },
    own_menu: "Your menu",
    given_name: "Given name",
    family_name: "Family name",
    profile: "Your profile",
    own_keys: "Your API keys",
    password_and_devices: "Password and devices",
    language: "Language",
    theme: "Appearance",
    theme_light: "Light",
    theme_dark: "Dark",
    theme_auto: "Auto",
    sign_out: "Sign out",

    optional: "optional",
    show_password: "Show",
    cancel: "Cancel",
    save: "Save",
    delete: "Delete",
    copy: "Copy",
    copied: "Copied",
    search: "Search",
    filter: "Show",
    all: "All",
    previous: "Previous",
    next: "Next",
    pages: "Pages",
    range: |first, last, total| format!("{first}–{last} of {total}"),

    check: "Please check what you entered.",
    missing: "Please fill in this field.",
    permission: |permission| match permission {
        Permission::SeeApps => "See apps",
        Permission::CreateApps => "Create apps",
        Permission::EditApps => "Edit apps",
        Permission::ChangeAccess => "Change access",
        Permission::DeleteApps => "Delete and move apps",
        Permission::SeeUsers => "See users",
        Permission::ManageUsers => "Manage users",
        Permission::SeeAudit => "See the audit record",
        Permission::ManageMembers => "Manage members",
        Permission::EditWorkspace => "Edit the workspace",
    },
    done: |name| {
        Some(match name {
            "saved" => "Saved.",
            "created" => "Created.",
            "deleted" => "Deleted.",
            "sent" => "Sent.",
            _ => return None,
        })
    },
    stops: Stops {
        not_found: ("There is nothing here", "It has been deleted or moved, or it is not yours to see."),
        not_allowed: "This is not yours to do",
        not_allowed_why: |name| {
            format!("Your role does not permit “{name}” here. Whoever manages members can change that.")
        },
        no_workspace: (
            "You are in, but have no workspace yet",
            "Nobody has given you a role in a workspace. Ask an owner of this installation for one.",
        ),
        broken_form: ("The form could not be read", "Nothing was changed. Go back, and send it again."),
        conflict: "That does not go together",
        busy: ("Just a moment", "Many passwords are being checked. Please try again in a moment."),
        unavailable: (
            "That cannot be saved right now",
            "Nothing was changed. Please try again in a moment; the gateway's log says what is wrong.",
        ),
        to_the_start: "To the start",
    },
};
