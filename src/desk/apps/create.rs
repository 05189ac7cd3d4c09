//! A new app.

use crate::desk::{AdminError, Clash, Desk};
use crate::domain::audit::{Action, Entry};
use crate::domain::{App, Guard, Key, Proposal, Record, WorkspaceId};
use crate::ledger::LedgerError;

use super::{NewApp, rules};

impl Desk {
    pub async fn create_app(&self, workspace: WorkspaceId, new: NewApp) -> Result<App, AdminError> {
        let _turn = self.administration.lock().await;
        self.create_app_in_turn(workspace, new).await
    }

    /// For whoever holds the turn already.
    pub(super) async fn create_app_in_turn(&self, workspace: WorkspaceId, new: NewApp) -> Result<App, AdminError> {
        let app = rules::made(workspace, &new, self.clock.now());
        let said = self.made(Action::AppCreate, &app);
        self.add_app(app, new.rest.master_password.as_deref(), said).await
    }

    /// An app as it is to be, but for its master password.
    pub(super) async fn add_app(
        &self,
        mut app: App,
        master_password: Option<&str>,
        said: Entry,
    ) -> Result<App, AdminError> {
        let snapshot = self.directory.snapshot();
        let workspace = app.workspace;
        if !snapshot.workspaces.contains_key(&workspace) {
            return Err(AdminError::NotFound);
        }
        self.check(&app, master_password.is_some())?;
        if let Some(typed) = master_password {
            app.master = Some(self.new_master(&app, typed).await?);
        }
        let proposal = Proposal::new()
            .expect(Guard::Present(Key::Workspace(workspace)))
            .create(Record::NamesApp(workspace, app.name.clone(), app.id))
            .create(Record::App(Box::new(app.clone())))
            .record(said);
        match self.ledger.propose(proposal).await {
            Ok(_) => Ok(app),
            // Another one was faster.
            Err(LedgerError::Conflict) => Err(AdminError::Conflict(Clash::AppNamed(app.name))),
            Err(error) => Err(error.into()),
        }
    }
}
