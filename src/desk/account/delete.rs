//! Deleting one's account: the person goes, with everything that leads to them.

use crate::desk::entry::Known;
use crate::desk::forms::Reader;
use crate::desk::users::without_user;
use crate::desk::{AdminError, Caller, Desk, EnterError, Field, FieldError, FieldProblem};
use crate::domain::audit::Action;
use crate::domain::{Key, Proposal};
use crate::passwords::PlainPassword;

use super::{Me, failed};

impl Desk {
    /// Answered when every stream of the person is cut. Whoever comes with the same name later is somebody else.
    pub async fn delete_me(
        &self,
        me: &Me,
        caller: &Caller,
        password: String,
        is_confirmed: bool,
    ) -> Result<(), EnterError> {
        let user = self.myself(me)?.user;
        let password = checked(user.password.is_some(), password, is_confirmed)?;
        self.prove_myself(me, caller, &user, password).await?;
        let tickets = self.tickets_of(user.id).await.map_err(failed)?;
        self.change_myself(me, |known, proposal| {
            let proposal = tickets.iter().cloned().fold(proposal, Proposal::remove);
            let proposal = proposal.record(self.entry_of(Action::AccountDelete, me.app, &known.user));
            Ok(((), self.without_me(proposal, &known)?))
        })
        .await?;
        // Sessions that came between the reading and the removal prove nothing; they are only not to be seen.
        for app in self.apps_of(&user) {
            self.clear_strays(app, user.id).await.map_err(|_| EnterError::Unavailable)?;
        }
        Ok(())
    }

    /// Each new registration writes the user again, so none is overlooked.
    fn without_me(&self, proposal: Proposal, known: &Known) -> Result<Proposal, EnterError> {
        let user = &known.user;
        let mut proposal = self.without_sessions(proposal, user, None).map_err(failed)?;
        for app in self.apps_of(user) {
            proposal = self.without_invitation(proposal, app, &user.username).map_err(failed)?;
            proposal = proposal.remove(Key::Registration(app, user.id));
        }
        let proposal = self.without_member(proposal, user.id).map_err(|error| match error {
            AdminError::LastOwner => {
                EnterError::Fields(vec![FieldError { field: Field::Confirm, problem: FieldProblem::LastOwner }])
            }
            _ => EnterError::Unavailable,
        })?;
        Ok(without_user(proposal, user))
    }
}

/// Both mistakes of the form at once.
fn checked(has_password: bool, typed: String, is_confirmed: bool) -> Result<Option<PlainPassword>, EnterError> {
    let mut reader = Reader::default();
    let password = has_password.then(|| reader.password(Field::Password, typed)).flatten();
    if !is_confirmed {
        reader.note(FieldError { field: Field::Confirm, problem: FieldProblem::Unconfirmed });
    }
    reader.finish()?;
    Ok(password)
}
