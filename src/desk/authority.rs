//! How far somebody's rights go. Judged anew by each snapshot: a role that was taken is gone with the next click.

use std::net::IpAddr;
use std::sync::Arc;

use crate::directory::{Directory, Snapshot};
use crate::domain::{
    App, AppId, DeviceId, KeyId, KeyScope, Member, Permission, Permissions, SessionId, Slug, UserId, WorkspaceId,
};
use crate::policy::{Verdict, decide};

use super::Desk;
use super::acting::{Actor, Who};

/// What a key of the configuration opens. Names, because that is what the configuration has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    Account,
    Workspace(Slug),
    App(Slug, Slug),
}

/// Whoever showed a valid session of a member, or a valid key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Authority {
    actor: Actor,
    rights: Rights,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Rights {
    Everything,
    /// As far as their roles go, now.
    Member(UserId),
    Workspace(WorkspaceId),
    App(WorkspaceId, AppId),
    /// The scope names what is not there.
    Nothing,
}

impl Authority {
    /// The gateway itself, and whoever rules its machine.
    pub const MACHINE: Self = Self { actor: Actor::MACHINE, rights: Rights::Everything };

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// A key of the configuration.
    pub fn of_config_key(name: &str, scope: &Scope, snapshot: &Snapshot, ip: IpAddr) -> Self {
        let workspace = |name: &Slug| snapshot.workspace_named(name.as_str()).map(|workspace| workspace.id);
        let rights = match scope {
            Scope::Account => Some(Rights::Everything),
            Scope::Workspace(name) => workspace(name).map(Rights::Workspace),
            Scope::App(of, name) => workspace(of).map(|workspace| {
                let app = snapshot.app_named(workspace, name.as_str());
                // The workspace can be seen, even before the app is there.
                Rights::App(workspace, app.map_or(AppId::CONSOLE, |entry| entry.app.id))
            }),
        };
        let who = Who::ConfigKey { name: Arc::from(name), is_account: *scope == Scope::Account };
        Self { actor: Actor { who, ip: Some(ip) }, rights: rights.unwrap_or(Rights::Nothing) }
    }

    /// The member who acts, also by a personal key.
    pub fn member<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Arc<Member>> {
        match &self.rights {
            Rights::Member(id) => snapshot.staff.members.get(id),
            Rights::Everything | Rights::Workspace(_) | Rights::App(..) | Rights::Nothing => None,
        }
    }

    /// Whether the whole installation is theirs: an owner, or a key that opens everything.
    pub fn is_owner(&self, snapshot: &Snapshot) -> bool {
        self.rights == Rights::Everything || self.member(snapshot).is_some_and(|member| member.owner)
    }

    /// What may be done with every app of a workspace.
    pub fn permissions(&self, snapshot: &Snapshot, workspace: WorkspaceId) -> Permissions {
        match &self.rights {
            Rights::Everything => Permissions::all(),
            Rights::Member(_) => {
                self.member(snapshot).map_or(Permissions::NONE, |member| snapshot.staff.permissions(member, workspace))
            }
            Rights::Workspace(own) if *own == workspace => Permissions::all(),
            Rights::Workspace(_) | Rights::App(..) | Rights::Nothing => Permissions::NONE,
        }
    }

    pub fn may(&self, snapshot: &Snapshot, workspace: WorkspaceId, permission: Permission) -> bool {
        self.permissions(snapshot, workspace).has(permission)
    }

    /// Whether the workspace is there for them at all.
    pub fn sees(&self, snapshot: &Snapshot, workspace: WorkspaceId) -> bool {
        matches!(&self.rights, Rights::App(of, _) if *of == workspace)
            || !self.permissions(snapshot, workspace).is_empty()
    }

    pub fn may_app(&self, snapshot: &Snapshot, app: &App, permission: Permission) -> bool {
        matches!(&self.rights, Rights::App(_, own) if *own == app.id) || self.may(snapshot, app.workspace, permission)
    }

    pub fn sees_app(&self, snapshot: &Snapshot, app: &App) -> bool {
        self.may_app(snapshot, app, Permission::SeeApps)
    }

    /// Whether other apps of the workspace are within reach, too, as far as permissions go.
    pub fn is_for_one_app(&self) -> bool {
        matches!(self.rights, Rights::App(..))
    }
}

impl Desk {
    /// The member whose browser holds the console's session.
    pub fn authority_of_session(&self, session: &SessionId, device: DeviceId, ip: IpAddr) -> Option<Authority> {
        let directory: &Directory = &self.directory;
        let snapshot = directory.snapshot();
        let console = snapshot.console_app.as_ref()?;
        let visitor = directory.visitor(AppId::CONSOLE, Some(session), device);
        let user = visitor.proofs.as_ref()?.user?.user;
        if !matches!(decide(&console.rules, &visitor, self.clock.now()), Verdict::Forward(_)) {
            return None;
        }
        Some(Authority { actor: Actor { who: Who::Member(user), ip: Some(ip) }, rights: Rights::Member(user) })
    }

    /// What a stored key opens; `None` for one that is switched off, past its time, or whose owner has gone.
    pub fn authority_of_key(&self, hash: &[u8; 32], ip: IpAddr) -> Option<(Authority, KeyId)> {
        let snapshot = self.directory.snapshot();
        let key = snapshot.staff.key_with(hash)?;
        let now = self.clock.now();
        if !key.enabled || key.expires_at.is_some_and(|end| end <= now) {
            return None;
        }
        let rights = match key.scope {
            KeyScope::Personal => {
                let owner = self.directory.person(key.owner).filter(|person| !person.suspended)?;
                owner.invited_to(AppId::CONSOLE)?;
                Rights::Member(snapshot.staff.members.get(&key.owner)?.id)
            }
            KeyScope::Account => Rights::Everything,
            KeyScope::Workspace(workspace) => Rights::Workspace(workspace),
            KeyScope::App(app) => Rights::App(snapshot.apps.get(&app)?.app.workspace, app),
        };
        Some((Authority { actor: Actor { who: Who::Key(key.id), ip: Some(ip) }, rights }, key.id))
    }
}
