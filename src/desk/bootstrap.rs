//! The first start: the installation's own keys, and the workspace that is always there.

use crate::domain::{Clock, Key, Proposal, Record, Secrets, Workspace, WorkspaceId, secret};
use crate::ledger::{Ledger, LedgerError};
use crate::store::Archive;

use super::AdminError;

const DEFAULT_NAME: &str = "default";
const DEFAULT_TITLE: &str = "Default Workspace";

/// What every start needs, made at the first one. Runs before there is a desk: its passwords need the pepper.
pub async fn bootstrap(ledger: &Ledger, archive: &dyn Archive, clock: &Clock) -> Result<Secrets, AdminError> {
    if let Some(secrets) = kept(archive)? {
        return Ok(secrets);
    }
    let secrets = Secrets { pepper: secret::random(), signing_seeds: vec![secret::random().into()] };
    let name = DEFAULT_NAME.parse().map_err(|error| AdminError::flaw("name", error))?;
    let id = WorkspaceId::random();
    let workspace = Workspace { id, name, title: DEFAULT_TITLE.to_owned(), created_at: clock.now() };
    let proposal = Proposal::new()
        .create(Record::Secrets(Box::new(secrets)))
        .create(Record::NamesWorkspace(id, workspace.name.clone()))
        .create(Record::Workspace(workspace));
    match ledger.propose(proposal).await {
        Ok(_) | Err(LedgerError::Conflict) => kept(archive)?.ok_or(AdminError::Unavailable),
        Err(error) => Err(error.into()),
    }
}

fn kept(archive: &dyn Archive) -> Result<Option<Secrets>, AdminError> {
    Ok(archive.get(&Key::Secrets)?.and_then(|(record, _)| match record {
        Record::Secrets(secrets) => Some(*secrets),
        _ => None,
    }))
}
