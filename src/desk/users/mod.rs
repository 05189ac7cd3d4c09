//! An app's users: who is registered, from where; making and changing them, and ending it.

mod change;
mod create;
mod deregister;
mod list;
mod reset_link;
mod revoke;

use crate::domain::{AppId, Guard, Identity, Key, Proposal, Timestamp, User, UserId, Username};
use crate::ledger::LedgerError;

use super::entry::Known;
use super::forms::{self, NAME_MOST};
use super::{ATTEMPTS, AdminError, Clash, Desk, FieldProblem, Flaw, Moving, SessionView, read};

pub use change::UserChange;
pub use create::{Created, NewUser};
pub(super) use deregister::without_user;
pub(super) use list::is_waiting;
pub use reset_link::ResetLink;
pub(super) use revoke::raised;

/// A registered user, as an app's operator sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    pub id: UserId,
    pub username: Username,
    pub given_name: String,
    pub family_name: String,
    pub has_password: bool,
    pub email_verified: bool,
    pub identities: Vec<Identity>,
    pub suspended: bool,
    pub invited: bool,
    /// Nobody has approved the registration yet, and the app asks for it.
    pub waiting: bool,
    pub registered_at: Timestamp,
    /// The latest of all devices.
    pub last_seen_at: Option<Timestamp>,
    pub open_connections: u32,
    /// One for each session, the latest seen first.
    pub devices: Vec<SessionView>,
}

/// In one word, how things stand with a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    Active,
    /// Without a way to sign in.
    Passwordless,
    Waiting,
    Suspended,
}

impl UserView {
    pub fn state(&self) -> UserState {
        UserState::of(self.suspended, self.waiting, self.has_password || !self.identities.is_empty())
    }
}

impl UserState {
    fn of(suspended: bool, waiting: bool, can_sign_in: bool) -> Self {
        match (suspended, waiting, can_sign_in) {
            (true, ..) => Self::Suspended,
            (false, true, _) => Self::Waiting,
            (false, false, true) => Self::Active,
            (false, false, false) => Self::Passwordless,
        }
    }
}

/// How far the right of whoever changes a user reaches. A person is one user in all apps of a workspace: who may do as
/// they like with one app must not, by way of a shared user, get into the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every app of the workspace.
    Workspace,
    /// The app alone: users who are registered elsewhere, too, are not theirs to change.
    App,
}

impl Desk {
    /// A registered user, whom the right covers, with what a proposal on them must expect: that nobody has changed the
    /// user, which every new registration does, and that the registration is still there.
    fn in_reach(&self, app: AppId, user: UserId, reach: Reach) -> Result<(Known, Proposal), AdminError> {
        let archive = &*self.archive;
        let known = read::user(archive, user)?.map(|(user, revision)| Known { user, revision });
        let known = known.ok_or(AdminError::NotFound)?;
        if read::registration(archive, app, user)?.is_none() {
            return Err(AdminError::NotFound);
        }
        self.check_reach(app, &known.user, reach)?;
        let proposal = Proposal::new().expect(known.guard()).expect(Guard::Present(Key::Registration(app, user)));
        Ok((known, proposal))
    }

    /// Tries until nobody interferes. Each attempt judges anew by what it reads.
    pub(super) async fn settle<T>(
        &self,
        mut attempt: impl FnMut() -> Result<(T, Proposal), AdminError> + Send,
    ) -> Result<T, AdminError> {
        for _ in 0..ATTEMPTS {
            let (outcome, proposal) = attempt()?;
            match self.ledger.propose(proposal).await {
                Ok(_) => return Ok(outcome),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::User))
    }
}

impl Desk {
    /// Whether the right covers a user: one who is registered with other apps is theirs, too.
    pub(super) fn check_reach(&self, app: AppId, user: &User, reach: Reach) -> Result<(), AdminError> {
        match reach {
            Reach::App if self.is_registered_elsewhere(app, user)? => Err(out_of_reach(user)),
            Reach::App | Reach::Workspace => Ok(()),
        }
    }
}

fn out_of_reach(user: &User) -> AdminError {
    AdminError::Conflict(Clash::RegisteredElsewhere(user.username.clone()))
}

/// A person's name as an operator wrote it; what is wrong with it is noted.
pub(super) fn name(field: &str, typed: &str, flaws: &mut Vec<Flaw>) -> String {
    forms::name(typed).unwrap_or_else(|problem| {
        flaws.push(match problem {
            FieldProblem::TooLong { .. } => Flaw::new(field, format!("use {NAME_MOST} characters at most")),
            _ => Flaw::new(field, "use one line without control characters"),
        });
        String::new()
    })
}
