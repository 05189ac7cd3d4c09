//! Signing out: the session ends here, not only in the browser.

use crate::domain::audit::{Action, Entry, Party, PartyKind};
use crate::domain::{AppId, Key, Proposal, SessionId};

use super::entry::unavailable;
use super::{Desk, EnterError};

impl Desk {
    /// Ends a session of this app and whatever it has open, and those that other tabs of the same browser got beside
    /// it. A session that is not there is signed out already.
    pub async fn sign_out(&self, app: AppId, session: SessionId) -> Result<(), EnterError> {
        let Some(live) = self.directory.session(&session).filter(|live| live.app == app) else { return Ok(()) };
        let user = live.user.map(|proof| proof.user);
        let said = Entry { actor: self.holder_of(app, user, live.device), ..self.entry_in(Action::SignOut, app) };
        let said = said.on(Party::new(PartyKind::Session, session, ""));
        let proposal = Proposal::new().remove(Key::Session(app, user, session)).record(said);
        let beside = user.map_or_else(|| Ok(Vec::new()), |user| self.user_sessions(app, user));
        let beside = beside.map_err(|error| unavailable(&error))?;
        let beside = beside.iter().filter(|other| other.device == live.device && other.id != session);
        let ended = self.ledger.propose(beside.fold(proposal, |proposal, other| proposal.remove(other.key()))).await;
        ended.map(|_| ()).map_err(|error| unavailable(&error))
    }
}
