//! A change to an app, effective on the next request and on every open stream when it is answered.

use crate::desk::audit::app_changes;
use crate::desk::invitations::{as_invitation, closed, forgotten};
use crate::desk::{AdminError, Desk, Expected, read};
use crate::domain::audit::Action;
use crate::domain::{App, AppId, Guard, InvitationState, Key, Proposal, Record, Revision};
use crate::store::{Archive, Group};

use super::{AppChange, rules};

impl Desk {
    pub fn app_as_written(&self, id: AppId) -> Result<(App, Revision), AdminError> {
        read::app(&*self.archive, id)?.ok_or(AdminError::NotFound)
    }

    pub async fn change_app(&self, id: AppId, change: AppChange) -> Result<App, AdminError> {
        self.change_app_as_expected(id, change, &Expected::Anything).await
    }

    /// The same, if it still is as whoever changes it has read it.
    pub async fn change_app_as_expected(
        &self,
        id: AppId,
        change: AppChange,
        expected: &Expected,
    ) -> Result<App, AdminError> {
        let _turn = self.administration.lock().await;
        let (before, revision) = read::app(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        expected.check(revision)?;
        let mut app = before.clone();
        rules::merge(&mut app, &change);
        self.check(&app, app.master.is_some() || change.master_password.is_some())?;
        if let Some(typed) = &change.master_password {
            app.master = Some(self.new_master(&app, typed).await?);
        }
        if app == before {
            return Ok(app);
        }
        let said = app_changes(self.entry_at(Action::AppChange, &before), &before, &app);
        let mut proposal = Proposal::new().expect(Guard::At(Key::App(id), revision)).record(said);
        if app.name != before.name {
            proposal = proposal.remove(Key::AppName(app.workspace, before.name.clone())).create(Record::NamesApp(
                app.workspace,
                app.name.clone(),
                id,
            ));
        }
        if app.access != before.access {
            // An invite is an offer under the mode that it was made in.
            proposal = self.without_invitations(id, proposal, false).await?;
        }
        self.ledger.propose(proposal.put(Record::App(Box::new(app.clone())))).await?;
        Ok(app)
    }

    /// Withdraws an app's pending invitations, or forgets all: all but the last few at once, those with `proposal`.
    /// Nobody makes new ones meanwhile, because the turn is ours.
    pub(super) async fn without_invitations(
        &self,
        app: AppId,
        mut proposal: Proposal,
        forget: bool,
    ) -> Result<Proposal, AdminError> {
        let mut after = None;
        loop {
            let behind: Option<Key> = after.take();
            let scan =
                move |archive: &dyn Archive| archive.scan(Group::InvitationsOf(app), behind.as_ref(), read::BATCH);
            let records = self.reading(scan).await?;
            let is_last = records.len() < read::BATCH;
            after = records.last().map(Record::key);
            let start = if is_last { std::mem::take(&mut proposal) } else { Proposal::new() };
            let now = self.clock.now();
            let step = records.into_iter().filter_map(as_invitation).fold(start, |step, invitation| {
                if forget {
                    forgotten(step, &invitation)
                } else if invitation.state == InvitationState::Pending {
                    closed(step, invitation, InvitationState::Withdrawn { at: now })
                } else {
                    step
                }
            });
            if is_last {
                return Ok(step);
            }
            self.ledger.propose(step).await?;
        }
    }
}
