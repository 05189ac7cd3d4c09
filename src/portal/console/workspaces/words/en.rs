//! English.

use super::Words;

pub(super) static WORDS: Words = Words {
    workspaces: "Workspaces",
    lead: "A workspace keeps its apps, users and invitations to itself: nothing of them shows in another one.",
    new: "New workspace",
    title: "Title",
    name: "Name in addresses",
    name_hint: "Lower-case letters, digits and hyphens. Programs find the workspace by it.",
    name_fixed: "The default workspace keeps its name, and cannot be deleted.",
    bad_name: "Use 1 to 40 lower-case letters, digits and hyphens, like line-4.",
    bad_title: "Use at most 100 characters.",
    apps: "Apps",
    members: "Members with a role",
    settings: "Settings",
    delete: "Delete the workspace",
    delete_heading: |title| format!("Delete the workspace “{title}”?"),
    delete_lead: "This goes with it, at once, and cannot be brought back:",
    app_goes: |title| format!("the app “{title}” with its users, sessions and invitations"),
    members_lose: |count| match count {
        1 => "the role of 1 member here".to_owned(),
        _ => format!("the roles of {count} members here"),
    },
    keys_go: |count| match count {
        1 => "1 API key".to_owned(),
        _ => format!("{count} API keys"),
    },
    is_empty: "nothing but the workspace itself: it is empty",
};
