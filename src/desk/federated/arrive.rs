//! The browser comes with the code on the app's own address, where its binding cookie is.

use crate::desk::audit::Failed;
use crate::desk::entry::{Entry, unavailable};
use crate::desk::sign_in::ProvenUser;
use crate::desk::{ATTEMPTS, Caller, Desk, SignedIn, Trouble};
use crate::domain::{AppId, FlowKeyId, HandOverCode, HandOverId, IdentityId, ReturnTo, Slug};

use super::judge::{Knock, Step};
use super::keep::Taken;
use super::{Asks, FederatedError, Outcome, QUESTION_VALID};

/// What a browser shows for an outcome.
pub struct Claim<'a> {
    pub app: AppId,
    pub provider: &'a Slug,
    pub code: &'a HandOverCode,
    /// Of its binding cookie.
    pub key: Option<FlowKeyId>,
}

#[derive(Debug)]
pub enum Arrived {
    In {
        signed_in: SignedIn,
        /// Tells people apart, and no more.
        who: String,
        return_to: ReturnTo,
    },
    /// To the account that was signed in already.
    Linked,
    /// Something is to be answered first, on the page of this code.
    Asked { code: HandOverCode },
}

/// No session, and where the visitor wanted to go, if that is known.
#[derive(Debug)]
pub struct TurnedAway {
    pub error: FederatedError,
    pub return_to: Option<ReturnTo>,
}

impl From<FederatedError> for TurnedAway {
    fn from(error: FederatedError) -> Self {
        Self { error, return_to: None }
    }
}

impl TurnedAway {
    pub(super) fn from(outcome: &Outcome, error: FederatedError) -> Self {
        Self { error, return_to: Some(outcome.way.back.return_to.clone()) }
    }
}

impl Desk {
    /// Uses the code up, whatever comes of it.
    pub async fn arrive(&self, caller: &Caller, claim: &Claim<'_>) -> Result<Arrived, TurnedAway> {
        let taken = self.claimed(claim, |asks| asks.is_none()).ok_or(FederatedError::Lost)?;
        let outcome = taken.value;
        self.conclude(caller, &outcome, None).await.map_err(|error| TurnedAway::from(&outcome, error))
    }

    /// What the claim is for, of this app and browser; nobody else can use it up.
    pub(super) fn claimed(
        &self,
        claim: &Claim<'_>,
        fits: impl Fn(Option<&Asks>) -> bool,
    ) -> Option<Taken<HandOverId, Outcome>> {
        let (id, now) = (claim.code.id(), self.moment());
        let is_theirs = |outcome: &Outcome| is_of(outcome, claim) && fits(outcome.asks.as_ref());
        self.federated.outcomes.see(&id, now, is_theirs).filter(|is_theirs| *is_theirs)?;
        self.federated.outcomes.take(&id, now)
    }

    /// Judges anew until nothing changes in between.
    pub(super) async fn conclude(
        &self,
        caller: &Caller,
        outcome: &Outcome,
        proven: Option<&ProvenUser>,
    ) -> Result<Arrived, FederatedError> {
        for _ in 0..ATTEMPTS {
            let judged = self.judge(&Knock { caller, outcome, proven }).inspect_err(|_| {
                self.note_failed(Some(outcome.way.app), caller.ip, None, Failed::Provider);
            });
            let (proposal, arrived) = match judged? {
                Step::In(Entry { proposal, token }) => {
                    let who = IdentityId::of(&outcome.verified.issuer, &outcome.verified.subject).to_string();
                    let return_to = outcome.way.back.return_to.clone();
                    (proposal, Arrived::In { signed_in: SignedIn { token }, who, return_to })
                }
                Step::Linked(proposal) => (proposal, Arrived::Linked),
                Step::WasLinked => return Ok(Arrived::Linked),
                Step::Ask(asks) => return Ok(self.ask(outcome, asks)),
            };
            match self.ledger.propose(proposal).await.map_err(Trouble::from) {
                Ok(_) => {
                    if let Arrived::In { signed_in, .. } = &arrived {
                        self.note_entry(&signed_in.token.id());
                    }
                    return Ok(arrived);
                }
                Err(Trouble::Changed) => {}
                Err(Trouble::Failed(error)) => return Err(unavailable(&error).into()),
            }
        }
        Err(unavailable(&"what a sign-in depends on never stood still").into())
    }

    fn ask(&self, outcome: &Outcome, asks: Asks) -> Arrived {
        let code = HandOverCode::random();
        let outcome = Outcome { asks: Some(asks), ..outcome.clone() };
        self.federated.outcomes.put(code.id(), outcome, self.moment(), QUESTION_VALID);
        Arrived::Asked { code }
    }
}

pub(super) fn is_of(outcome: &Outcome, claim: &Claim<'_>) -> bool {
    let way = &outcome.way;
    way.app == claim.app && way.provider == *claim.provider && claim.key == Some(way.key)
}
