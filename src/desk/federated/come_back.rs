//! Back from a provider, on the one address that it knows: the console's. The browser's session is elsewhere, so what was
//! found out waits for it under a code.

use crate::desk::Desk;
use crate::domain::{AppId, HandOverCode, Slug};
use crate::federation::{Blame, CallbackParams};

use super::{Back, FederatedError, HAND_OVER_VALID, Leg, Outcome, Way};

/// A sign-in that ended on the console's address, with the way back if it is known.
#[derive(Debug)]
pub struct Stranded {
    pub error: FederatedError,
    pub home: Option<(AppId, Slug, Back)>,
}

/// The way to the app's own address.
#[derive(Debug)]
pub struct Onward {
    pub back: Back,
    pub code: HandOverCode,
}

impl From<FederatedError> for Stranded {
    fn from(error: FederatedError) -> Self {
        Self { error, home: None }
    }
}

impl Stranded {
    fn on(way: Way, error: FederatedError) -> Self {
        Self { error, home: Some((way.app, way.provider, way.back)) }
    }
}

impl Desk {
    /// The browser goes on with a code on the app's own address. The state is used up, whatever comes of it.
    pub async fn come_back(&self, provider: &Slug, query: &str) -> Result<Onward, Stranded> {
        let lost = || Stranded::from(FederatedError::Lost);
        let (state, params) = CallbackParams::from_query(query).ok_or_else(lost)?;
        let leg = self.federated.flows.take(&state.id(), self.moment()).ok_or_else(lost)?;
        let Leg { way, flow } = leg.value;
        if way.provider != *provider {
            return Err(Stranded::on(way, FederatedError::Lost));
        }
        match self.vouched(&way, flow, params).await {
            Ok(outcome) => Ok(self.keep_outcome(outcome)),
            Err(error) => {
                self.note_failure(&way, &error);
                Err(Stranded::on(way, error))
            }
        }
    }

    async fn vouched(
        &self,
        way: &Way,
        flow: crate::federation::Flow,
        params: CallbackParams,
    ) -> Result<Outcome, FederatedError> {
        // An app that no longer offers the provider has no use for its answer.
        let open = self.open_app(way.app)?;
        let federation = self.federation().filter(|_| open.app.offers(&way.provider));
        let federation = federation.ok_or(FederatedError::NotOffered)?;
        let verified = federation.finish(flow, params).await.map_err(FederatedError::Provider)?;
        Ok(Outcome { way: way.clone(), verified, asks: None })
    }

    /// Keeps what was found out for the browser that began, under a code that only it is sent.
    pub(super) fn keep_outcome(&self, outcome: Outcome) -> Onward {
        let (code, back) = (HandOverCode::random(), outcome.way.back.clone());
        self.federated.outcomes.put(code.id(), outcome, self.moment(), HAND_OVER_VALID);
        Onward { back, code }
    }

    fn note_failure(&self, way: &Way, error: &FederatedError) {
        let provider = &way.provider;
        let app = self.app(way.app).map(|entry| entry.app.name.to_string()).unwrap_or_default();
        match error {
            FederatedError::Provider(reason) if reason.blame() == Blame::Visitor => {
                tracing::info!(%provider, app, %reason, "a sign-in by an identity provider ended without an identity");
            }
            FederatedError::Provider(reason) => {
                let operator = reason.blame() == Blame::Operator;
                tracing::warn!(%provider, app, %reason, operator, "a sign-in by an identity provider failed");
            }
            // Logged where they were made, or no failure of anybody's.
            _ => {}
        }
    }
}
