//! Inviting members: an invitation to the console, with what they are going to have there.

use crate::desk::{
    AdminError, Authority, Desk, Flaw, InvitationView, Invited, Invitee, Reach, Standing, Terms, Window,
};
use crate::directory::Snapshot;
use crate::domain::{AppId, Email, Grants, InvitationId};

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
