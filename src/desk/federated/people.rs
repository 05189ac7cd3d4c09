//! What an identity does to a user.

use crate::desk::entry::Known;
use crate::desk::forms::NAME_MOST;
use crate::desk::{Caller, Desk, read};
use crate::domain::{
    AppId, Email, Identity, IdentityId, Key, Proposal, Record, Timestamp, User, UserId, Username, WorkspaceId,
};
use crate::federation::Verified;

use super::FederatedError;

/// Identities that one person links. More than anybody has providers for.
const MOST_IDENTITIES: usize = 20;

/// The address, if the provider stands for it.
pub(super) fn proven_email(verified: &Verified) -> Option<&Email> {
    verified.email.as_ref().filter(|_| verified.email_verified)
}

/// Whether the identity proves that the user name is its owner's.
pub(super) fn proves(verified: &Verified, username: &Username) -> bool {
    username.email().is_some_and(|email| proven_email(verified) == Some(&email))
}

/// A person who comes by an identity first.
pub(super) fn made(
    workspace: WorkspaceId,
    username: Username,
    names: (&str, &str),
    verified: &Verified,
    now: Timestamp,
) -> User {
    let mut user = User {
        given_name: names.0.to_owned(),
        family_name: names.1.to_owned(),
        identities: vec![identity(verified, now)],
        email_verified: true,
        ..User::new(workspace, username, now)
    };
    fill_names(&mut user, verified);
    user
}

/// Links the identity, and writes the user. Nobody else has it.
pub(super) fn linked(
    proposal: Proposal,
    user: &mut User,
    verified: &Verified,
    now: Timestamp,
) -> Result<Proposal, FederatedError> {
    if user.identities.len() >= MOST_IDENTITIES {
        return Err(FederatedError::TooManyLinked);
    }
    let identity = identity(verified, now);
    let name = Record::NamesFederated(user.workspace, identity.id(), user.id);
    user.identities.push(identity);
    user.email_verified = user.email_verified || proves(verified, &user.username);
    fill_names(user, verified);
    Ok(proposal.create(name).put(Record::User(Box::new(user.clone()))))
}

/// The address' owner comes, whom nobody who came before has proven to be. Whatever those set to get in again goes: the
/// password, what they linked, their sessions.
pub(super) fn claimed(
    proposal: Proposal,
    user: &mut User,
    verified: &Verified,
    now: Timestamp,
) -> Result<Proposal, FederatedError> {
    user.password = None;
    // Also voids links that were handed to somebody for them.
    user.epoch = user.epoch.saturating_add(1);
    let proposal = user
        .identities
        .drain(..)
        .fold(proposal, |proposal, identity| proposal.remove(Key::Federated(user.workspace, identity.id())));
    if !verified.given_name.is_empty() || !verified.family_name.is_empty() {
        user.given_name.clear();
        user.family_name.clear();
    }
    linked(proposal, user, verified, now)
}

fn identity(verified: &Verified, now: Timestamp) -> Identity {
    let email = proven_email(verified).cloned();
    Identity { issuer: verified.issuer.clone(), subject: verified.subject.clone(), email, linked_at: now }
}

fn fill_names(user: &mut User, verified: &Verified) {
    if user.given_name.is_empty() && user.family_name.is_empty() {
        user.given_name = fitting(&verified.given_name);
        user.family_name = fitting(&verified.family_name);
    }
}

fn fitting(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).take(NAME_MOST).collect();
    plain.trim().to_owned()
}

impl Desk {
    /// Whose the identity is in a workspace.
    pub(super) fn holder(&self, workspace: WorkspaceId, verified: &Verified) -> Result<Option<Known>, FederatedError> {
        let id = IdentityId::of(&verified.issuer, &verified.subject);
        let found = read::user_by_identity(&*self.archive, workspace, id)?;
        Ok(found.map(|(user, revision)| Known { user, revision }))
    }

    pub(super) fn named(&self, workspace: WorkspaceId, username: &Username) -> Result<Option<Known>, FederatedError> {
        let found = read::user_with(&*self.archive, workspace, username)?;
        Ok(found.map(|(user, revision)| Known { user, revision }))
    }

    /// Who the caller's session proves on this app, now.
    pub(super) fn signed_in(&self, app: AppId, caller: &Caller) -> Option<(UserId, u32)> {
        let live = caller.session.and_then(|id| self.directory.session(&id)).filter(|live| live.app == app)?;
        let rules = self.app(app)?.rules;
        let proofs = self.directory.proven(app, &live).proofs.filter(|proofs| rules.hold(proofs, self.clock.now()))?;
        let user = proofs.user?.user;
        live.user.filter(|proof| proof.user == user).map(|proof| (user, proof.epoch))
    }
}
