//! Tickets: links by which somebody who is known chooses a new password or takes a new address. Used once.

use std::time::Duration;

use crate::domain::{AppId, Key, Proposal, Purpose, Record, Ticket, TicketCode, User};

use super::entry::{Known, unavailable};
use super::{Desk, EnterError, read};

/// By mail: long enough to find it in the inbox.
pub(super) const MAILED_RESET: Duration = Duration::from_secs(60 * 60);
/// Handed over by an administrator, perhaps to somebody on another shift.
pub(super) const HANDED_RESET: Duration = Duration::from_secs(24 * 60 * 60);
/// To a new address, which may be read at home only.
pub(super) const NEW_ADDRESS: Duration = Duration::from_secs(24 * 60 * 60);

impl Desk {
    /// A link of a user's own. It is void as soon as the user's epoch or user name moves.
    pub(super) fn ticket(
        &self,
        proposal: Proposal,
        app: AppId,
        user: &User,
        purpose: Purpose,
        valid: Duration,
    ) -> (TicketCode, Ticket, Proposal) {
        let code = TicketCode::random();
        let now = self.clock.now();
        let ticket = Ticket {
            id: code.id(),
            user: user.id,
            epoch: user.epoch,
            app,
            purpose,
            created_at: now,
            expires_at: now.plus(valid),
            username: user.username.clone(),
        };
        let proposal = proposal.create(Record::Ticket(Box::new(ticket.clone())));
        (code, ticket, proposal)
    }

    /// There, for this app, neither expired nor overtaken by its user. Whoever uses it removes `Key::Ticket` under the
    /// guard that it is present, and guards the user.
    pub(super) fn valid_ticket(&self, app: AppId, code: &TicketCode) -> Result<(Ticket, Known), EnterError> {
        let failed = |error| unavailable(&error);
        let found = read::ticket(&*self.archive, code.id()).map_err(failed)?.map(|(ticket, _)| ticket);
        let ticket = found.filter(|ticket| ticket.app == app && self.clock.now() < ticket.expires_at);
        let ticket = ticket.ok_or(EnterError::LinkGone)?;
        let known = read::user(&*self.archive, ticket.user).map_err(failed)?;
        let known = known.map(|(user, revision)| Known { user, revision });
        let is_same = |user: &User| user.epoch == ticket.epoch && user.username == ticket.username;
        match known.filter(|known| is_same(&known.user) && !known.user.suspended) {
            Some(known) => Ok((ticket, known)),
            None => Err(EnterError::LinkGone),
        }
    }
}

/// Uses a ticket up.
pub(super) fn used(proposal: Proposal, ticket: &Ticket) -> Proposal {
    let key = Key::Ticket(ticket.id);
    proposal.expect(crate::domain::Guard::Present(key.clone())).remove(key)
}
