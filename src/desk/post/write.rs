//! Writing a letter at the moment when it is sent: only then is its link made, so that no secret waits in the queue.

use crate::desk::invitations::{link, opens};
use crate::desk::tickets::{MAILED_RESET, NEW_ADDRESS};
use crate::desk::{ATTEMPTS, Desk, Trouble, read};
use crate::domain::{
    App, AppId, Guard, Invitation, InvitationId, InviteCode, Key, Language, Letter, Mail, MailId, Proposal, Purpose,
    Record, TicketCode, Timestamp, User, UserId,
};
use crate::mail::compose::{self, Composed, Occasion};

/// A letter whose link opens, for the one who gets it.
pub(super) struct Written {
    pub(super) composed: Composed,
    secret: String,
}

impl Written {
    /// What a mail server said about the letter may repeat its link.
    pub(super) fn redact(&self, text: &str) -> String {
        text.replace(&self.secret, "***")
    }
}

/// A link in the making.
struct Draft {
    proposal: Proposal,
    app: App,
    link: String,
    secret: String,
    expires_at: Timestamp,
}

impl Desk {
    /// Makes the mail's link. `None`: there is nothing left to write about, or no mail any more.
    pub(super) async fn write(&self, mail: &Mail) -> Result<Option<Written>, Trouble> {
        for _ in 0..ATTEMPTS {
            let Some(draft) = self.draft(mail)? else { return Ok(None) };
            let Draft { proposal, app, link, secret, expires_at } = draft;
            match self.ledger.propose(proposal.expect(Guard::Present(Key::Mail(mail.id)))).await {
                Ok(_) => {
                    let title = if app.title.is_empty() { app.name.as_str() } else { &app.title };
                    let language = mail.language.or(app.language).unwrap_or(Language::En);
                    let occasion = Occasion { app_title: title, link: &link, expires_at, language };
                    return Ok(Some(Written { composed: compose_letter(mail.letter, &occasion), secret }));
                }
                Err(error) => match Trouble::from(error) {
                    Trouble::Changed => {}
                    failed @ Trouble::Failed(_) => return Err(failed),
                },
            }
        }
        Err(Trouble::Failed("what a mail is about never stood still".to_owned()))
    }

    /// Whether there is anything left to write about.
    pub(super) fn has_purpose(&self, mail: &Mail) -> Result<bool, String> {
        match self.draft(mail) {
            Ok(draft) => Ok(draft.is_some()),
            Err(Trouble::Changed) => Ok(true),
            Err(Trouble::Failed(error)) => Err(error),
        }
    }

    fn draft(&self, mail: &Mail) -> Result<Option<Draft>, Trouble> {
        if read::mail(&*self.archive, mail.id)?.is_none() {
            return Ok(None);
        }
        match mail.letter {
            Letter::Invite { app, invitation } => self.draft_invite(mail.id, app, invitation),
            Letter::Reset { app, user } => self.draft_reset(mail, app, user),
            Letter::Address { app, user } => self.draft_address(mail, app, user),
        }
    }

    /// The code that went out before, if any, opens nothing any more.
    fn draft_invite(&self, mail: MailId, app: AppId, invitation: InvitationId) -> Result<Option<Draft>, Trouble> {
        let Some((app, _)) = read::app(&*self.archive, app)? else { return Ok(None) };
        let Some((invitation, revision)) = read::invitation(&*self.archive, app.id, invitation)? else {
            return Ok(None);
        };
        let is_superseded = invitation.mail.is_some_and(|latest| latest != mail);
        if is_superseded || !invitation.is_open(self.clock.now()) {
            return Ok(None);
        }
        let code = InviteCode::random();
        let proposal = Proposal::new().expect(Guard::At(Key::Invitation(app.id, invitation.id), revision));
        let proposal = match invitation.mailed {
            Some(old) => proposal.remove(Key::InviteCode(old)),
            None => proposal,
        };
        let expires_at = invitation.expires_at;
        let proposal = proposal
            .put(opens(&invitation, code.id()))
            .put(Record::Invitation(Box::new(Invitation { mailed: Some(code.id()), ..invitation })));
        Ok(Some(Draft { proposal, link: link(&app, &code), secret: code.reveal(), expires_at, app }))
    }

    /// Only to the address that the user still has.
    fn draft_reset(&self, mail: &Mail, app: AppId, user: UserId) -> Result<Option<Draft>, Trouble> {
        let Some((app, user, proposal)) = self.addressee(app, user)? else { return Ok(None) };
        if user.username.email().as_ref() != Some(&mail.to) {
            return Ok(None);
        }
        let (code, ticket, proposal) =
            self.ticket(proposal, app.id, &user, Purpose::Reset { mailed: true }, MAILED_RESET);
        Ok(Some(ticket_draft(proposal, app, "reset", &code, ticket.expires_at)))
    }

    /// As long as nobody else has the address. Who has it already proves that it is theirs.
    fn draft_address(&self, mail: &Mail, app: AppId, user: UserId) -> Result<Option<Draft>, Trouble> {
        let Some((app, user, proposal)) = self.addressee(app, user)? else { return Ok(None) };
        let owner = read::user_with(&*self.archive, user.workspace, &mail.to.clone().into())?;
        if owner.is_some_and(|(owner, _)| owner.id != user.id) {
            return Ok(None);
        }
        let purpose = Purpose::Address { email: mail.to.clone() };
        let (code, ticket, proposal) = self.ticket(proposal, app.id, &user, purpose, NEW_ADDRESS);
        Ok(Some(ticket_draft(proposal, app, "confirm-address", &code, ticket.expires_at)))
    }

    /// A user who is there, in the app's workspace and not suspended, and stays so until the link is made.
    fn addressee(&self, app: AppId, user: UserId) -> Result<Option<(App, User, Proposal)>, Trouble> {
        let Some((app, _)) = read::app(&*self.archive, app)? else { return Ok(None) };
        let Some((user, revision)) = read::user(&*self.archive, user)? else { return Ok(None) };
        if user.suspended || user.workspace != app.workspace {
            return Ok(None);
        }
        let proposal = Proposal::new().expect(Guard::At(Key::User(user.id), revision));
        Ok(Some((app, user, proposal)))
    }
}

fn ticket_draft(proposal: Proposal, app: App, page: &str, code: &TicketCode, expires_at: Timestamp) -> Draft {
    let secret = code.reveal();
    let link = format!("{}/.millgate/{page}/{secret}", app.url);
    Draft { proposal, app, link, secret, expires_at }
}

fn compose_letter(letter: Letter, occasion: &Occasion<'_>) -> Composed {
    match letter {
        Letter::Invite { .. } => compose::invite(occasion),
        Letter::Reset { .. } => compose::reset(occasion),
        Letter::Address { .. } => compose::confirm_address(occasion),
    }
}
