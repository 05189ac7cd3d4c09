//! A person's own account: what they see of it, what they change, and how they come back when the password is gone.
//!
//! Every verb here takes a [`Me`]: the proof that a live session of this very app knows its user.

mod address;
mod asks;
mod delete;
mod password;
mod profile;
mod reset;
mod sessions;

use crate::domain::{AppId, Email, Guard, Identity, Key, Proposal, SessionId, User, UserId, Username};
use crate::policy::Rules;
use crate::store::StoreError;

use super::entry::{Known, unavailable};
use super::{ATTEMPTS, Desk, EnterError, SessionView, Trouble, read};

pub(super) use asks::Asks;

pub use address::AddressView;
pub use password::NewPassword;
pub use reset::{Reset, ResetView};

/// Somebody who is signed in to an app, as their session proved a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Me {
    user: UserId,
    epoch: u32,
    app: AppId,
    session: SessionId,
}

impl Me {
    pub fn is(&self, user: UserId) -> bool {
        self.user == user
    }
}

/// What a person sees of their account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    pub username: Username,
    pub email_verified: bool,
    pub given_name: String,
    pub family_name: String,
    pub has_password: bool,
    pub identities: Vec<Identity>,
    /// On all apps of the workspace: this one first, then the latest seen.
    pub sessions: Vec<OwnSession>,
}

impl AccountView {
    pub fn email(&self) -> Option<Email> {
        self.username.email()
    }

    /// Whether an identity may be unlinked and a way in is left.
    pub fn can_unlink(&self) -> bool {
        self.has_password || self.identities.len() > 1
    }
}

/// One of a person's sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    pub session: SessionView,
    pub app_title: String,
    /// The one that looks.
    pub is_this: bool,
}

impl Desk {
    /// Who is signed in to the app with this session, in whatever mode the app is, and whether or not it lets them in.
    pub fn me(&self, app: AppId, session: Option<SessionId>) -> Option<Me> {
        let session = session?;
        let live = self.directory.session(&session).filter(|live| live.app == app)?;
        let entry = self.app(app)?;
        let proofs = self.directory.proven(app, &live).proofs?;
        let holds = Rules::from(&entry.app).hold(&proofs, self.clock.now());
        let proof = live.user.filter(|_| holds && proofs.user.is_some())?;
        Some(Me { user: proof.user, epoch: proof.epoch, app, session })
    }

    /// The user as written now, still in the epoch that the session was made in.
    fn myself(&self, me: &Me) -> Result<Known, EnterError> {
        let found = read::user(&*self.archive, me.user).map_err(|error| unavailable(&error))?;
        let known = found.map(|(user, revision)| Known { user, revision });
        known.filter(|known| known.user.epoch == me.epoch && !known.user.suspended).ok_or(EnterError::SignedOut)
    }

    /// Writes what an attempt proposes for the user as they stand, and for a session that is still there. Each attempt
    /// judges anew by what it reads.
    async fn change_myself<T>(
        &self,
        me: &Me,
        mut attempt: impl FnMut(Known, Proposal) -> Result<(T, Proposal), EnterError> + Send,
    ) -> Result<T, EnterError> {
        let session = Key::Session(me.app, Some(me.user), me.session);
        self.attempting(|| {
            let known = self.myself(me)?;
            if self.directory.session(&me.session).is_none() {
                return Err(EnterError::SignedOut);
            }
            let proposal = Proposal::new().expect(known.guard()).expect(Guard::Present(session.clone()));
            attempt(known, proposal)
        })
        .await
    }

    /// Tries until nothing changes in between.
    async fn attempting<T>(
        &self,
        mut attempt: impl FnMut() -> Result<(T, Proposal), EnterError> + Send,
    ) -> Result<T, EnterError> {
        for _ in 0..ATTEMPTS {
            let (outcome, proposal) = attempt()?;
            match self.ledger.propose(proposal).await.map_err(Trouble::from) {
                Ok(_) => return Ok(outcome),
                Err(Trouble::Changed) => {}
                Err(Trouble::Failed(error)) => return Err(unavailable(&error)),
            }
        }
        Err(unavailable(&"an account never stood still"))
    }

    /// The workspace's apps, in a steady order.
    fn apps_of(&self, user: &User) -> Vec<AppId> {
        let snapshot = self.directory.snapshot();
        let mut apps: Vec<AppId> = snapshot.apps_in(user.workspace).map(|entry| entry.app.id).collect();
        apps.sort_unstable();
        apps
    }
}

fn failed(error: StoreError) -> EnterError {
    unavailable(&error)
}
