//! What is said about members, roles, keys and workspaces.

use crate::desk::Desk;
use crate::domain::audit::{Action, Entry, Party, PartyKind, Place};
use crate::domain::{ApiKey, KeyScope, Permission, Permissions, Role, RoleId, UserId, Workspace, WorkspaceId};

impl Desk {
    /// The workspace as it is told of, which may not be there yet, or any more.
    pub(in crate::desk) fn entry_on_workspace(&self, action: Action, workspace: &Workspace) -> Entry {
        Entry { workspace: Some(Place::new(workspace.id, &workspace.name)), ..self.entry(action) }
    }

    pub(in crate::desk) fn entry_on_member(&self, action: Action, id: UserId) -> Entry {
        self.entry(action).on(Party::new(PartyKind::Member, id, self.username_of(id)))
    }

    /// A member's role in a workspace, by the names that roles have now.
    pub(in crate::desk) fn entry_on_assignment(
        &self,
        id: UserId,
        workspace: WorkspaceId,
        (before, after): (Option<RoleId>, Option<RoleId>),
    ) -> Entry {
        let snapshot = self.directory.snapshot();
        let name = |role: Option<RoleId>| {
            let role = role.and_then(|role| snapshot.staff.roles.get(&role));
            role.map_or_else(String::new, |role| role.name.clone())
        };
        let entry = self.in_workspace(self.entry_on_member(Action::RoleAssign, id), workspace);
        entry.changed("role", name(before), name(after))
    }

    pub(in crate::desk) fn entry_on_role(&self, action: Action, role: &Role) -> Entry {
        self.entry(action).on(Party::new(PartyKind::Role, role.id, &role.name))
    }

    /// One that opens a workspace, or an app there, is that workspace's business, too.
    pub(in crate::desk) fn entry_on_key(&self, action: Action, key: &ApiKey) -> Entry {
        let entry = self.entry(action).on(Party::new(PartyKind::Key, key.id, &key.name));
        match key.scope {
            KeyScope::Personal | KeyScope::Account => entry,
            KeyScope::Workspace(workspace) => self.in_workspace(entry, workspace),
            KeyScope::App(app) => match self.app(app) {
                Some(known) => self.at_app(entry, &known.app),
                None => entry,
            },
        }
    }
}

pub(in crate::desk) fn scope_word(scope: KeyScope) -> &'static str {
    match scope {
        KeyScope::Personal => "me",
        KeyScope::Account => "account",
        KeyScope::Workspace(_) => "workspace",
        KeyScope::App(_) => "app",
    }
}

pub(in crate::desk) fn permission_words(permissions: Permissions) -> String {
    permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ")
}
