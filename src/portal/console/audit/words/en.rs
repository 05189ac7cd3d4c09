//! English.

use crate::domain::audit::{Action, PartyKind};

use super::Words;

pub(super) static WORDS: Words = Words {
    audit: "Audit",
    lead_here: "Who did what in this workspace, when and from where. Nothing can be changed here; each entry is chained to the one before.",
    lead_all: "Who did what in the whole installation, when and from where. Nothing can be changed here; each entry is chained to the one before, and “millgate check” verifies it.",
    when: "When (UTC)",
    who: "Who",
    what: "What",
    app: "App",
    workspace: "Workspace",
    details: "Details",
    number: "No.",
    from: "From",
    to: "To",
    older: "Older",
    newest: "Newest",
    export_csv: "CSV export",
    export_json: "JSON export",
    none: "Nothing yet",
    none_lead: "Sign-ins and every change will be listed here.",
    none_found: "Nothing fits these filters",
    show_all: "Show everything",
    replaced: "changed",
    filter_name,
    party,
    kind,
    action,
    detail: |_| None,
    value: |_, _| None,
    flaw: |_| None,
};

fn filter_name(name: &str) -> &'static str {
    match name {
        "from" => "From",
        "to" => "To",
        "action" => "What",
        "actor" => "Who",
        "app" => "App",
        _ => "Search",
    }
}

fn party(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::Machine => "The gateway",
        PartyKind::Member => "Member",
        PartyKind::Key => "API key",
        PartyKind::ConfigKey => "API key of the configuration",
        PartyKind::User => "User",
        PartyKind::Device => "Device",
        PartyKind::Stranger => "Somebody unknown",
        PartyKind::Session => "Session of",
        PartyKind::Invite => "Invitation of",
        PartyKind::App => "App",
        PartyKind::Workspace => "Workspace",
        PartyKind::Role => "Role",
        PartyKind::Mail => "Mail to",
        PartyKind::Link => "Link",
    }
}

fn kind(kind: &str) -> &'static str {
    match kind {
        "invite" => "All about invitations",
        "access-link" => "Access links",
        "user" => "All about users",
        "session" => "All about sessions",
        "account" => "All about own accounts",
        "app" => "All about apps",
        "workspace" => "All about workspaces",
        "member" => "All about members",
        "role" => "All about roles",
        "key" => "All about keys",
        "mail" => "All about mail",
        "set-up" => "Set-up",
        "authority" => "The gateway’s authority",
        "audit" => "The audit record itself",
        _ => "Other",
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::SignIn => "Signed in",
        Action::SignInFailed => "Sign-in failed",
        Action::SignOut => "Signed out",
        Action::SignUp => "Signed up",
        Action::MasterPassword => "Gave the master password",
        Action::InviteCreate => "Invited somebody",
        Action::InviteRenew => "Renewed an invitation",
        Action::InviteWithdraw => "Withdrew an invitation",
        Action::InviteAccept => "Accepted an invitation",
        Action::AccessLink => "Made an access link",
        Action::UserCreate => "Made a user",
        Action::UserChange => "Changed a user",
        Action::UserApprove => "Approved a user",
        Action::UserDelete => "Deleted a user",
        Action::UserSignOut => "Signed a user out everywhere",
        Action::ResetLink => "Made a link to a new password",
        Action::SessionEnd => "Ended a session",
        Action::PasswordChange => "Changed the own password",
        Action::PasswordReset => "Chose a new password by link",
        Action::AddressChange => "Changed the own address",
        Action::ProfileChange => "Changed the own name",
        Action::AccountDelete => "Deleted the own account",
        Action::AccountSignOut => "Signed out everywhere",
        Action::IdentityLink => "Linked a provider’s account",
        Action::IdentityUnlink => "Unlinked a provider’s account",
        Action::AppCreate => "Made an app",
        Action::AppChange => "Changed an app",
        Action::AppDelete => "Deleted an app",
        Action::AppCopy => "Copied an app",
        Action::AppMove => "Moved an app",
        Action::WorkspaceCreate => "Made a workspace",
        Action::WorkspaceChange => "Changed a workspace",
        Action::WorkspaceDelete => "Deleted a workspace",
        Action::MemberInvite => "Invited a member",
        Action::MemberChange => "Changed a member",
        Action::MemberRemove => "Removed a member",
        Action::RoleAssign => "Assigned a role",
        Action::RoleCreate => "Made a role",
        Action::RoleChange => "Changed a role",
        Action::RoleDelete => "Deleted a role",
        Action::KeyCreate => "Made a key",
        Action::KeyChange => "Changed a key",
        Action::KeyDelete => "Deleted a key",
        Action::MailRetry => "Sent a mail anew",
        Action::MailDelete => "Deleted a mail",
        Action::MailTest => "Sent a test mail",
        Action::SetUpLink => "Made a set-up link",
        Action::SetUp => "Set an owner up",
        Action::AuthorityRenew => "Renewed the gateway’s authority",
        Action::AuditExport => "Exported the audit record",
    }
}
