//! What is asked before an identity counts: the password that an account has, or whether it is to be linked at all.

use crate::desk::forms::Reader;
use crate::desk::{Caller, Desk, EnterError, Field, read};
use crate::domain::{Email, ReturnTo, Username};

use super::arrive::{Arrived, Claim, TurnedAway, is_of};
use super::{Asks, FederatedError, Goal, Outcome};

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The account here.
    pub username: Username,
    /// The account there, as its provider has it.
    pub identity: Option<Email>,
    /// Else the click is the answer.
    pub wants_password: bool,
    pub return_to: ReturnTo,
}

impl Desk {
    /// `None`: there is nothing to be answered (any more), or not by this browser.
    pub fn question(&self, claim: &Claim<'_>) -> Option<Question> {
        let look = |outcome: &Outcome| is_of(outcome, claim).then(|| outcome.clone());
        let outcome = self.federated.outcomes.see(&claim.code.id(), self.moment(), look)??;
        let (user, wants_password) = match (outcome.asks?, outcome.way.goal) {
            (Asks::Password(user), _) => (user, true),
            (Asks::Consent, Goal::Link { user, .. }) => (user, false),
            (Asks::Consent, Goal::SignIn | Goal::Accept(_)) => return None,
        };
        // A store in trouble is told of when the answer comes.
        let (user, _) = read::user(&*self.archive, user).ok()??;
        let return_to = outcome.way.back.return_to;
        Some(Question { username: user.username, identity: outcome.verified.email, wants_password, return_to })
    }

    /// A wrong password can be tried again, as often as everywhere; anything else uses the code up.
    pub async fn answer(&self, caller: &Caller, claim: &Claim<'_>, password: &str) -> Result<Arrived, TurnedAway> {
        let taken = self.claimed(claim, |asks| asks.is_some()).ok_or(FederatedError::Lost)?;
        let mut outcome = taken.value.clone();
        let proven = match outcome.asks {
            Some(Asks::Password(user)) => {
                let shown = self.show_password(caller, &outcome, user, password).await;
                match shown {
                    Ok(proven) => Some(proven),
                    Err(error) => {
                        let away = TurnedAway::from(&outcome, error.into());
                        self.federated.outcomes.put_back(taken);
                        return Err(away);
                    }
                }
            }
            Some(Asks::Consent) | None => None,
        };
        if let Goal::Link { is_sure, .. } = &mut outcome.way.goal {
            *is_sure = true;
        }
        let concluded = self.conclude(caller, &outcome, proven.as_ref()).await;
        concluded.map_err(|error| TurnedAway::from(&outcome, error))
    }

    async fn show_password(
        &self,
        caller: &Caller,
        outcome: &Outcome,
        user: crate::domain::UserId,
        password: &str,
    ) -> Result<crate::desk::sign_in::ProvenUser, EnterError> {
        let mut reader = Reader::default();
        let password = reader.password(Field::Password, password.to_owned());
        let Some(password) = password else { return Err(reader.error()) };
        let open = self.open_app(outcome.way.app)?;
        let found = read::user(&*self.archive, user).map_err(|error| crate::desk::entry::unavailable(&error))?;
        let (user, _) = found.ok_or(EnterError::WrongCredentials)?;
        self.prove_user(&open.app, caller, &user.username, password).await
    }
}
