//! For tests: a provider's answer without a provider.

use crate::desk::{Caller, Desk};
use crate::domain::{AppId, HandOverCode, Slug};
use crate::federation::Verified;

use super::{Departure, FederatedError, Outcome, Way};

impl Desk {
    /// As if the visitor had been away and had come back on the console's address.
    pub(in crate::desk) fn vouch(
        &self,
        app: AppId,
        caller: &Caller,
        provider: &Slug,
        departure: Departure,
        verified: Verified,
    ) -> Result<HandOverCode, FederatedError> {
        let open = self.open_app(app)?;
        let Departure { errand, key, back, .. } = departure;
        let (goal, _) = self.goal(&open, caller, &errand)?;
        let way = Way { app, key, provider: provider.clone(), goal, back };
        Ok(self.keep_outcome(Outcome { way, verified, asks: None }).code)
    }
}
