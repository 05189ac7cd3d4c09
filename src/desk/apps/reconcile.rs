//! The config file's apps: made when absent; where they are and how they are forwarded to follows the file, who may
//! enter does not.

use crate::desk::audit::app_changes;
use crate::desk::{AdminError, Desk};
use crate::domain::audit::{Action, Entry, Place};
use crate::domain::{Guard, Key, Proposal, Record, Slug, Workspace, WorkspaceId};

use super::{AppChange, NewApp, rules};

/// An app as the config file has it.
#[derive(Clone)]
pub struct AppFromConfig {
    pub workspace: Slug,
    /// Its access mode and master password are initial values.
    pub app: NewApp,
}

impl Desk {
    /// Brings the store in line with the file. Stops at the first app that cannot be: the error names it in `apps`'
    /// order by its index.
    pub async fn reconcile_config_apps(&self, apps: Vec<AppFromConfig>) -> Result<(), (usize, AdminError)> {
        let _turn = self.administration.lock().await;
        // An address that another app of the file gives up is free only when that one has moved.
        let mut waiting: Vec<(usize, AppFromConfig)> = apps.into_iter().enumerate().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut clashed = Vec::new();
            for (index, app) in waiting {
                match self.reconcile(&app).await {
                    Ok(()) => {}
                    Err(error @ AdminError::Conflict(_)) => clashed.push((index, app, error)),
                    Err(error) => return Err((index, error)),
                }
            }
            if clashed.len() == before {
                let first = clashed.into_iter().next().map(|(index, _, error)| (index, error));
                return Err(first.unwrap_or((0, AdminError::Unavailable)));
            }
            waiting = clashed.into_iter().map(|(index, app, _)| (index, app)).collect();
        }
        Ok(())
    }

    async fn reconcile(&self, wanted: &AppFromConfig) -> Result<(), AdminError> {
        let workspace = self.workspace_or_new(&wanted.workspace).await?;
        let snapshot = self.directory.snapshot();
        let Some(entry) = snapshot.app_named(workspace, wanted.app.name.as_str()) else {
            let app = self.create_app_in_turn(workspace, wanted.app.clone()).await?;
            tracing::info!(app = %app.name, url = %app.url, "created an app from the config");
            return Ok(());
        };
        let id = entry.app.id;
        let (kept, revision) = crate::desk::read::app(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        // What the file does not say is as it was: the console and the API may have changed it.
        let said = AppChange {
            url: Some(wanted.app.url.clone()),
            upstream: Some(wanted.app.upstream.clone()),
            access: None,
            master_password: None,
            running: None,
            ..wanted.app.rest.clone()
        };
        let mut app = kept.clone();
        rules::merge(&mut app, &said);
        if app == kept {
            return Ok(());
        }
        self.check(&app, app.master.is_some())?;
        let said = app_changes(self.entry_at(Action::AppChange, &kept), &kept, &app);
        let proposal = Proposal::new().expect(Guard::At(Key::App(id), revision)).record(said);
        self.ledger.propose(proposal.put(Record::App(Box::new(app)))).await?;
        tracing::info!(app = %kept.name, "brought an app in line with the config");
        Ok(())
    }

    async fn workspace_or_new(&self, name: &Slug) -> Result<WorkspaceId, AdminError> {
        if let Some(workspace) = self.directory.snapshot().workspace_named(name.as_str()) {
            return Ok(workspace.id);
        }
        let id = WorkspaceId::random();
        let workspace = Workspace { id, name: name.clone(), title: name.to_string(), created_at: self.clock.now() };
        let place = Some(Place::new(id, name));
        let said = Entry { workspace: place, ..self.entry(Action::WorkspaceCreate) };
        let proposal = Proposal::new()
            .create(Record::NamesWorkspace(id, name.clone()))
            .create(Record::Workspace(workspace))
            .record(said);
        self.ledger.propose(proposal).await?;
        Ok(id)
    }
}
