//! Workspaces: each with its own apps and users. The first one is always there.

mod delete;

use std::sync::Arc;

use crate::directory::Snapshot;
use crate::domain::audit::{Action, Entry, Place};
use crate::domain::{
    ApiKey, Guard, Key, KeyScope, Permission, Proposal, Record, Revision, Slug, Workspace, WorkspaceId,
};

use super::{AdminError, Authority, Clash, Desk, Expected, Fixed, Flaw, read};

/// In characters; what fits the switcher.
const TITLE_MOST: usize = 100;

#[derive(Debug, Clone)]
pub struct WorkspaceView {
    pub workspace: Workspace,
    pub revision: Revision,
}

/// What is to be different; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkspaceChange {
    pub name: Option<Slug>,
    pub title: Option<String>,
}

/// What would go with a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceContents {
    /// Titles.
    pub apps: Vec<String>,
    /// Who would lose a role there.
    pub members: usize,
    /// Of the workspace and of its apps.
    pub keys: usize,
}

impl Desk {
    pub fn workspace(&self, id: WorkspaceId) -> Result<WorkspaceView, AdminError> {
        let (workspace, revision) = read::workspace(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        Ok(WorkspaceView { workspace, revision })
    }

    /// The workspace with a name or number, if whoever asks may do that in it.
    pub fn workspace_for(
        &self,
        authority: &Authority,
        name: &str,
        permission: Permission,
    ) -> Result<Arc<Workspace>, AdminError> {
        let snapshot = self.directory.snapshot();
        let by_name = snapshot.workspace_named(name);
        let found = by_name.or_else(|| snapshot.workspaces.get(&name.parse().ok()?));
        let found = found.filter(|workspace| authority.sees(&snapshot, workspace.id));
        let found = found.ok_or_else(|| AdminError::flaw("workspace", "names no workspace that you see"))?;
        let may = authority.may(&snapshot, found.id, permission);
        if may { Ok(Arc::clone(found)) } else { Err(AdminError::needs(permission)) }
    }

    pub async fn create_workspace(
        &self,
        authority: &Authority,
        name: Slug,
        title: Option<String>,
    ) -> Result<WorkspaceView, AdminError> {
        let _turn = self.administration.lock().await;
        self.as_owner(authority)?;
        let title = checked(title.as_deref().unwrap_or(name.as_str()))?;
        let workspace = Workspace { id: WorkspaceId::random(), name, title, created_at: self.clock.now() };
        self.check_name(&workspace.name)?;
        let id = workspace.id;
        let proposal = Proposal::new()
            .create(Record::NamesWorkspace(id, workspace.name.clone()))
            .create(Record::Workspace(workspace.clone()))
            .record(self.at(Action::WorkspaceCreate, &workspace).with("title", &workspace.title));
        self.ledger.propose(proposal).await?;
        self.workspace(id)
    }

    pub async fn change_workspace(
        &self,
        authority: &Authority,
        id: WorkspaceId,
        change: WorkspaceChange,
        expected: &Expected,
    ) -> Result<WorkspaceView, AdminError> {
        let _turn = self.administration.lock().await;
        let snapshot = self.directory.snapshot();
        if !authority.sees(&snapshot, id) {
            return Err(AdminError::NotFound);
        }
        if !authority.may(&snapshot, id, Permission::EditWorkspace) {
            return Err(AdminError::needs(Permission::EditWorkspace));
        }
        let WorkspaceView { workspace: before, revision } = self.workspace(id)?;
        expected.check(revision)?;
        let mut after = before.clone();
        if let Some(title) = &change.title {
            after.title = checked(title)?;
        }
        after.name = change.name.unwrap_or(after.name);
        if after == before {
            return self.workspace(id);
        }
        let said = self.at(Action::WorkspaceChange, &before).changed("name", &before.name, &after.name);
        let said = said.changed("title", &before.title, &after.title);
        let mut proposal = Proposal::new().expect(Guard::At(Key::Workspace(id), revision)).record(said);
        if after.name != before.name {
            if before.is_default() {
                return Err(AdminError::Fixed(Fixed::DefaultWorkspace));
            }
            self.check_name(&after.name)?;
            proposal =
                proposal.remove(Key::WorkspaceName(before.name)).create(Record::NamesWorkspace(id, after.name.clone()));
        }
        self.ledger.propose(proposal.put(Record::Workspace(after))).await?;
        self.workspace(id)
    }

    /// For whoever is about to delete it.
    pub fn workspace_contents(&self, id: WorkspaceId) -> WorkspaceContents {
        let snapshot = self.directory.snapshot();
        let mut apps: Vec<String> = snapshot.apps_in(id).map(|entry| entry.app.title.clone()).collect();
        apps.sort();
        WorkspaceContents {
            apps,
            members: snapshot.staff.members.values().filter(|member| member.role_in(id).is_some()).count(),
            keys: snapshot.staff.keys.values().filter(|key| opens_only(&snapshot, key, id)).count(),
        }
    }

    fn at(&self, action: Action, workspace: &Workspace) -> Entry {
        let place = Some(Place::new(workspace.id, &workspace.name));
        Entry { workspace: place, ..self.entry(action) }
    }

    fn check_name(&self, name: &Slug) -> Result<(), AdminError> {
        match self.directory.snapshot().workspace_named(name.as_str()) {
            Some(_) => Err(AdminError::Conflict(Clash::WorkspaceNamed(name.clone()))),
            None => Ok(()),
        }
    }
}

/// Whether a key is of no use without the workspace.
fn opens_only(snapshot: &Snapshot, key: &ApiKey, workspace: WorkspaceId) -> bool {
    match key.scope {
        KeyScope::Workspace(own) => own == workspace,
        KeyScope::App(app) => snapshot.apps.get(&app).is_some_and(|entry| entry.app.workspace == workspace),
        KeyScope::Personal | KeyScope::Account => false,
    }
}

/// What is wrong with a title, if anything is.
pub fn workspace_title_flaw(title: &str) -> Option<Flaw> {
    let title = title.trim();
    let is_fine = (1..=TITLE_MOST).contains(&title.chars().count()) && !title.chars().any(char::is_control);
    (!is_fine).then(|| Flaw::new("title", format!("use 1 to {TITLE_MOST} characters on one line")))
}

fn checked(title: &str) -> Result<String, AdminError> {
    match workspace_title_flaw(title) {
        Some(flaw) => Err(AdminError::Invalid(vec![flaw])),
        None => Ok(title.trim().to_owned()),
    }
}
