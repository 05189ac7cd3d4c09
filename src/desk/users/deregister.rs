//! Deregistering: the bond ends, and with the last bond the user.

use std::collections::HashSet;

use crate::desk::audit::person;
use crate::desk::invitations::withdrawn;
use crate::desk::{ATTEMPTS, AdminError, Desk, Moving, Trouble, read};
use crate::domain::audit::{Action, Party, PartyKind};
use crate::domain::{AppId, Guard, Key, Proposal, User, UserId};
use crate::store::StoreError;

impl Desk {
    /// Ends a user's registration with an app, their sessions there and their invite; the user goes with the last
    /// registration in the workspace. Answered when every stream concerned is cut.
    pub async fn deregister(&self, app: AppId, user: UserId) -> Result<(), AdminError> {
        if read::registration(&*self.archive, app, user)?.is_none() {
            return Err(AdminError::NotFound);
        }
        self.unregister(app, user).await
    }

    /// Until the registration is gone, whoever else works on it.
    pub(in crate::desk) async fn unregister(&self, app: AppId, user: UserId) -> Result<(), AdminError> {
        for _ in 0..ATTEMPTS {
            let (_, removal) = self.unregistration(app, user)?;
            let named = read::user(&*self.archive, user)?.map(|(user, _)| person(&user));
            let named = named.unwrap_or_else(|| Party::new(PartyKind::User, user, ""));
            let removal = removal.record(self.entry_in(Action::UserDelete, app).on(named));
            match self.ledger.propose(removal).await.map_err(Trouble::from) {
                Ok(_) => return self.clear_strays(app, user).await,
                Err(Trouble::Changed) => {}
                Err(Trouble::Failed(error)) => return Err(AdminError::unavailable(&error)),
            }
        }
        Err(AdminError::never_still(Moving::Registration))
    }

    /// All that goes with a registration, as things stand.
    pub(in crate::desk) fn unregistration(&self, app: AppId, user: UserId) -> Result<(UserId, Proposal), AdminError> {
        let archive = &*self.archive;
        let bond = Key::Registration(app, user);
        // Read before the registrations elsewhere: each new one writes the user again.
        let known = read::user(archive, user)?;
        let mut proposal = Proposal::new().remove(bond);
        for session in self.user_sessions(app, user)? {
            proposal = proposal.remove(session.key());
        }
        let Some((known, revision)) = known else { return Ok((user, proposal)) };
        proposal = proposal.expect(Guard::At(Key::User(user), revision));
        if let Some((invitation, revision)) = read::invitation_for(archive, app, &known.username)? {
            proposal = withdrawn(proposal, invitation, revision, self.clock.now());
        }
        if !self.is_registered_elsewhere(app, &known)? {
            proposal = without_user(proposal, &known);
        }
        Ok((user, proposal))
    }

    /// The directory knows quickly of a bond that is; the archive knows for sure that there is none.
    pub(in crate::desk) fn is_registered_elsewhere(&self, app: AppId, user: &User) -> Result<bool, StoreError> {
        let snapshot = self.directory.snapshot();
        let others: HashSet<AppId> =
            snapshot.apps_in(user.workspace).filter(|entry| entry.app.id != app).map(|entry| entry.app.id).collect();
        let person = self.directory.person(user.id);
        if person.is_some_and(|person| others.iter().any(|other| person.invited_to(*other).is_some())) {
            return Ok(true);
        }
        for other in others {
            if read::registration(&*self.archive, other, user.id)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A session that came between the reading and the removal proves nothing any more, and goes too.
    pub(in crate::desk) async fn clear_strays(&self, app: AppId, user: UserId) -> Result<(), AdminError> {
        loop {
            let strays = self.user_sessions(app, user)?;
            let is_back = read::registration(&*self.archive, app, user)?.is_some();
            if strays.is_empty() || is_back {
                return Ok(());
            }
            let removal = strays.iter().fold(Proposal::new(), |removal, stray| removal.remove(stray.key()));
            match self.ledger.propose(removal.expect(Guard::Absent(Key::Registration(app, user)))).await {
                Ok(_) | Err(crate::ledger::LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The user, and what leads to them.
pub(in crate::desk) fn without_user(proposal: Proposal, user: &User) -> Proposal {
    let proposal = user
        .identities
        .iter()
        .fold(proposal, |proposal, identity| proposal.remove(Key::Federated(user.workspace, identity.id())));
    proposal.remove(Key::Username(user.workspace, user.username.clone())).remove(Key::User(user.id))
}
