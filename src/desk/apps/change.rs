//! A change to an app, effective on the next request and on every open stream when it is answered.

use crate::desk::{AdminError, Desk, read};
use crate::domain::{App, AppId, Email, Guard, InviteId, Key, Proposal, Record};
use crate::store::Group;

use super::{AppChange, rules};

impl Desk {
    pub async fn change_app(&self, id: AppId, change: AppChange) -> Result<App, AdminError> {
        let _turn = self.administration.lock().await;
        let (before, revision) = read::app(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        let mut app = before.clone();
        rules::merge(&mut app, &change);
        self.check(&app, app.master.is_some() || change.master_password.is_some())?;
        if let Some(typed) = &change.master_password {
            app.master = Some(self.new_master(&app, typed).await?);
        }
        if app == before {
            return Ok(app);
        }
        let mut proposal = Proposal::new().expect(Guard::At(Key::App(id), revision));
        if app.name != before.name {
            proposal = proposal.remove(Key::AppName(app.workspace, before.name.clone())).create(Record::NamesApp(
                app.workspace,
                app.name.clone(),
                id,
            ));
        }
        if app.access != before.access {
            // An invite is an offer under the mode that it was made in.
            proposal = self.without_invites(id, proposal).await?;
        }
        self.ledger.propose(proposal.put(Record::App(Box::new(app.clone())))).await?;
        Ok(app)
    }

    /// Removes an app's invites: all but the last few at once, those with `proposal`. Nobody makes new ones meanwhile,
    /// because the turn is ours.
    pub(super) async fn without_invites(&self, app: AppId, mut proposal: Proposal) -> Result<Proposal, AdminError> {
        loop {
            let invites = self.invites(app, read::BATCH).await?;
            let is_last = invites.len() < read::BATCH;
            let removal = if is_last { std::mem::take(&mut proposal) } else { Proposal::new() };
            let removal = invites.into_iter().fold(removal, |removal, (email, id)| {
                removal.remove(Key::InviteFor(app, email)).remove(Key::Invite(id))
            });
            if is_last {
                return Ok(removal);
            }
            self.ledger.propose(removal).await?;
        }
    }

    async fn invites(&self, app: AppId, most: usize) -> Result<Vec<(Email, InviteId)>, AdminError> {
        let records = self.reading(move |archive| archive.scan(Group::InvitesFor(app), None, most)).await?;
        let invite = |record| match record {
            Record::NamesInvite(_, email, id) => Some((email, id)),
            _ => None,
        };
        Ok(records.into_iter().filter_map(invite).collect())
    }
}
