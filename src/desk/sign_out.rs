//! Signing out: the session ends here, not only in the browser.

use crate::domain::{AppId, Key, Proposal, SessionId};

use super::entry::unavailable;
use super::{Desk, EnterError};

impl Desk {
    /// Ends a session of this app and whatever it has open. A session that is not there is signed out already.
    pub async fn sign_out(&self, app: AppId, session: SessionId) -> Result<(), EnterError> {
        let Some(live) = self.directory.session(&session).filter(|live| live.app == app) else { return Ok(()) };
        let key = Key::Session(app, live.user.map(|proof| proof.user), session);
        let ended = self.ledger.propose(Proposal::new().remove(key)).await;
        ended.map(|_| ()).map_err(|error| unavailable(&error))
    }
}
