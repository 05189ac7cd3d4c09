//! The queue as operators see it: list, try again, delete, and a test mail.

use crate::desk::{ATTEMPTS, AdminError, Clash, Desk, read};
use crate::domain::audit::{Action, Entry, Party, PartyKind};
use crate::domain::{
    AppId, Email, Guard, Invitation, Key, Language, Letter, Mail, MailId, Proposal, Record, Timestamp,
};
use crate::ledger::LedgerError;
use crate::mail::{Dialogue, compose};
use crate::store::StoreError;

use super::deliver::each_mail;
use super::schedule;

/// A mail that waits. Its letter is not written yet, so that there is no link to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailView {
    pub id: MailId,
    pub to: Email,
    pub kind: MailKind,
    pub app: AppId,
    pub created_at: Timestamp,
    /// `None`: not by itself.
    pub next_try_at: Option<Timestamp>,
    pub tries: u32,
    pub last_error: Option<String>,
    /// Somebody should look at it.
    pub is_stuck: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    Invite,
    Reset,
    Address,
}

impl MailKind {
    pub(super) fn of(letter: Letter) -> Self {
        match letter {
            Letter::Invite { .. } => Self::Invite,
            Letter::Reset { .. } => Self::Reset,
            Letter::Address { .. } => Self::Address,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Reset => "reset",
            Self::Address => "address",
        }
    }
}

impl From<Mail> for MailView {
    fn from(mail: Mail) -> Self {
        let (Letter::Invite { app, .. } | Letter::Reset { app, .. } | Letter::Address { app, .. }) = mail.letter;
        Self {
            id: mail.id,
            kind: MailKind::of(mail.letter),
            app,
            created_at: mail.created_at,
            next_try_at: (!mail.is_stuck).then_some(mail.next_try_at),
            tries: mail.tries,
            is_stuck: schedule::is_stuck(&mail),
            last_error: mail.last_error,
            to: mail.to,
        }
    }
}

impl Desk {
    /// All mails that wait: the queue is bounded.
    pub async fn mails(&self) -> Result<Vec<MailView>, AdminError> {
        let read = self.reading(|archive| {
            let mut views = Vec::new();
            each_mail(archive, |mail| views.push(mail.into()))?;
            Ok(views)
        });
        Ok(read.await?)
    }

    /// At once; how often it was tried is not forgotten.
    pub async fn retry_mail(&self, id: MailId) -> Result<MailView, AdminError> {
        for _ in 0..ATTEMPTS {
            let (mail, revision) = read::mail(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
            let mail = Mail { next_try_at: self.clock.now(), is_stuck: false, ..mail };
            let guard = Guard::At(Key::Mail(id), revision);
            let said = self.entry_on_mail(Action::MailRetry, &mail);
            let proposal = Proposal::new().expect(guard).put(Record::Mail(Box::new(mail.clone()))).record(said);
            match self.ledger.propose(proposal).await {
                Ok(_) => {
                    self.post.arrivals.notify_one();
                    return Ok(mail.into());
                }
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::Conflict(Clash::MailOnItsWay))
    }

    /// One that is on its way right now may arrive all the same.
    pub async fn delete_mail(&self, id: MailId) -> Result<(), AdminError> {
        for _ in 0..ATTEMPTS {
            let (mail, _) = read::mail(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
            let key = Key::Mail(id);
            let said = self.entry_on_mail(Action::MailDelete, &mail);
            let proposal = Proposal::new().expect(Guard::Present(key.clone())).remove(key).record(said);
            match self.ledger.propose(self.without_letter(proposal, &mail)?).await {
                Ok(_) => return Ok(()),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::Conflict(Clash::MailOnItsWay))
    }

    fn entry_on_mail(&self, action: Action, mail: &Mail) -> Entry {
        self.entry(action).on(Party::new(PartyKind::Mail, mail.id, &mail.to))
    }

    /// An invitation whose letter was deleted does not pass for one that was sent.
    fn without_letter(&self, proposal: Proposal, mail: &Mail) -> Result<Proposal, StoreError> {
        let Letter::Invite { app, invitation } = mail.letter else { return Ok(proposal) };
        let found = read::invitation(&*self.archive, app, invitation)?;
        Ok(match found.filter(|(invitation, _)| invitation.mail == Some(mail.id)) {
            Some((invitation, revision)) => {
                let silent = Invitation { mail: None, ..invitation };
                let guard = Guard::At(Key::Invitation(app, silent.id), revision);
                proposal.expect(guard).put(Record::Invitation(Box::new(silent)))
            }
            None => proposal,
        })
    }

    /// Sends a mail past the queue, and tells what was said.
    pub async fn send_test_mail(&self, to: &Email, language: Language) -> Result<Dialogue, AdminError> {
        let carrier = self.post.carrier.load_full();
        let carrier = carrier.ok_or(AdminError::Conflict(Clash::NoMailServer))?;
        let console = self.directory.snapshot().console.as_ref().map(ToString::to_string);
        self.note(self.entry(Action::MailTest).on(Party::new(PartyKind::Mail, "", to)));
        let letter = compose::test(&console.unwrap_or_default(), language);
        Ok(carrier.rehearse(to, &letter).await)
    }

    /// Drops the mails that have lost their purpose while they were stuck: the others are looked at when they are tried.
    pub(in crate::desk) async fn drop_idle_mails(&self) -> Result<usize, String> {
        let stuck = self.reading(|archive| {
            let mut stuck = Vec::new();
            each_mail(archive, |mail| stuck.extend(mail.is_stuck.then_some(mail)))?;
            Ok(stuck)
        });
        let stuck = stuck.await.map_err(|error| error.to_string())?;
        let mut dropped = 0;
        for mail in stuck {
            if !self.has_purpose(&mail)? {
                dropped += 1;
                let removal = Proposal::new().remove(Key::Mail(mail.id));
                self.ledger.propose(removal).await.map_err(|error| error.to_string())?;
            }
        }
        Ok(dropped)
    }
}
