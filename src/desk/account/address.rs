//! A new address: wanted by its person, proven by a link that goes there.

use crate::desk::forms::Reader;
use crate::desk::invitations::withdrawn;
use crate::desk::tickets::used;
use crate::desk::{Caller, Desk, EnterError, Field, FieldError, FieldProblem, read};
use crate::domain::audit::Action;
use crate::domain::{
    AppId, Email, Guard, Invitation, Key, Language, Letter, Proposal, Purpose, Record, Ticket, TicketCode, User,
    UserId, Username,
};
use crate::store::StoreError;

use super::asks::{Ask, Wanted};
use super::{Known, Me, failed};

/// What the link's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressView {
    /// What the person signs in by until now.
    pub username: Username,
    pub email: Email,
}

impl Desk {
    /// The link goes out behind, and only if nobody else has the address; the answer is the same.
    pub async fn ask_for_address(
        &self,
        me: &Me,
        caller: &Caller,
        typed: &str,
        password: String,
        language: Language,
    ) -> Result<(), EnterError> {
        let user = self.myself(me)?.user;
        let mut reader = Reader::default();
        let email = reader.name_of::<Email>(typed);
        let password = user.password.is_some().then(|| reader.password(Field::Password, password)).flatten();
        let Some(email) = email else { return Err(reader.error()) };
        reader.finish()?;
        if user.email_verified && user.username == email.clone().into() {
            let problem = FieldProblem::Unchanged;
            return Err(EnterError::Fields(vec![FieldError { field: Field::Email, problem }]));
        }
        self.prove_myself(me, caller, &user, password).await?;
        self.throttle.ask_for_mail(caller.ip)?;
        self.throttle.mail_to(&user.id)?;
        let what = Wanted::Address { user: user.id, epoch: user.epoch, email };
        self.take_ask(Ask { app: me.app, what, language });
        Ok(())
    }

    pub async fn open_address(&self, app: AppId, code: &TicketCode) -> Result<AddressView, EnterError> {
        self.open_app(app)?;
        let (_, email, known) = self.address_ticket(app, code)?;
        Ok(AddressView { username: known.user.username, email })
    }

    /// From now on the person signs in by the new address. Sessions stay; other links that wait for the person, perhaps
    /// in the old mailbox, open nothing any more.
    pub async fn confirm_address(&self, app: AppId, code: &TicketCode) -> Result<UserId, EnterError> {
        self.open_app(app)?;
        let (_, _, known) = self.address_ticket(app, code)?;
        let tickets = self.tickets_of(known.user.id).await.map_err(failed)?;
        self.attempting(|| {
            let (ticket, email, known) = self.address_ticket(app, code)?;
            let others = tickets.iter().filter(|key| **key != Key::Ticket(ticket.id)).cloned();
            let proposal = used(Proposal::new().expect(known.guard()), &ticket);
            let proposal = others.fold(proposal, Proposal::remove);
            let before = known.user;
            let after = User { username: email.into(), email_verified: true, ..before.clone() };
            let proposal = match after.username == before.username {
                true => proposal,
                false => self.moved(proposal, &before, &after).map_err(failed)?,
            };
            let said = self.entry_of(Action::AddressChange, app, &before);
            let said = said.changed("username", &before.username, &after.username);
            Ok((after.id, proposal.put(Record::User(Box::new(after))).record(said)))
        })
        .await
    }

    /// A ticket for an address that its person may still have.
    fn address_ticket(&self, app: AppId, code: &TicketCode) -> Result<(Ticket, Email, Known), EnterError> {
        let (ticket, known) = self.valid_ticket(app, code)?;
        let Purpose::Address { email } = &ticket.purpose else { return Err(EnterError::LinkGone) };
        let email = email.clone();
        let owner = read::user_with(&*self.archive, known.user.workspace, &email.clone().into()).map_err(failed)?;
        match owner.is_none_or(|(owner, _)| owner.id == known.user.id) {
            true => Ok((ticket, email, known)),
            false => Err(EnterError::LinkGone),
        }
    }

    fn moved(&self, proposal: Proposal, before: &User, after: &User) -> Result<Proposal, StoreError> {
        let workspace = before.workspace;
        let proposal = proposal.remove(Key::Username(workspace, before.username.clone())).create(Record::NamesUser(
            workspace,
            after.username.clone(),
            after.id,
        ));
        self.apps_of(before).into_iter().try_fold(proposal, |proposal, app| {
            self.with_invitation_moved(proposal, app, &before.username, &after.username)
        })
    }

    /// What somebody was invited to stays theirs. The links do not: whoever reads the old mailbox must not come in by
    /// them, and a new one goes to the new address.
    fn with_invitation_moved(
        &self,
        proposal: Proposal,
        app: AppId,
        before: &Username,
        after: &Username,
    ) -> Result<Proposal, StoreError> {
        let now = self.clock.now();
        let Some((old, revision)) = read::invitation_for(&*self.archive, app, before)? else { return Ok(proposal) };
        if !old.is_open(now) {
            return Ok(withdrawn(proposal, old, revision, now));
        }
        let proposal = match read::invitation_for(&*self.archive, app, after)? {
            Some((twin, revision)) => withdrawn(proposal, twin, revision, now),
            None => proposal.expect(Guard::Absent(Key::InvitationFor(app, after.clone()))),
        };
        let proposal = proposal
            .expect(Guard::At(Key::Invitation(app, old.id), revision))
            .remove(Key::InvitationFor(app, before.clone()));
        let proposal = old.codes().fold(proposal, |proposal, code| proposal.remove(Key::InviteCode(code)));
        let letter = Letter::Invite { app, invitation: old.id };
        let language = old.language;
        let new = Invitation { username: after.clone(), handed: None, mailed: None, ..old };
        let proposal =
            proposal.put(Record::NamesInvitation(app, after.clone(), new.id)).put(Record::Invitation(Box::new(new)));
        Ok(match after.email() {
            Some(email) => self.post(proposal, email, letter, language),
            None => proposal,
        })
    }
}
