//! Signing a user out everywhere.

use crate::desk::{AdminError, Desk};
use crate::domain::audit::Action;
use crate::domain::{AppId, Proposal, Record, User, UserId};
use crate::ledger::LedgerError;

use super::Reach;

impl Desk {
    /// Ends all sessions of a user on all apps, and voids the links that were made for them. Answered when every stream
    /// is cut.
    pub async fn sign_out_everywhere(&self, app: AppId, user: UserId, reach: Reach) -> Result<(), AdminError> {
        self.settle(|| {
            let (known, proposal) = self.in_reach(app, user, reach)?;
            let said = self.entry_on_user(Action::UserSignOut, app, &known.user);
            Ok(((), proposal.put(Record::User(Box::new(raised(known.user)))).record(said)))
        })
        .await?;
        self.forget_ended(user).await
    }

    /// Removes the records of sessions that an epoch has ended, one app at a time. They prove nothing any more: this
    /// only keeps them from being shown until the sweep comes by.
    pub(in crate::desk) async fn forget_ended(&self, user: UserId) -> Result<(), AdminError> {
        let Some(person) = self.directory.person(user) else { return Ok(()) };
        let snapshot = self.directory.snapshot();
        let apps = snapshot.apps.keys().copied().chain([AppId::CONSOLE]);
        for app in apps.filter(|app| person.invited_to(*app).is_some()) {
            let sessions = self.user_sessions(app, user)?;
            let ended = sessions.iter().filter(|session| session.user.is_some_and(|proof| proof.epoch < person.epoch));
            let removal = ended.fold(Proposal::new(), |removal, session| removal.remove(session.key()));
            if removal.changes.is_empty() {
                continue;
            }
            match self.ledger.propose(removal).await {
                Ok(_) | Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// All sessions and tickets of the user are void.
pub(in crate::desk) fn raised(user: User) -> User {
    User { epoch: user.epoch.saturating_add(1), ..user }
}
