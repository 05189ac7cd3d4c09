//! Deleting an app with all that hangs on it.

use crate::desk::{AdminError, Desk, Trouble, read};
use crate::domain::audit::Action;
use crate::domain::{App, AppId, Guard, Key, KeyScope, Proposal, Record, UserId};
use crate::store::Group;

impl Desk {
    /// Switches the app off first, which ends every right at once and lets nobody in again; then its sessions,
    /// registrations, the users that only it had, and its invites go in bounded steps; the app itself goes last, so
    /// that a deletion cut short by a power failure is found switched off and can be repeated.
    pub async fn delete_app(&self, id: AppId) -> Result<(), AdminError> {
        let _turn = self.administration.lock().await;
        self.delete_app_in_turn(id).await
    }

    /// For whoever holds the turn already.
    pub(in crate::desk) async fn delete_app_in_turn(&self, id: AppId) -> Result<(), AdminError> {
        let (app, revision) = read::app(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        let stopped = App { running: false, ..app.clone() };
        let said = self.entry_at(Action::AppDelete, &app).with("url", &app.url);
        let stop = Proposal::new().expect(Guard::At(Key::App(id), revision)).record(said);
        self.ledger.propose(stop.put(Record::App(Box::new(stopped)))).await?;
        self.clear_sessions(id).await?;
        self.clear_registrations(id).await?;
        let last = self.without_invitations(id, Proposal::new(), true).await?;
        let last = self.without_keys_of(last, id).remove(Key::AppName(app.workspace, app.name)).remove(Key::App(id));
        self.ledger.propose(last).await?;
        self.clear_figures(id).await?;
        // A device that was being recorded while the app was switched off may have slipped in.
        self.clear_sessions(id).await
    }

    /// A key for one app is of no use without it.
    fn without_keys_of(&self, proposal: Proposal, app: AppId) -> Proposal {
        let snapshot = self.directory.snapshot();
        let keys = snapshot.staff.keys.values().filter(|key| key.scope == KeyScope::App(app));
        keys.fold(proposal, |proposal, key| proposal.remove(Key::ApiKey(key.id)))
    }

    pub(super) async fn clear_sessions(&self, app: AppId) -> Result<(), AdminError> {
        loop {
            let records = self.reading(move |archive| archive.scan(Group::SessionsOf(app), None, read::BATCH)).await?;
            if records.is_empty() {
                return Ok(());
            }
            let removal = records.iter().fold(Proposal::new(), |removal, record| removal.remove(record.key()));
            self.ledger.propose(removal).await?;
        }
    }

    async fn clear_registrations(&self, app: AppId) -> Result<(), AdminError> {
        loop {
            let scan = self.reading(move |archive| archive.scan(Group::RegistrationsOf(app), None, read::BATCH));
            let users: Vec<UserId> = scan.await?.into_iter().filter_map(as_registered).collect();
            if users.is_empty() {
                return Ok(());
            }
            let mut removals = Vec::with_capacity(users.len());
            for user in users {
                removals.push(self.unregistration(app, user)?);
            }
            self.propose_all(app, removals).await?;
        }
    }

    /// Together if nobody interferes; else each on its own, until it is done.
    async fn propose_all(&self, app: AppId, removals: Vec<(UserId, Proposal)>) -> Result<(), AdminError> {
        let together = removals.iter().fold(Proposal::new(), |mut all, (_, one)| {
            all.guards.extend(one.guards.iter().cloned());
            all.changes.extend(one.changes.iter().cloned());
            all
        });
        match self.ledger.propose(together).await.map_err(Trouble::from) {
            Ok(_) => return Ok(()),
            Err(Trouble::Failed(error)) => return Err(AdminError::unavailable(&error)),
            Err(Trouble::Changed) => {}
        }
        for (user, _) in removals {
            self.unregister(app, user).await?;
        }
        Ok(())
    }
}

fn as_registered(record: Record) -> Option<UserId> {
    match record {
        Record::Registration(bond) => Some(bond.user),
        _ => None,
    }
}
