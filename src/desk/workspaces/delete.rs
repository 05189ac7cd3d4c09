//! Deleting a workspace: its apps one after the other, then what was given there, then itself.

use crate::desk::{ATTEMPTS, AdminError, Authority, Desk, Expected, Fixed, InUse, Moving, read};
use crate::domain::audit::Action;
use crate::domain::{AppId, Guard, Key, Proposal, Record, Workspace, WorkspaceId};
use crate::ledger::LedgerError;

use super::{WorkspaceView, opens_only};

impl Desk {
    /// With `with_apps`, apps and their users go, too. Cut short, it can be repeated.
    pub async fn delete_workspace(
        &self,
        authority: &Authority,
        id: WorkspaceId,
        with_apps: bool,
        expected: &Expected,
    ) -> Result<(), AdminError> {
        let _turn = self.administration.lock().await;
        let snapshot = self.directory.snapshot();
        if !authority.sees(&snapshot, id) {
            return Err(AdminError::NotFound);
        }
        self.as_owner(authority)?;
        let WorkspaceView { workspace, revision } = self.workspace(id)?;
        expected.check(revision)?;
        if workspace.is_default() {
            return Err(AdminError::Fixed(Fixed::DefaultWorkspace));
        }
        if snapshot.workspaces.len() <= 1 {
            return Err(AdminError::Fixed(Fixed::LastWorkspace));
        }
        let apps: Vec<AppId> = snapshot.apps_in(id).map(|entry| entry.app.id).collect();
        if !apps.is_empty() && !with_apps {
            return Err(AdminError::InUse(InUse::Apps(self.workspace_contents(id).apps)));
        }
        for app in apps {
            self.delete_app_in_turn(app).await?;
        }
        for _ in 0..ATTEMPTS {
            let said = self.at(Action::WorkspaceDelete, &workspace).with("title", &workspace.title);
            match self.ledger.propose(self.without_workspace(&workspace)?.record(said)).await {
                Ok(_) => return Ok(()),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::MembersOfWorkspace))
    }

    /// The empty workspace, the roles that members have there, and its keys.
    fn without_workspace(&self, workspace: &Workspace) -> Result<Proposal, AdminError> {
        let (id, snapshot) = (workspace.id, self.directory.snapshot());
        let proposal = Proposal::new()
            .expect(Guard::Present(Key::Workspace(id)))
            .remove(Key::WorkspaceName(workspace.name.clone()))
            .remove(Key::Workspace(id));
        let keys = snapshot.staff.keys.values().filter(|key| opens_only(&snapshot, key, id));
        let mut proposal = keys.fold(proposal, |proposal, key| proposal.remove(Key::ApiKey(key.id)));
        for member in snapshot.staff.members.values().filter(|member| member.role_in(id).is_some()) {
            let Some((mut member, revision)) = read::member(&*self.archive, member.id)? else { continue };
            member.roles.retain(|assigned| assigned.workspace != id);
            let guarded = proposal.expect(Guard::At(Key::Member(member.id), revision));
            proposal = guarded.put(Record::Member(Box::new(member)));
        }
        Ok(proposal)
    }
}
