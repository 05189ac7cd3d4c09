//! Members: who builds and runs, and what they may do. Every verb is told in whose name, and refuses what is not theirs.

mod assign;
mod change;
mod invite;
mod profile;

use std::sync::Arc;

use crate::directory::Snapshot;
use crate::domain::audit::{Party, PartyKind};
use crate::domain::{
    AppId, Assignment, Email, Guard, Key, Member, Permission, Proposal, Revision, Role, Timestamp, UserId, Workspace,
    WorkspaceId,
};

use super::{AdminError, Authority, Desk, read};

pub use change::MemberChange;
pub use invite::NewMember;
pub use profile::{Profile, ProfileChange};

/// A member, as far as whoever looks may see them.
#[derive(Debug, Clone)]
pub struct MemberView {
    pub id: UserId,
    pub email: Option<Email>,
    pub given_name: String,
    pub family_name: String,
    pub owner: bool,
    pub roles: Vec<RoleHeld>,
    pub since: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    pub revision: Revision,
}

/// A role in a workspace, by the names of both.
#[derive(Debug, Clone)]
pub struct RoleHeld {
    pub workspace: Arc<Workspace>,
    pub role: Arc<Role>,
}

impl MemberView {
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name).trim().to_owned()
    }
}

impl Desk {
    /// For owners all; for who assigns roles in a workspace, those who have one there.
    pub fn members(&self, authority: &Authority) -> Result<Vec<MemberView>, AdminError> {
        let snapshot = self.directory.snapshot();
        if !manages_members(&snapshot, authority) {
            return Err(AdminError::NotFound);
        }
        let seen = snapshot.staff.members.values().filter(|member| sees(&snapshot, authority, member));
        let mut views = Vec::new();
        for member in seen {
            // Gone since the snapshot was taken.
            let Some((member, revision)) = read::member(&*self.archive, member.id)? else { continue };
            views.push(self.member_view(&snapshot, authority, &member, revision)?);
        }
        Ok(views)
    }

    pub fn member(&self, authority: &Authority, id: UserId) -> Result<MemberView, AdminError> {
        let snapshot = self.directory.snapshot();
        let (member, revision) = self.seen_member(&snapshot, authority, id)?;
        self.member_view(&snapshot, authority, &member, revision)
    }

    /// By the names of today; what is gone is left out.
    pub fn roles_held(&self, roles: &[Assignment]) -> Vec<RoleHeld> {
        let snapshot = self.directory.snapshot();
        roles.iter().filter_map(|assigned| role_held(&snapshot, *assigned)).collect()
    }

    /// A member who is there for whoever asks.
    fn seen_member(
        &self,
        snapshot: &Snapshot,
        authority: &Authority,
        id: UserId,
    ) -> Result<(Member, Revision), AdminError> {
        let found = read::member(&*self.archive, id)?.filter(|(member, _)| sees(snapshot, authority, member));
        found.ok_or(AdminError::NotFound)
    }

    fn member_view(
        &self,
        snapshot: &Snapshot,
        authority: &Authority,
        member: &Member,
        revision: Revision,
    ) -> Result<MemberView, AdminError> {
        let person = self.directory.person(member.id);
        let text = |get: fn(&crate::directory::Person) -> &str| person.as_ref().map(get).unwrap_or_default().to_owned();
        let held = member.roles.iter().filter(|assigned| assigns_in(snapshot, authority, assigned.workspace));
        let sessions = self.user_sessions(AppId::CONSOLE, member.id)?;
        Ok(MemberView {
            id: member.id,
            email: text(|person| person.username()).parse().ok(),
            given_name: text(|person| person.given_name()),
            family_name: text(|person| person.family_name()),
            owner: member.owner,
            roles: held.filter_map(|assigned| role_held(snapshot, *assigned)).collect(),
            since: member.since,
            last_seen_at: sessions.iter().map(|session| self.last_seen(session)).max(),
            revision,
        })
    }

    /// As the record names them.
    fn member_named(&self, id: UserId) -> Party {
        let name = self.directory.person(id).map(|person| person.username().to_owned());
        Party::new(PartyKind::Member, id, name.unwrap_or_default())
    }

    /// For an owner who is to be none any more: somebody else must be one, and what they promised does not come true.
    pub(super) fn without_owner(&self, proposal: Proposal, id: UserId) -> Result<Proposal, AdminError> {
        self.without_promises(self.leaves_an_owner(proposal, id)?)
    }

    /// A proposal that comes true only if somebody else is an owner then.
    fn leaves_an_owner(&self, proposal: Proposal, but: UserId) -> Result<Proposal, AdminError> {
        let snapshot = self.directory.snapshot();
        for other in snapshot.staff.owners().filter(|owner| owner.id != but) {
            if let Some((member, revision)) = read::member(&*self.archive, other.id)?
                && member.owner
            {
                return Ok(proposal.expect(Guard::At(Key::Member(member.id), revision)));
            }
        }
        Err(AdminError::LastOwner)
    }

    /// Takes the rights of a member who goes, with the keys that were theirs alone. Nothing for who is no member.
    pub(super) fn without_member(&self, proposal: Proposal, id: UserId) -> Result<Proposal, AdminError> {
        let Some((member, revision)) = read::member(&*self.archive, id)? else { return Ok(proposal) };
        let snapshot = self.directory.snapshot();
        let personal = snapshot.staff.keys.values().filter(|key| key.is_personal_of(id));
        let proposal = personal.fold(proposal, |proposal, key| proposal.remove(Key::ApiKey(key.id)));
        let proposal = proposal.expect(Guard::At(Key::Member(id), revision)).remove(Key::Member(id));
        if member.owner { self.without_owner(proposal, id) } else { Ok(proposal) }
    }

    /// Only owners may; who is none, learns nothing more.
    pub(super) fn as_owner(&self, authority: &Authority) -> Result<(), AdminError> {
        if authority.is_owner(&self.directory.snapshot()) { Ok(()) } else { Err(AdminError::owners_only()) }
    }
}

fn role_held(snapshot: &Snapshot, assigned: Assignment) -> Option<RoleHeld> {
    let workspace = Arc::clone(snapshot.workspaces.get(&assigned.workspace)?);
    Some(RoleHeld { workspace, role: Arc::clone(snapshot.staff.roles.get(&assigned.role)?) })
}

/// Whether somebody assigns roles anywhere.
pub(super) fn manages_members(snapshot: &Snapshot, authority: &Authority) -> bool {
    authority.is_owner(snapshot) || snapshot.workspaces.keys().any(|id| assigns_in(snapshot, authority, *id))
}

/// A key of a workspace is no person: it may everything there, and has no say in who works there.
fn assigns_in(snapshot: &Snapshot, authority: &Authority, workspace: WorkspaceId) -> bool {
    let is_somebody = authority.is_owner(snapshot) || authority.member(snapshot).is_some();
    is_somebody && authority.may(snapshot, workspace, Permission::ManageMembers)
}

fn sees(snapshot: &Snapshot, authority: &Authority, member: &Member) -> bool {
    authority.is_owner(snapshot)
        || member.roles.iter().any(|assigned| assigns_in(snapshot, authority, assigned.workspace))
}
