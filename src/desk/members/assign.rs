//! Who has which role where. An owner decides, or a member who may: never beyond their own rights, never for themselves.

use crate::desk::{ATTEMPTS, AdminError, Authority, Desk, Expected, Moving, Refusal};
use crate::directory::Snapshot;
use crate::domain::audit::Action;
use crate::domain::{
    Assignment, Guard, Key, Member, Permission, Permissions, Proposal, Record, RoleId, UserId, WorkspaceId,
};
use crate::ledger::LedgerError;

use super::{MemberView, assigns_in};

impl Desk {
    /// `None` takes the role that the member has there. Effective with their next click; what they have open and may
    /// not have any more is cut when this is answered.
    pub async fn assign_role(
        &self,
        authority: &Authority,
        id: UserId,
        workspace: WorkspaceId,
        role: Option<RoleId>,
        expected: &Expected,
    ) -> Result<MemberView, AdminError> {
        let _turn = self.administration.lock().await;
        for _ in 0..ATTEMPTS {
            let snapshot = self.directory.snapshot();
            may_assign(&snapshot, authority, workspace)?;
            let (before, revision) = self.seen_member(&snapshot, authority, id)?;
            check(&snapshot, authority, &before, workspace, role)?;
            expected.check(revision)?;
            let after = with_role(before.clone(), workspace, role);
            if after == before {
                return if role.is_some() { self.member(authority, id) } else { Err(AdminError::NotFound) };
            }
            let proposal = Proposal::new().expect(Guard::At(Key::Member(id), revision));
            let proposal = proposal.expect(Guard::Present(Key::Workspace(workspace)));
            let proposal = match role.filter(|role| *role != RoleId::FULL_ACCESS) {
                Some(role) => proposal.expect(Guard::Present(Key::Role(role))),
                None => proposal,
            };
            let name = |role: Option<RoleId>| {
                let role = role.and_then(|role| snapshot.staff.roles.get(&role));
                role.map(|role| role.name.clone()).unwrap_or_default()
            };
            let said = self.entry(Action::RoleAssign).on(self.member_named(id));
            let said = self.in_workspace(said, workspace);
            let said = said.changed("role", name(before.role_in(workspace)), name(role));
            match self.ledger.propose(proposal.put(Record::Member(Box::new(after))).record(said)).await {
                Ok(_) => return self.as_seen_in(authority, id, workspace),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::Member))
    }

    /// Who took somebody's last role that they may see, has seen them for the last time.
    fn as_seen_in(&self, authority: &Authority, id: UserId, workspace: WorkspaceId) -> Result<MemberView, AdminError> {
        let snapshot = self.directory.snapshot();
        let (member, revision) = crate::desk::read::member(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        let mut view = self.member_view(&snapshot, authority, &member, revision)?;
        view.roles.retain(|held| held.workspace.id == workspace || assigns_in(&snapshot, authority, held.workspace.id));
        Ok(view)
    }
}

/// A workspace that is seen, and where roles are theirs to give.
fn may_assign(snapshot: &Snapshot, authority: &Authority, workspace: WorkspaceId) -> Result<(), AdminError> {
    if !snapshot.workspaces.contains_key(&workspace) || !authority.sees(snapshot, workspace) {
        return Err(AdminError::NotFound);
    }
    let may = assigns_in(snapshot, authority, workspace);
    if may { Ok(()) } else { Err(AdminError::needs(Permission::ManageMembers)) }
}

fn check(
    snapshot: &Snapshot,
    authority: &Authority,
    member: &Member,
    workspace: WorkspaceId,
    role: Option<RoleId>,
) -> Result<(), AdminError> {
    if let Some(role) = role
        && !snapshot.staff.roles.contains_key(&role)
    {
        return Err(AdminError::flaw("role", "names no role"));
    }
    if authority.is_owner(snapshot) {
        return Ok(());
    }
    if member.owner {
        return Err(AdminError::NotAllowed(Refusal::RolesOfOwner));
    }
    if authority.member(snapshot).is_some_and(|own| own.id == member.id) {
        return Err(AdminError::NotAllowed(Refusal::OwnRole));
    }
    let own = authority.permissions(snapshot, workspace);
    let of = |role: Option<RoleId>| {
        let role = role.and_then(|role| snapshot.staff.roles.get(&role));
        role.map_or(Permissions::NONE, |role| role.permissions.with_implied())
    };
    if !own.covers(of(role)) {
        return Err(AdminError::NotAllowed(Refusal::RoleBeyondOwn));
    }
    if !own.covers(of(member.role_in(workspace))) {
        return Err(AdminError::NotAllowed(Refusal::MemberBeyondOwn));
    }
    Ok(())
}

/// One role in a workspace at most.
fn with_role(mut member: Member, workspace: WorkspaceId, role: Option<RoleId>) -> Member {
    if member.role_in(workspace) != role {
        member.roles.retain(|assigned| assigned.workspace != workspace);
        member.roles.extend(role.map(|role| Assignment { workspace, role }));
    }
    member
}
