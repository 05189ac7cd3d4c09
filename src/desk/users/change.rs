//! Changing a user: names, the name or address that they sign in by, suspension; and approving a registration.

use crate::desk::audit::user_changes;
use crate::desk::entry::Known;
use crate::desk::{AdminError, Clash, Desk, Expected, read};
use crate::domain::audit::Action;
use crate::domain::{AppId, Guard, Key, Proposal, Record, Registration, Revision, User, UserId, Username};
use crate::store::StoreError;

use super::{Reach, name, revoke};

/// What is to be different; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Sessions go on, under the new name; invites of the old one and links that went to it are void.
    pub username: Option<Username>,
    /// Only an operator who has made sure says so. Without it a new address counts as unproven: its owner's arrival by
    /// an identity provider then takes the account over from whoever had only the password (T17).
    pub email_verified: Option<bool>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub suspended: Option<bool>,
}

impl Desk {
    /// Answered when every stream that the user may not have any more is cut.
    pub async fn change_user(
        &self,
        app: AppId,
        user: UserId,
        change: UserChange,
        reach: Reach,
    ) -> Result<(), AdminError> {
        self.change_user_as_expected(app, user, change, reach, &Expected::Anything).await
    }

    /// The same, if the user still is as whoever changes them has read them.
    pub async fn change_user_as_expected(
        &self,
        app: AppId,
        user: UserId,
        change: UserChange,
        reach: Reach,
        expected: &Expected,
    ) -> Result<(), AdminError> {
        let change = checked(change)?;
        let _turn = self.administration.lock().await;
        expected.check(self.user_revision(user)?)?;
        let has_ended = self.settle(|| self.user_change(app, user, &change, reach)).await?;
        if has_ended { self.forget_ended(user).await } else { Ok(()) }
    }

    /// In which commit the user was written last.
    pub fn user_revision(&self, user: UserId) -> Result<Revision, AdminError> {
        Ok(read::user(&*self.archive, user)?.ok_or(AdminError::NotFound)?.1)
    }

    /// What is to be written, and whether it ends the user's sessions.
    fn user_change(
        &self,
        app: AppId,
        user: UserId,
        change: &UserChange,
        reach: Reach,
    ) -> Result<(bool, Proposal), AdminError> {
        let (Known { user: before, .. }, mut proposal) = self.in_reach(app, user, reach)?;
        let mut after = merged(before.clone(), change)?;
        if after == before {
            return Ok((false, Proposal::new()));
        }
        if after.username != before.username {
            let taken = Key::Username(after.workspace, after.username.clone());
            if self.archive.get(&taken)?.is_some() {
                return Err(AdminError::Conflict(Clash::UsernameTaken(after.username)));
            }
            proposal = proposal
                .remove(Key::Username(before.workspace, before.username.clone()))
                .create(Record::NamesUser(after.workspace, after.username.clone(), after.id));
            proposal = self.without_offers(proposal, app, &before, reach)?;
        }
        // What a suspension ends must not come back when it is lifted.
        let ends = after.suspended && !before.suspended;
        if ends {
            after = revoke::raised(after);
        }
        let said = user_changes(self.entry_on_user(Action::UserChange, app, &before), &before, &after);
        Ok((ends, proposal.put(Record::User(Box::new(after))).record(said)))
    }

    /// Withdraws the invitations of a name that is given up: nobody else shall come in by them.
    fn without_offers(
        &self,
        proposal: Proposal,
        app: AppId,
        user: &User,
        reach: Reach,
    ) -> Result<Proposal, StoreError> {
        let snapshot = self.directory.snapshot();
        let apps = snapshot.apps.values().map(|entry| &entry.app).filter(|other| match reach {
            Reach::Workspace => other.workspace == user.workspace,
            Reach::App => other.id == app,
        });
        apps.into_iter().try_fold(proposal, |proposal, app| self.without_invitation(proposal, app.id, &user.username))
    }

    /// Lets somebody in who has signed up where somebody must approve it. Approving twice is fine.
    pub async fn approve_user(&self, app: AppId, user: UserId) -> Result<(), AdminError> {
        self.settle(|| {
            let (bond, revision) = read::registration(&*self.archive, app, user)?.ok_or(AdminError::NotFound)?;
            if !bond.waiting {
                return Ok(((), Proposal::new()));
            }
            let known = read::user(&*self.archive, user)?.ok_or(AdminError::NotFound)?.0;
            let said = self.entry_on_user(Action::UserApprove, app, &known);
            let unchanged = Proposal::new().expect(Guard::At(Key::Registration(app, user), revision)).record(said);
            Ok(((), unchanged.put(Record::Registration(Registration { waiting: false, ..bond }))))
        })
        .await
    }
}

fn merged(mut user: User, change: &UserChange) -> Result<User, AdminError> {
    if let Some(username) = &change.username
        && *username != user.username
    {
        user.username = username.clone();
        user.email_verified = false;
    }
    if let Some(is_verified) = change.email_verified {
        if is_verified && !user.username.is_email() {
            return Err(AdminError::flaw("email_verified", "only an address can be verified"));
        }
        user.email_verified = is_verified;
    }
    for (name, written) in [(&mut user.given_name, &change.given_name), (&mut user.family_name, &change.family_name)] {
        if let Some(written) = written {
            name.clone_from(written);
        }
    }
    user.suspended = change.suspended.unwrap_or(user.suspended);
    Ok(user)
}

fn checked(change: UserChange) -> Result<UserChange, AdminError> {
    let mut flaws = Vec::new();
    let mut read = |field, typed: Option<String>| typed.map(|typed| name(field, &typed, &mut flaws));
    let given_name = read("given_name", change.given_name);
    let family_name = read("family_name", change.family_name);
    if flaws.is_empty() {
        Ok(UserChange { given_name, family_name, ..change })
    } else {
        Err(AdminError::Invalid(flaws))
    }
}
