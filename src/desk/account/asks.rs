//! Asks for a link by mail, taken at once and looked into behind: whoever asks cannot tell by the answer, nor by its
//! time, whether there is an account.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::desk::entry::Known;
use crate::desk::sign_in::may_sign_up;
use crate::desk::{ATTEMPTS, Desk, Trouble, read};
use crate::domain::{App, AppId, Email, Language, Letter, Proposal, User, UserId, Username, secret};
use crate::store::StoreError;

/// More than a shift that has forgotten its passwords; what a flood adds is dropped, and asked for again by people.
const MOST: usize = 256;
/// Asks are looked into after a pause of up to this long, all at once: the store's work for one then says nothing to
/// who measures the next answer.
const PAUSE_MILLIS: u16 = 1000;

pub(in crate::desk) struct Asks {
    desk: mpsc::Sender<Ask>,
    behind: Mutex<Option<mpsc::Receiver<Ask>>>,
}

impl Default for Asks {
    fn default() -> Self {
        let (desk, behind) = mpsc::channel(MOST);
        Self { desk, behind: Mutex::new(Some(behind)) }
    }
}

/// Who is to get a link, and where it leads.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) app: AppId,
    pub(super) what: Wanted,
    /// Of the page on which it was asked for.
    pub(super) language: Language,
}

#[derive(Debug)]
pub(super) enum Wanted {
    /// By somebody who says to be this one.
    Password(Username),
    /// By somebody who is this one, and wants to be reached there.
    Address { user: UserId, epoch: u32, email: Email },
}

impl Desk {
    pub(super) fn take_ask(&self, ask: Ask) {
        if self.asks.desk.try_send(ask).is_err() {
            tracing::warn!("too many links are being asked for; one was dropped");
        }
    }

    /// Looks into what was asked for, until it is dropped. Only the first call does anything.
    pub async fn answer_asks(self: Arc<Self>) {
        let behind = self.asks.behind.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut behind) = behind else { return };
        let mut some = Vec::new();
        while behind.recv_many(&mut some, MOST).await > 0 {
            let pause = u16::from_be_bytes(secret::random()) % PAUSE_MILLIS;
            tokio::time::sleep(Duration::from_millis(pause.into())).await;
            for ask in some.drain(..) {
                self.answer_ask(&ask).await;
            }
        }
    }

    async fn answer_ask(&self, ask: &Ask) {
        // Counted for everybody alike: what is asked for too often gets no more mails, and nobody is told.
        let counted = match &ask.what {
            Wanted::Password(username) => self.throttle.mail_to(&username.as_str()),
            Wanted::Address { email, .. } => self.throttle.mail_to(&email.as_str()),
        };
        if counted.is_err() {
            return;
        }
        for _ in 0..ATTEMPTS {
            let proposal = match self.letter_for(ask) {
                Ok(Some(proposal)) => proposal,
                Ok(None) => return,
                Err(error) => return tracing::error!(%error, "a link that was asked for cannot be sent"),
            };
            match self.ledger.propose(proposal).await.map_err(Trouble::from) {
                Ok(_) => return self.letters_wait(),
                Err(Trouble::Changed) => {}
                Err(Trouble::Failed(error)) => {
                    return tracing::error!(error, "a link that was asked for cannot be sent");
                }
            }
        }
    }

    /// `None` when nobody is to be written to.
    fn letter_for(&self, ask: &Ask) -> Result<Option<Proposal>, StoreError> {
        let archive = &*self.archive;
        let Some((app, _)) = read::app(archive, ask.app)? else { return Ok(None) };
        let (known, to, letter) = match &ask.what {
            Wanted::Password(username) => {
                let found = read::user_with(archive, app.workspace, username)?;
                let Some((user, revision)) = found.filter(|(user, _)| !user.suspended) else { return Ok(None) };
                let Some(to) = username.email() else { return Ok(None) };
                if !self.may_come_back(&app, &user)? {
                    return Ok(None);
                }
                let letter = Letter::Reset { app: app.id, user: user.id };
                (Known { user, revision }, to, letter)
            }
            Wanted::Address { user, epoch, email } => {
                let Some((user, revision)) = read::user(archive, *user)? else { return Ok(None) };
                let taken = read::user_with(archive, user.workspace, &email.clone().into())?;
                let is_free = taken.is_none_or(|(owner, _)| owner.id == user.id);
                if !is_free || user.epoch != *epoch || user.suspended {
                    return Ok(None);
                }
                let letter = Letter::Address { app: app.id, user: user.id };
                (Known { user, revision }, email.clone(), letter)
            }
        };
        let proposal = self.post(Proposal::new().expect(known.guard()), to, letter, Some(ask.language));
        Ok(Some(proposal))
    }

    /// Registered with the app, or free to register with it.
    fn may_come_back(&self, app: &App, user: &User) -> Result<bool, StoreError> {
        let may_register = app.access.is_open_to_sign_up() && may_sign_up(app, &user.username).is_ok();
        Ok(may_register || read::registration(&*self.archive, app.id, user.id)?.is_some())
    }
}
