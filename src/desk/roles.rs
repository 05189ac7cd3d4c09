//! Roles: named sets of permissions. Owners make them; who assigns them sees them.

use std::sync::Arc;

use crate::domain::audit::{Action, Entry, Party, PartyKind};
use crate::domain::{
    AppId, Assignment, Grants, Guard, Invitation, InvitationId, InvitationState, Key, Member, Permission, Permissions,
    Proposal, Record, Revision, Role, RoleId,
};
use crate::store::Group;

use super::invitations::as_invitation;
use super::members::manages_members;
use super::{AdminError, Authority, Clash, Desk, Expected, Fixed, Flaw, InUse, read};

/// In characters; what fits a table's column.
const NAME_MOST: usize = 60;
/// More than anybody tells apart.
const ROLES_MOST: usize = 200;

#[derive(Debug, Clone)]
pub struct RoleView {
    pub role: Arc<Role>,
    /// Members who have it anywhere; only owners are told.
    pub members: Option<usize>,
    pub revision: Revision,
}

/// What is to be different; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleChange {
    pub name: Option<String>,
    pub permissions: Option<Permissions>,
}

/// What still has a role.
struct Holders {
    members: Vec<(Member, Revision)>,
    /// Of members to come.
    invitations: Vec<Invitation>,
}

impl Desk {
    pub fn roles(&self, authority: &Authority) -> Result<Vec<RoleView>, AdminError> {
        let snapshot = self.directory.snapshot();
        if !manages_members(&snapshot, authority) {
            return Err(AdminError::NotFound);
        }
        snapshot.staff.roles.values().map(|role| self.role_view(authority, role.id)).collect()
    }

    pub fn role(&self, authority: &Authority, id: RoleId) -> Result<RoleView, AdminError> {
        if !manages_members(&self.directory.snapshot(), authority) {
            return Err(AdminError::NotFound);
        }
        self.role_view(authority, id)
    }

    /// By number, or by name in any case.
    pub fn find_role(&self, text: &str) -> Option<RoleId> {
        self.directory.snapshot().staff.role_called(text).map(|role| role.id)
    }

    fn role_view(&self, authority: &Authority, id: RoleId) -> Result<RoleView, AdminError> {
        let snapshot = self.directory.snapshot();
        let role = Arc::clone(snapshot.staff.roles.get(&id).ok_or(AdminError::NotFound)?);
        let has = |member: &Member| member.roles.iter().any(|assigned| assigned.role == id);
        let members = authority.is_owner(&snapshot).then(|| snapshot.staff.members.values().filter(|m| has(m)).count());
        let revision = read::role(&*self.archive, id)?.map(|(_, revision)| revision).unwrap_or_default();
        Ok(RoleView { role, members, revision })
    }

    pub async fn create_role(
        &self,
        authority: &Authority,
        name: &str,
        permissions: Permissions,
    ) -> Result<RoleView, AdminError> {
        let _turn = self.administration.lock().await;
        self.may_make_roles(authority)?;
        if self.directory.snapshot().staff.roles.len() >= ROLES_MOST {
            return Err(AdminError::Conflict(Clash::RolesMost(ROLES_MOST)));
        }
        let role =
            Role { id: RoleId::random(), name: name.trim().to_owned(), permissions, created_at: self.clock.now() };
        self.check_role(&role)?;
        let id = role.id;
        let said = self.on_role(Action::RoleCreate, &role).with("permissions", words(role.permissions));
        self.ledger.propose(Proposal::new().create(Record::Role(Box::new(role))).record(said)).await?;
        self.role_view(authority, id)
    }

    /// Effective with the next click of everybody who has it.
    pub async fn change_role(
        &self,
        authority: &Authority,
        id: RoleId,
        change: RoleChange,
        expected: &Expected,
    ) -> Result<RoleView, AdminError> {
        let _turn = self.administration.lock().await;
        let (before, revision) = self.own_role(authority, id, expected)?;
        let mut after = before.clone();
        if let Some(name) = change.name {
            name.trim().clone_into(&mut after.name);
        }
        after.permissions = change.permissions.unwrap_or(after.permissions);
        if after == before {
            return self.role_view(authority, id);
        }
        self.check_role(&after)?;
        let said = self.on_role(Action::RoleChange, &before).changed("name", &before.name, &after.name);
        let said = said.changed("permissions", words(before.permissions), words(after.permissions));
        let proposal = Proposal::new().expect(Guard::At(Key::Role(id), revision)).record(said);
        self.ledger.propose(proposal.put(Record::Role(Box::new(after)))).await?;
        self.role_view(authority, id)
    }

    /// With `instead`, whoever has the role gets that one; without, a role that somebody has stays.
    pub async fn delete_role(
        &self,
        authority: &Authority,
        id: RoleId,
        instead: Option<RoleId>,
        expected: &Expected,
    ) -> Result<(), AdminError> {
        let _turn = self.administration.lock().await;
        let (role, revision) = self.own_role(authority, id, expected)?;
        let proposal = Proposal::new().expect(Guard::At(Key::Role(id), revision)).remove(Key::Role(id));
        let holders = self.holders(id).await?;
        let proposal = match instead {
            None if holders.members.is_empty() && holders.invitations.is_empty() => proposal,
            None => {
                let (members, invitations) = (holders.members.len(), holders.invitations.len());
                return Err(AdminError::InUse(InUse::Role { name: role.name, members, invitations }));
            }
            Some(other) if other == id || !self.directory.snapshot().staff.roles.contains_key(&other) => {
                return Err(AdminError::flaw("reassign", "names no other role"));
            }
            Some(other) => handed_on(proposal, holders, id, other),
        };
        let said = self.on_role(Action::RoleDelete, &role);
        let heir = instead.and_then(|other| self.directory.snapshot().staff.roles.get(&other).cloned());
        let said = heir.iter().fold(said, |said, heir| said.with("instead", &heir.name));
        self.ledger.propose(proposal.record(said)).await?;
        Ok(())
    }

    fn on_role(&self, action: Action, role: &Role) -> Entry {
        self.entry(action).on(Party::new(PartyKind::Role, role.id, &role.name))
    }

    /// A role that the owner who asks may change.
    fn own_role(&self, authority: &Authority, id: RoleId, expected: &Expected) -> Result<(Role, Revision), AdminError> {
        self.may_make_roles(authority)?;
        if id == RoleId::FULL_ACCESS {
            return Err(AdminError::Fixed(Fixed::FullAccess));
        }
        let (role, revision) = read::role(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        expected.check(revision)?;
        Ok((role, revision))
    }

    /// Who sees no roles, is not told that there are any.
    pub fn may_make_roles(&self, authority: &Authority) -> Result<(), AdminError> {
        if manages_members(&self.directory.snapshot(), authority) {
            self.as_owner(authority)
        } else {
            Err(AdminError::NotFound)
        }
    }

    fn check_role(&self, role: &Role) -> Result<(), AdminError> {
        if let Some(flaw) = role_name_flaw(&role.name) {
            return Err(AdminError::Invalid(vec![flaw]));
        }
        let snapshot = self.directory.snapshot();
        let folded = role.name.to_lowercase();
        let mut others = snapshot.staff.roles.values().filter(|other| other.id != role.id);
        match others.find(|other| other.name.to_lowercase() == folded) {
            Some(other) => Err(AdminError::Conflict(Clash::RoleNamed(other.name.clone()))),
            None => Ok(()),
        }
    }

    async fn holders(&self, role: RoleId) -> Result<Holders, AdminError> {
        let snapshot = self.directory.snapshot();
        let mut members = Vec::new();
        for member in snapshot.staff.members.values() {
            let found = read::member(&*self.archive, member.id)?;
            members.extend(found.filter(|(member, _)| member.roles.iter().any(|assigned| assigned.role == role)));
        }
        let invitations = self.console_invitations().await?;
        let holds = |invitation: &Invitation| {
            let grants = invitation.grants.as_ref().filter(|_| invitation.state == InvitationState::Pending);
            grants.is_some_and(|grants| grants.roles.iter().any(|assigned| assigned.role == role))
        };
        Ok(Holders { members, invitations: invitations.into_iter().filter(holds).collect() })
    }

    /// All of them: as many as an account has had members, lately.
    async fn console_invitations(&self) -> Result<Vec<Invitation>, AdminError> {
        let read = self.reading(|archive| {
            let mut all = Vec::new();
            let mut after: Option<InvitationId> = None;
            loop {
                let behind = after.map(|id| Key::Invitation(AppId::CONSOLE, id));
                let records = archive.scan(Group::InvitationsOf(AppId::CONSOLE), behind.as_ref(), read::BATCH)?;
                let is_last = records.len() < read::BATCH;
                all.extend(records.into_iter().filter_map(as_invitation));
                after = all.last().map(|invitation| invitation.id);
                if is_last {
                    return Ok(all);
                }
            }
        });
        Ok(read.await?)
    }
}

fn words(permissions: Permissions) -> String {
    permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ")
}

/// What is wrong with a role's name, if anything is.
pub fn role_name_flaw(name: &str) -> Option<Flaw> {
    let name = name.trim();
    let is_fine = (1..=NAME_MOST).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    (!is_fine).then(|| Flaw::new("name", format!("use 1 to {NAME_MOST} characters on one line")))
}

/// Everybody who had the role has the other one.
fn handed_on(proposal: Proposal, holders: Holders, old: RoleId, new: RoleId) -> Proposal {
    let other = |roles: Vec<Assignment>| {
        let role = |assigned: Assignment| if assigned.role == old { new } else { assigned.role };
        roles.into_iter().map(|assigned| Assignment { role: role(assigned), ..assigned }).collect()
    };
    let guarded = if new == RoleId::FULL_ACCESS { proposal } else { proposal.expect(Guard::Present(Key::Role(new))) };
    let proposal = holders.members.into_iter().fold(guarded, |proposal, (member, revision)| {
        let guarded = proposal.expect(Guard::At(Key::Member(member.id), revision));
        guarded.put(Record::Member(Box::new(Member { roles: other(member.roles), ..member })))
    });
    holders.invitations.into_iter().fold(proposal, |proposal, invitation| {
        let guarded = proposal.expect(Guard::Present(Key::InvitationFor(invitation.app, invitation.username.clone())));
        let grants = invitation.grants.map(|grants| Box::new(Grants { roles: other(grants.roles), ..*grants }));
        guarded.put(Record::Invitation(Box::new(Invitation { grants, ..invitation })))
    })
}
