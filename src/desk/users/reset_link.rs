//! A link to a new password, handed over by whoever knows the person.

use crate::desk::tickets::HANDED_RESET;
use crate::desk::{AdminError, Clash, Desk};
use crate::domain::audit::Action;
use crate::domain::{AppId, Purpose, Timestamp, UserId};

use super::Reach;

#[derive(Debug)]
pub struct ResetLink {
    /// A secret: shown to whoever asked for it, never again.
    pub link: String,
    pub expires_at: Timestamp,
}

impl Desk {
    /// Opens once, within a day. Choosing the password voids all other links of the user.
    pub async fn reset_link(&self, app: AppId, user: UserId, reach: Reach) -> Result<ResetLink, AdminError> {
        let entry = self.app(app).ok_or(AdminError::NotFound)?;
        self.settle(|| {
            let (known, proposal) = self.in_reach(app, user, reach)?;
            if known.user.suspended {
                return Err(AdminError::Conflict(Clash::Suspended(known.user.username)));
            }
            let purpose = Purpose::Reset { mailed: false };
            let (code, ticket, proposal) = self.ticket(proposal, app, &known.user, purpose, HANDED_RESET);
            let link = format!("{}/.millgate/reset/{}", entry.app.url, code.reveal());
            let said = self.entry_on_user(Action::ResetLink, app, &known.user);
            Ok((ResetLink { link, expires_at: ticket.expires_at }, proposal.record(said)))
        })
        .await
    }
}
