//! Coming back without the password: a link is asked for, opened and used once.

use std::net::IpAddr;

use crate::desk::audit::Way;
use crate::desk::forms::Reader;
use crate::desk::sign_in::ProvenUser;
use crate::desk::tickets::used;
use crate::desk::users::raised;
use crate::desk::{Caller, Desk, EnterError, Field, SignedIn, read};
use crate::domain::audit::Action;
use crate::domain::{
    AppId, Key, Language, Proposal, Purpose, Record, Ticket, TicketCode, User, UserId, UserProof, Username,
};

use super::asks::{Ask, Wanted};
use super::{Known, failed};

/// What the link's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetView {
    pub username: Username,
}

/// The password is the new one; where its owner stands now.
#[derive(Debug)]
pub enum Reset {
    SignedIn(SignedIn),
    /// The app does not take the person in as it is. These do: title and address.
    Outside(Vec<(String, String)>),
}

impl Desk {
    /// Answers at once, and for everybody alike.
    pub fn ask_reset(&self, app: AppId, ip: IpAddr, typed: &str, language: Language) -> Result<(), EnterError> {
        let mut reader = Reader::default();
        let username = reader.name_of::<Username>(typed);
        let Some(username) = username else { return Err(reader.error()) };
        reader.finish()?;
        self.throttle.ask_for_mail(ip)?;
        self.take_ask(Ask { app, what: Wanted::Password(username), language });
        Ok(())
    }

    pub async fn open_reset(&self, app: AppId, code: &TicketCode) -> Result<ResetView, EnterError> {
        self.open_app(app)?;
        let (_, known, _) = self.reset_ticket(app, code)?;
        Ok(ResetView { username: known.user.username })
    }

    /// Ends all sessions of the person, uses the link up and signs them in where it leads, if the app's mode allows it.
    pub async fn reset(
        &self,
        app: AppId,
        caller: &Caller,
        code: &TicketCode,
        password: String,
    ) -> Result<Reset, EnterError> {
        self.open_app(app)?;
        self.reset_ticket(app, code)?;
        let mut reader = Reader::default();
        let Some(new) = reader.chosen(Field::Password, password) else { return Err(reader.error()) };
        reader.finish()?;
        let hash = self.passwords.hash(new.plain()).await?;
        let user = self
            .attempting(|| {
                let (ticket, known, mailed) = self.reset_ticket(app, code)?;
                let said = self.entry_of(Action::PasswordReset, app, &known.user);
                let said = said.with("link", if mailed { "mailed" } else { "handed over" });
                let proposal = used(Proposal::new().expect(known.guard()), &ticket).record(said);
                let proposal = self.without_sessions(proposal, &known.user, caller.session).map_err(failed)?;
                let (user, proposal) = arrived(proposal, known.user, mailed);
                let user = raised(User { password: Some(hash.clone()), ..user });
                Ok((user.clone(), proposal.put(Record::User(Box::new(user)))))
            })
            .await?;
        let proven = ProvenUser::by(Way::ResetLink, UserProof { user: user.id, epoch: user.epoch });
        match self.enter(|| self.take_in(app, caller, &proven, None)).await {
            Ok(signed_in) => Ok(Reset::SignedIn(signed_in)),
            // The password is changed all the same.
            Err(_) => Ok(Reset::Outside(self.doors_of(user.id))),
        }
    }

    fn reset_ticket(&self, app: AppId, code: &TicketCode) -> Result<(Ticket, Known, bool), EnterError> {
        let (ticket, known) = self.valid_ticket(app, code)?;
        match ticket.purpose {
            Purpose::Reset { mailed } => Ok((ticket, known, mailed)),
            Purpose::Address { .. } => Err(EnterError::LinkGone),
        }
    }

    /// The apps that a user is registered with.
    fn doors_of(&self, user: UserId) -> Vec<(String, String)> {
        let snapshot = self.directory.snapshot();
        let mut doors: Vec<(String, String)> = snapshot
            .apps
            .values()
            .filter(|entry| entry.app.running)
            .filter(|entry| matches!(read::registration(&*self.archive, entry.app.id, user), Ok(Some(_))))
            .map(|entry| (self.title(entry.app.id), entry.app.url.to_string()))
            .collect();
        doors.sort();
        doors
    }
}

/// Who opened a link from the mailbox owns the address. If nobody had shown that before, what was linked with the
/// account until then may be somebody else's, and does not survive the owner's arrival.
fn arrived(proposal: Proposal, user: User, mailed: bool) -> (User, Proposal) {
    if !mailed || user.email_verified {
        return (user, proposal);
    }
    let proposal = user
        .identities
        .iter()
        .fold(proposal, |proposal, identity| proposal.remove(Key::Federated(user.workspace, identity.id())));
    (User { email_verified: true, identities: Vec::new(), ..user }, proposal)
}
