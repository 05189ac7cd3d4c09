//! Everything that can be asked, in one table. What is not in here is neither answered nor described.

use super::endpoint::{Endpoint, delete, get, patch, post, put};
use super::{
    access_links, app_moves, apps, audit, events, figures, health, invites, mail, me, member_invites, members,
    providers, qr_code, roles, sessions, stored_keys, user_changes, users, workspaces,
};

const WORKSPACES: &str = "/api/v1/workspaces";
const WORKSPACE: &str = "/api/v1/workspaces/{workspace}";
const MEMBERS: &str = "/api/v1/members";
const ROLES: &str = "/api/v1/roles";
const KEYS: &str = "/api/v1/keys";
const MAIL: &str = "/api/v1/mail";
const SVG: &[&str] = &["image/svg+xml"];
const EVENTS: &[&str] = &["text/event-stream"];

pub(super) fn all() -> Vec<Endpoint> {
    [
        of_account(),
        of_members(),
        of_roles(),
        of_keys(),
        of_workspaces(),
        of_apps(),
        of_users(),
        of_sessions(),
        of_invites(),
        of_mail(),
        of_live(),
        of_audit(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn app(rest: &str) -> String {
    format!("{WORKSPACE}/apps/{{app}}{rest}")
}

fn below(base: &str, rest: &str) -> String {
    format!("{base}{rest}")
}

fn of_account() -> Vec<Endpoint> {
    vec![
        get("/api/v1/me", "readMe", me::read).says("Who you are and what you may").gives("Me"),
        patch("/api/v1/me", "changeMe", me::change)
            .says("Change your names, theme and language")
            .right("a member")
            .takes("MeChange")
            .gives("Me")
            .guarded(),
        get("/api/v1/apps", "listAllApps", apps::list_all)
            .says("Every app that you see, whatever its workspace")
            .right("see-apps")
            .lists("App"),
        get("/api/v1/providers", "listProviders", providers::list)
            .says("The identity providers of the configuration, and whether they can be reached")
            .right("owner")
            .gives("Providers"),
    ]
}

fn of_members() -> Vec<Endpoint> {
    let invites = |rest: &str| format!("{MEMBERS}/invites{rest}");
    let role = below(MEMBERS, "/{id}/roles/{workspace}");
    vec![
        get(MEMBERS, "listMembers", members::list)
            .says("Members; for who assigns roles, those who have one in the same workspace")
            .right("manage-members")
            .lists("Member"),
        post(MEMBERS, "inviteMember", member_invites::create)
            .says("Invite a member")
            .right("owner")
            .takes("NewMember")
            .makes("MadeMemberInvite"),
        get(below(MEMBERS, "/{id}"), "readMember", members::read)
            .says("One member")
            .right("manage-members")
            .gives("Member"),
        patch(below(MEMBERS, "/{id}"), "changeMember", members::change)
            .says("Make a member an owner, or an owner none; there is always one")
            .right("owner")
            .takes("MemberChange")
            .gives("Member")
            .guarded(),
        delete(below(MEMBERS, "/{id}"), "removeMember", members::remove)
            .says("Remove a member with their sessions and personal keys")
            .right("owner")
            .guarded(),
        put(role.clone(), "assignRole", members::assign)
            .says("Give a member a role in a workspace, in the place of the one that they have there")
            .right("manage-members")
            .takes("RoleChoice")
            .gives("Member")
            .guarded(),
        delete(role, "unassignRole", members::unassign)
            .says("Take a member's role in a workspace")
            .right("manage-members")
            .guarded(),
        get(invites(""), "listMemberInvites", member_invites::list)
            .says("Invitations of members to come")
            .right("owner")
            .query(&["state"])
            .lists("MemberInvite"),
        get(invites("/{id}"), "readMemberInvite", member_invites::read)
            .says("One invitation of a member to come")
            .right("owner")
            .gives("MemberInvite"),
        delete(invites("/{id}"), "withdrawMemberInvite", member_invites::withdraw)
            .says("Withdraw an invitation; its links open nothing any more")
            .right("owner"),
        post(invites("/{id}/renew"), "renewMemberInvite", member_invites::renew)
            .says("A new link and more time; earlier links are void")
            .right("owner")
            .may_take("Renewal")
            .gives("MadeMemberInvite"),
    ]
}

fn of_roles() -> Vec<Endpoint> {
    vec![
        get(ROLES, "listRoles", roles::list).says("Roles").right("manage-members").lists("Role"),
        post(ROLES, "createRole", roles::create).says("Make a role").right("owner").takes("NewRole").makes("Role"),
        get(below(ROLES, "/{id}"), "readRole", roles::read).says("One role").right("manage-members").gives("Role"),
        patch(below(ROLES, "/{id}"), "changeRole", roles::change)
            .says("Change a role, for everybody who has it, at once")
            .right("owner")
            .takes("RoleChange")
            .gives("Role")
            .guarded(),
        delete(below(ROLES, "/{id}"), "deleteRole", roles::delete)
            .says("Delete a role; who has it gets another one")
            .right("owner")
            .query(&["reassign"])
            .guarded(),
    ]
}

fn of_keys() -> Vec<Endpoint> {
    let one = below(KEYS, "/{id}");
    vec![
        get(KEYS, "listKeys", stored_keys::list)
            .says("Your own keys, and those of what you may do everything with")
            .lists("Key"),
        post(KEYS, "createKey", stored_keys::create)
            .says("Make a key; its secret is shown this once")
            .right("every permission within the scope")
            .takes("NewKey")
            .makes("MadeKey"),
        get(one.clone(), "readKey", stored_keys::read).says("One key").gives("Key"),
        patch(one.clone(), "changeKey", stored_keys::change)
            .says("Rename a key, switch it off or on")
            .takes("KeyChange")
            .gives("Key")
            .guarded(),
        delete(one, "deleteKey", stored_keys::delete).says("Delete a key; it opens nothing from now on").guarded(),
    ]
}

fn of_workspaces() -> Vec<Endpoint> {
    vec![
        get(WORKSPACES, "listWorkspaces", workspaces::list).says("The workspaces that you see").lists("Workspace"),
        post(WORKSPACES, "createWorkspace", workspaces::create)
            .says("Make a workspace")
            .right("owner")
            .takes("NewWorkspace")
            .makes("Workspace"),
        get(WORKSPACE, "readWorkspace", workspaces::read).says("One workspace").gives("Workspace"),
        patch(WORKSPACE, "changeWorkspace", workspaces::change)
            .says("Rename a workspace; the default one keeps its name")
            .right("edit-workspace")
            .takes("WorkspaceChange")
            .gives("Workspace")
            .guarded(),
        delete(WORKSPACE, "deleteWorkspace", workspaces::delete)
            .says("Delete a workspace; the default one stays")
            .right("owner")
            .query(&["with_apps"])
            .guarded(),
        post(below(WORKSPACE, "/probe"), "probeAddress", health::probe_address)
            .says("Try an upstream's address, without making an app of it")
            .right("create-apps")
            .takes("ProbeRequest")
            .gives("Probe"),
    ]
}

fn of_apps() -> Vec<Endpoint> {
    vec![
        get(below(WORKSPACE, "/apps"), "listApps", apps::list)
            .says("A workspace's apps")
            .right("see-apps")
            .lists("App"),
        post(below(WORKSPACE, "/apps"), "createApp", apps::create)
            .says("Publish an app")
            .right("create-apps")
            .takes("NewApp")
            .makes("App"),
        get(app(""), "readApp", apps::read).says("One app").right("see-apps").gives("App"),
        patch(app(""), "changeApp", apps::change)
            .says("Change an app, effective at once on every open connection")
            .right("edit-apps, or change-access for who may enter")
            .takes("AppChange")
            .gives("App")
            .guarded(),
        delete(app(""), "deleteApp", apps::delete)
            .says("Delete an app with its users, sessions and invitations")
            .right("delete-apps"),
        post(app("/copy"), "copyApp", app_moves::copy)
            .says("A second app with the settings of this one, and nobody of its people")
            .right("create-apps where it goes")
            .takes("AppCopy")
            .makes("App"),
        post(app("/move"), "moveApp", app_moves::relocate)
            .says("Move an app to another workspace; its people become users there, and all sessions end")
            .right("delete-apps, and create-apps where it goes")
            .takes("AppMove")
            .gives("App"),
        get(app("/qr.svg"), "readQrCode", qr_code::of_app)
            .says("The app's address as a code to scan")
            .right("see-apps")
            .streams(SVG),
        post(app("/probe"), "probeApp", health::probe_app)
            .says("Try the app's upstreams now")
            .right("edit-apps")
            .may_take("Nothing")
            .gives("Probes"),
        post(app("/access-links"), "createAccessLinks", access_links::create)
            .says("A link by which somebody gets in, whatever is known of them; for one, or for many")
            .right("manage-users")
            .takes("AccessLinkRequest")
            .gives("AccessLinks"),
    ]
}

fn of_users() -> Vec<Endpoint> {
    let one = |rest: &str| app(&format!("/users/{{id}}{rest}"));
    vec![
        get(app("/users"), "listUsers", users::list)
            .says("Who is registered with an app")
            .right("see-users")
            .query(&["status"])
            .lists("User"),
        post(app("/users"), "createUser", user_changes::create)
            .says("Register somebody, with or without a link to a first password")
            .right("manage-users")
            .takes("NewUser")
            .makes("CreatedUser"),
        get(one(""), "readUser", users::read).says("One user").right("see-users").gives("User"),
        patch(one(""), "changeUser", user_changes::change)
            .says("Change a user's names, address or suspension")
            .right("manage-users")
            .takes("UserChange")
            .gives("User")
            .guarded(),
        delete(one(""), "deregisterUser", users::deregister)
            .says("End a registration; the user goes with the last one")
            .right("manage-users"),
        post(one("/approve"), "approveUser", user_changes::approve)
            .says("Let in somebody who waits")
            .right("manage-users")
            .gives("User"),
        post(one("/reset-link"), "createResetLink", user_changes::reset_link)
            .says("A link by which the user chooses a new password")
            .right("manage-users")
            .gives("ResetLink"),
        post(one("/sign-out"), "signOutUser", user_changes::sign_out)
            .says("End all sessions of a user")
            .right("manage-users"),
    ]
}

fn of_sessions() -> Vec<Endpoint> {
    vec![
        get(app("/sessions"), "listSessions", sessions::list)
            .says("Sessions: of users, and of devices without one")
            .right("see-users")
            .lists("Session"),
        get(app("/sessions/{id}"), "readSession", sessions::read)
            .says("One session")
            .right("see-users")
            .gives("Session"),
        delete(app("/sessions/{id}"), "endSession", sessions::end)
            .says("End a session and everything that it has open")
            .right("manage-users"),
    ]
}

fn of_invites() -> Vec<Endpoint> {
    let one = |rest: &str| app(&format!("/invites/{{id}}{rest}"));
    vec![
        get(app("/invites"), "listInvites", invites::list)
            .says("An app's invitations, and how their mails fare")
            .right("see-users")
            .query(&["state"])
            .lists("Invite"),
        post(app("/invites"), "createInvites", invites::create)
            .says("Invite people, by pasted addresses or one by one")
            .right("manage-users")
            .takes("InviteRequest")
            .gives("Invited"),
        get(one(""), "readInvite", invites::read).says("One invitation").right("see-users").gives("Invite"),
        delete(one(""), "withdrawInvite", invites::withdraw)
            .says("Withdraw an invitation; its links open nothing any more")
            .right("manage-users"),
        post(one("/renew"), "renewInvite", invites::renew)
            .says("A new link and more time; earlier links are void")
            .right("manage-users")
            .may_take("Renewal")
            .gives("MadeInvite"),
    ]
}

fn of_mail() -> Vec<Endpoint> {
    vec![
        get(MAIL, "listMails", mail::list).says("Mails that wait to be sent").right("owner").lists("Mail"),
        post(below(MAIL, "/test"), "sendTestMail", mail::test)
            .says("Send a test mail and tell what was said with the mail server")
            .right("owner")
            .takes("TestMailRequest")
            .gives("TestMail"),
        delete(below(MAIL, "/{id}"), "deleteMail", mail::delete).says("Delete a mail that waits").right("owner"),
        post(below(MAIL, "/{id}/retry"), "retryMail", mail::retry)
            .says("Try a mail again now")
            .right("owner")
            .gives("Mail"),
    ]
}

fn of_live() -> Vec<Endpoint> {
    vec![
        get(app("/events"), "streamApp", events::of_app)
            .says("What changes about an app's people, sessions and invitations, as it changes: the rows of the lists")
            .right("see-users")
            .streams(EVENTS),
        get(below(WORKSPACE, "/events"), "streamWorkspace", events::of_workspace)
            .says("How a workspace's apps fare, as it changes")
            .right("see-apps")
            .streams(EVENTS),
        get(app("/figures"), "readFigures", figures::read)
            .says("Views, unique devices and users by the day (UTC), and who is there now")
            .right("see-users")
            .query(&["days"])
            .gives("Figures"),
    ]
}

fn of_audit() -> Vec<Endpoint> {
    const FILTERS: &[&str] = &["actor", "action", "app", "from", "to", "format"];
    const EXPORTS: &[&str] = &["text/csv", "application/jsonl"];
    vec![
        get("/api/v1/audit", "listAudit", audit::of_account)
            .says("Who did what, when and from where, the latest first")
            .right("owner")
            .query(FILTERS)
            .lists("AuditEntry")
            .exports(EXPORTS),
        get(below(WORKSPACE, "/audit"), "listWorkspaceAudit", audit::of_workspace)
            .says("Who did what in one workspace, the latest first")
            .right("see-audit")
            .query(FILTERS)
            .lists("AuditEntry")
            .exports(EXPORTS),
    ]
}
