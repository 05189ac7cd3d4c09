//! Away to a provider.

use crate::desk::entry::OpenApp;
use crate::desk::{Caller, Desk};
use crate::domain::{AppId, Email, Slug};
use crate::federation::{Hints, Started};

use super::{Departure, Errand, FLOW_VALID, FederatedError, Goal, Leg, Way};

impl Desk {
    /// The address at the provider's that the visitor is sent to.
    pub async fn depart(
        &self,
        app: AppId,
        caller: &Caller,
        provider: &Slug,
        departure: Departure,
    ) -> Result<String, FederatedError> {
        let open = self.open_app(app)?;
        let federation = self.federation().filter(|_| open.app.offers(provider));
        let federation = federation.filter(|federation| federation.redirect_uri(provider).is_some());
        let federation = federation.ok_or(FederatedError::NotOffered)?;
        let Departure { errand, key, back, choose_account } = departure;
        let (goal, login_hint) = self.goal(&open, caller, &errand)?;
        // Counted whatever comes of it: each is kept for minutes.
        let _counted = self.throttle.flow(caller.ip)?;
        let hints = Hints { login_hint, hosted_domain: open.app.hosted_domain.clone(), choose_account };
        let started = federation.begin(provider, hints).await.map_err(FederatedError::Provider)?;
        let Started { url, state, flow } = started;
        let way = Way { app, key, provider: provider.clone(), goal, back };
        self.federated.flows.put(state.id(), Leg { way, flow }, self.moment(), FLOW_VALID);
        Ok(url)
    }

    /// What is wanted, if it can be had as things stand, and whose account at the provider is most likely meant.
    pub(super) fn goal(
        &self,
        open: &OpenApp,
        caller: &Caller,
        errand: &Errand,
    ) -> Result<(Goal, Option<Email>), FederatedError> {
        match errand {
            Errand::SignIn => Ok((Goal::SignIn, None)),
            Errand::Accept(code) => {
                let (invitation, _) = self.valid_invitation(open.app.id, code)?;
                Ok((Goal::Accept(code.id()), invitation.username.email()))
            }
            Errand::Link { is_sure } => {
                let (user, epoch) = self.signed_in(open.app.id, caller).ok_or(FederatedError::SignedOut)?;
                Ok((Goal::Link { user, epoch, is_sure: *is_sure }, None))
            }
        }
    }
}
