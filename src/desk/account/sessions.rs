//! A person's sessions: ending one of them, or all.

use crate::desk::entry::unavailable;
use crate::desk::users::raised;
use crate::desk::{Desk, EnterError};
use crate::domain::audit::{Action, Entry};
use crate::domain::{Guard, Key, Proposal, Record, Session, SessionId, User};
use crate::ledger::LedgerError;
use crate::store::StoreError;

use super::{Me, failed};

impl Desk {
    /// Ends a session of mine, on whatever app. What is not mine is not told from what is not there.
    pub async fn end_my_session(&self, me: &Me, session: SessionId) -> Result<(), EnterError> {
        let Some(live) = self.directory.session(&session) else { return Ok(()) };
        if live.user.is_none_or(|proof| proof.user != me.user) {
            return Ok(());
        }
        let key = Key::Session(live.app, Some(me.user), session);
        let said = self.entry_on_session(live.app, session);
        let said = Entry { actor: self.holder_of(live.app, Some(me.user), live.device), ..said };
        let ending = Proposal::new().expect(Guard::Present(key.clone())).remove(key).record(said);
        match self.ledger.propose(ending).await {
            Ok(_) | Err(LedgerError::Conflict) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Ends all my sessions on all apps, this one included, and voids the links that were made for me.
    pub async fn sign_me_out_everywhere(&self, me: &Me) -> Result<(), EnterError> {
        self.change_myself(me, |known, proposal| {
            let proposal = self.without_sessions(proposal, &known.user, None).map_err(failed)?;
            let said = self.entry_of(Action::AccountSignOut, me.app, &known.user);
            Ok(((), proposal.put(Record::User(Box::new(raised(known.user)))).record(said)))
        })
        .await
    }

    /// The epoch ends the sessions; their records go with them so that nobody takes them for something.
    pub(super) fn without_sessions(
        &self,
        proposal: Proposal,
        user: &User,
        but: Option<SessionId>,
    ) -> Result<Proposal, StoreError> {
        let sessions = self.sessions_everywhere(user)?;
        let ended = sessions.iter().filter(|session| Some(session.id) != but);
        Ok(ended.fold(proposal, |proposal, session| proposal.remove(session.key())))
    }

    pub(super) fn sessions_everywhere(&self, user: &User) -> Result<Vec<Session>, StoreError> {
        let mut all = Vec::new();
        for app in self.apps_of(user) {
            all.extend(self.user_sessions(app, user.id)?);
        }
        Ok(all)
    }
}
