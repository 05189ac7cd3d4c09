//! A new password, by who knows the old one.

use crate::desk::forms::Reader;
use crate::desk::users::raised;
use crate::desk::{Caller, Desk, EnterError, Field, read};
use crate::domain::audit::Action;
use crate::domain::{Key, Proposal, Record, Session, User, UserId, UserProof};
use crate::passwords::PlainPassword;
use crate::store::{Group, StoreError};

use super::{Me, failed};

pub struct NewPassword {
    /// The present one; not asked of who has none.
    pub old: String,
    pub new: String,
    /// Whether all my other sessions end with the old password.
    pub end_others: bool,
}

impl Desk {
    /// This browser stays signed in. Links to a new password that wait somewhere open nothing any more.
    pub async fn change_my_password(&self, me: &Me, caller: &Caller, form: NewPassword) -> Result<(), EnterError> {
        let user = self.myself(me)?.user;
        let mut reader = Reader::default();
        let old = user.password.is_some().then(|| reader.password(Field::Password, form.old)).flatten();
        let new = reader.chosen(Field::NewPassword, form.new);
        let Some(new) = new else { return Err(reader.error()) };
        reader.finish()?;
        self.prove_myself(me, caller, &user, old).await?;
        let hash = self.passwords.hash(new.plain()).await?;
        let tickets = self.tickets_of(user.id).await.map_err(failed)?;
        self.change_myself(me, |known, proposal| {
            if known.user.password != user.password {
                // Somebody else was faster; whether they may be overruled is not for the old password to say.
                return Err(EnterError::WrongCredentials);
            }
            let said = self.entry_of(Action::PasswordChange, me.app, &known.user);
            let said = said.with("ends_other_sessions", form.end_others);
            let proposal = tickets.iter().cloned().fold(proposal, Proposal::remove).record(said);
            let proposal = match form.end_others {
                true => self.without_sessions(proposal, &known.user, Some(me.session)).map_err(failed)?,
                false => proposal,
            };
            let mut user = User { password: Some(hash.clone()), ..known.user };
            if !form.end_others {
                return Ok(((), proposal.put(Record::User(Box::new(user)))));
            }
            user = raised(user);
            let kept = Session { user: Some(UserProof { user: user.id, epoch: user.epoch }), ..self.my_session(me)? };
            let proposal = proposal.put(Record::Session(Box::new(kept)));
            Ok(((), proposal.put(Record::User(Box::new(user)))))
        })
        .await
    }

    /// Asks for the password of who has one, as a sign-in does: guessing in somebody's open browser is guessing.
    pub(super) async fn prove_myself(
        &self,
        me: &Me,
        caller: &Caller,
        user: &User,
        password: Option<PlainPassword>,
    ) -> Result<(), EnterError> {
        if user.password.is_none() {
            return Ok(());
        }
        let Some(password) = password else { return Err(EnterError::WrongCredentials) };
        let open = self.app(me.app).ok_or(EnterError::Unavailable)?;
        let proven = self.prove_user(&open.app, caller, &user.username, password).await?;
        if proven.id == user.id && proven.epoch == me.epoch { Ok(()) } else { Err(EnterError::SignedOut) }
    }

    fn my_session(&self, me: &Me) -> Result<Session, EnterError> {
        let key = Key::Session(me.app, Some(me.user), me.session);
        let found = self.archive.get(&key).map_err(failed)?;
        found.and_then(|(record, _)| read::as_session(record)).ok_or(EnterError::SignedOut)
    }

    /// There are never many: they live for a day.
    pub(super) async fn tickets_of(&self, user: UserId) -> Result<Vec<Key>, StoreError> {
        self.reading(move |archive| {
            let (mut keys, mut after) = (Vec::new(), None);
            loop {
                let records = archive.scan(Group::Tickets, after.as_ref(), read::BATCH)?;
                let is_last = records.len() < read::BATCH;
                after = records.last().map(Record::key);
                keys.extend(records.iter().filter(|record| is_ticket_of(record, user)).map(Record::key));
                if is_last {
                    return Ok(keys);
                }
            }
        })
        .await
    }
}

fn is_ticket_of(record: &Record, user: UserId) -> bool {
    matches!(record, Record::Ticket(ticket) if ticket.user == user)
}
