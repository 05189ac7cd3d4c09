//! All apps at one moment, ready for routing and deciding.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{
    ApiKey, App, AppId, AppUrl, KeyId, Member, Role, RoleId, Slug, UserId, Workspace, WorkspaceId, cookie,
};
use crate::policy::{Routes, Rules};

use super::staff::Staff;

#[derive(Debug)]
pub struct Snapshot {
    /// Grows with every change, so that what was derived from an older one can be told.
    pub version: u64,
    pub apps: HashMap<AppId, Arc<AppEntry>>,
    pub workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
    pub routes: Routes,
    /// The console's own address.
    pub console: Option<AppUrl>,
    /// The console as the app that it is, in no list of apps.
    pub console_app: Option<Arc<AppEntry>>,
    pub staff: Staff,
}

/// An app with what is compiled from it.
#[derive(Debug)]
pub struct AppEntry {
    pub app: App,
    pub rules: Rules,
    /// The workspace's name, as the app is told.
    pub workspace: Slug,
    /// The session cookie's name without and with TLS.
    pub plain_cookie: String,
    pub secure_cookie: String,
    /// The snapshot in which this entry first stood.
    pub version: u64,
}

impl Snapshot {
    pub(super) fn empty(console: Option<AppUrl>) -> Self {
        let routes = Routes::new(console.as_ref(), std::iter::empty());
        Self {
            version: 0,
            apps: HashMap::new(),
            workspaces: HashMap::new(),
            routes,
            console,
            console_app: None,
            staff: Staff::default(),
        }
    }

    pub fn app(&self, id: AppId) -> Option<&Arc<AppEntry>> {
        if id == AppId::CONSOLE { self.console_app.as_ref() } else { self.apps.get(&id) }
    }

    /// The apps whose users are those of a realm: a workspace's, or of the account the console alone.
    pub fn apps_in(&self, realm: WorkspaceId) -> impl Iterator<Item = &Arc<AppEntry>> {
        self.apps.values().chain(&self.console_app).filter(move |entry| entry.app.workspace == realm)
    }

    pub fn app_named(&self, workspace: WorkspaceId, name: &str) -> Option<&Arc<AppEntry>> {
        self.apps.values().find(|entry| entry.app.workspace == workspace && entry.app.name.as_str() == name)
    }

    pub fn workspace_named(&self, name: &str) -> Option<&Arc<Workspace>> {
        self.workspaces.values().find(|workspace| workspace.name.as_str() == name)
    }
}

/// The next snapshot in the making.
pub(super) struct Draft {
    version: u64,
    apps: HashMap<AppId, Arc<AppEntry>>,
    workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
    console: Option<AppUrl>,
    console_app: Option<Arc<AppEntry>>,
    staff: Staff,
}

impl Draft {
    pub(super) fn of(current: &Snapshot) -> Self {
        Self {
            version: current.version + 1,
            apps: current.apps.clone(),
            workspaces: current.workspaces.clone(),
            console: current.console.clone(),
            console_app: current.console_app.clone(),
            staff: current.staff.clone(),
        }
    }

    pub(super) fn put_workspace(&mut self, workspace: &Workspace) {
        self.workspaces.insert(workspace.id, Arc::new(workspace.clone()));
        let renamed: Vec<App> =
            self.apps.values().filter(|e| e.app.workspace == workspace.id).map(|e| e.app.clone()).collect();
        for app in renamed {
            self.put_app(&app);
        }
    }

    pub(super) fn remove_workspace(&mut self, id: WorkspaceId) {
        self.workspaces.remove(&id);
    }

    /// An app whose workspace is not known yet is named after its id until the workspace comes.
    pub(super) fn put_app(&mut self, app: &App) {
        let workspace = self.workspaces.get(&app.workspace).map(|w| w.name.clone());
        let unnamed = || if app.id == AppId::CONSOLE { "account".to_owned() } else { app.workspace.to_string() };
        let Some(workspace) = workspace.or_else(|| unnamed().parse().ok()) else { return };
        let entry = AppEntry {
            app: app.clone(),
            rules: Rules::from(app),
            workspace,
            plain_cookie: cookie::name(app.id, false),
            secure_cookie: cookie::name(app.id, true),
            version: self.version,
        };
        if app.id == AppId::CONSOLE {
            self.console_app = Some(Arc::new(entry));
        } else {
            self.apps.insert(app.id, Arc::new(entry));
        }
    }

    pub(super) fn remove_app(&mut self, id: AppId) {
        self.apps.remove(&id);
    }

    pub(super) fn finish(self) -> Snapshot {
        let routes = Routes::new(self.console.as_ref(), self.apps.values().map(|entry| &entry.app));
        Snapshot {
            version: self.version,
            apps: self.apps,
            workspaces: self.workspaces,
            routes,
            console: self.console,
            console_app: self.console_app,
            staff: self.staff,
        }
    }

    pub(super) fn put_member(&mut self, member: &Member) {
        self.staff.members.insert(member.id, Arc::new(member.clone()));
    }

    pub(super) fn remove_member(&mut self, id: UserId) {
        self.staff.members.remove(&id);
    }

    pub(super) fn put_role(&mut self, role: &Role) {
        self.staff.roles.insert(role.id, Arc::new(role.clone()));
    }

    pub(super) fn remove_role(&mut self, id: RoleId) {
        self.staff.roles.remove(&id);
    }

    pub(super) fn put_key(&mut self, key: &ApiKey) {
        self.staff.put_key(key);
    }

    pub(super) fn remove_key(&mut self, id: KeyId) {
        self.staff.remove_key(id);
    }

    pub(super) fn set_console(&mut self, console: Option<AppUrl>) {
        self.console = console;
    }
}
