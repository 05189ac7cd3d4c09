//! Inviting members: an invitation to the console, with what they are going to have there.

use crate::desk::invitations::{as_invitation, withdrawn};
use crate::desk::read;
use crate::desk::{
    AdminError, Authority, Desk, Flaw, InvitationView, Invited, Invitee, Reach, Standing, Terms, Window,
};
use crate::directory::Snapshot;
use crate::domain::{AppId, Email, Grants, InvitationId, InvitationState, Key, Proposal};
use crate::store::Group;

/// Whoever is to be a member.
#[derive(Debug, Clone)]
pub struct NewMember {
    pub email: Email,
    pub given_name: String,
    pub family_name: String,
    pub grants: Grants,
}

impl Desk {
    /// An earlier invitation of the same person is void.
    pub async fn invite_member(
        &self,
        authority: &Authority,
        new: NewMember,
        terms: Terms,
    ) -> Result<Invited, AdminError> {
        self.as_owner(authority)?;
        check(&new.grants, &self.directory.snapshot())?;
        let invitee = Invitee {
            username: new.email.into(),
            given_name: new.given_name,
            family_name: new.family_name,
            grants: Some(new.grants),
        };
        let mut invited = self.invite(AppId::CONSOLE, vec![(invitee, terms)], Reach::Workspace).await?;
        invited.pop().unwrap_or(Err(AdminError::NotFound))
    }

    pub async fn member_invitations(
        &self,
        authority: &Authority,
        wanted: fn(Standing) -> bool,
        window: Window<InvitationId>,
    ) -> Result<(Vec<InvitationView>, Option<InvitationId>), AdminError> {
        self.as_owner(authority)?;
        self.invitations(AppId::CONSOLE, wanted, window).await
    }

    pub async fn member_invitation(
        &self,
        authority: &Authority,
        id: InvitationId,
    ) -> Result<InvitationView, AdminError> {
        self.as_owner(authority)?;
        self.invitation(AppId::CONSOLE, id).await
    }

    /// A new code, more time, and another letter.
    pub async fn renew_member_invitation(
        &self,
        authority: &Authority,
        id: InvitationId,
        terms: Terms,
    ) -> Result<Invited, AdminError> {
        self.as_owner(authority)?;
        self.renew_invitation(AppId::CONSOLE, id, terms, Reach::Workspace).await
    }

    pub async fn withdraw_member_invitation(&self, authority: &Authority, id: InvitationId) -> Result<(), AdminError> {
        self.as_owner(authority)?;
        self.withdraw_invitation(AppId::CONSOLE, id).await
    }
}

impl Desk {
    /// Takes back what only owners can promise. Nobody keeps who sent which invitation: so all go of who is to be an
    /// owner, and the owners who stay send theirs anew.
    pub(super) fn without_promises(&self, mut proposal: Proposal) -> Result<Proposal, AdminError> {
        let (archive, now) = (&*self.archive, self.clock.now());
        let mut after = None;
        loop {
            let records = archive.scan(Group::InvitationsOf(AppId::CONSOLE), after.as_ref(), read::BATCH)?;
            let is_last = records.len() < read::BATCH;
            for invitation in records.into_iter().filter_map(as_invitation) {
                after = Some(Key::Invitation(invitation.app, invitation.id));
                let makes_an_owner = invitation.grants.as_ref().is_some_and(|grants| grants.owner);
                if makes_an_owner
                    && invitation.state == InvitationState::Pending
                    && let Some((invitation, revision)) = read::invitation(archive, AppId::CONSOLE, invitation.id)?
                {
                    proposal = withdrawn(proposal, invitation, revision, now);
                }
            }
            if is_last {
                return Ok(proposal);
            }
        }
    }
}

fn check(grants: &Grants, snapshot: &Snapshot) -> Result<(), AdminError> {
    let mut flaws = Vec::new();
    for (index, assigned) in grants.roles.iter().enumerate() {
        if !snapshot.workspaces.contains_key(&assigned.workspace) {
            flaws.push(Flaw::new("roles", "names a workspace that is not there"));
        }
        if !snapshot.staff.roles.contains_key(&assigned.role) {
            flaws.push(Flaw::new("roles", "names a role that is not there"));
        }
        let before = grants.roles.iter().take(index);
        if before.into_iter().any(|other| other.workspace == assigned.workspace) {
            flaws.push(Flaw::new("roles", "names a workspace twice; a member has one role in each"));
        }
    }
    if flaws.is_empty() { Ok(()) } else { Err(AdminError::Invalid(flaws)) }
}
