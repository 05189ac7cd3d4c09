//! Who builds and runs: members, what their roles permit, and the keys by which programs act.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use super::{AppId, KeyId, RoleId, Timestamp, UserId, WorkspaceId};

/// One thing that a role can permit, in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    SeeApps,
    CreateApps,
    /// Address, upstream, names, limits, running or stopped.
    EditApps,
    /// Mode, master password, approval, domains, providers.
    ChangeAccess,
    /// Also to move them to another workspace.
    DeleteApps,
    /// Also their devices, sessions and invites, and the figures.
    SeeUsers,
    /// Invite, approve, change, sign out, delete.
    ManageUsers,
    SeeAudit,
    /// Assign roles in the workspace: never more than one's own.
    ManageMembers,
    /// Its name and title.
    EditWorkspace,
}

/// A word that names no permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownPermission;

impl fmt::Display for UnknownPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a permission; there are: ")?;
        for (index, permission) in Permission::ALL.into_iter().enumerate() {
            write!(f, "{}{permission}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownPermission {}

impl Permission {
    pub const ALL: [Self; 10] = [
        Self::SeeApps,
        Self::CreateApps,
        Self::EditApps,
        Self::ChangeAccess,
        Self::DeleteApps,
        Self::SeeUsers,
        Self::ManageUsers,
        Self::SeeAudit,
        Self::ManageMembers,
        Self::EditWorkspace,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SeeApps => "see-apps",
            Self::CreateApps => "create-apps",
            Self::EditApps => "edit-apps",
            Self::ChangeAccess => "change-access",
            Self::DeleteApps => "delete-apps",
            Self::SeeUsers => "see-users",
            Self::ManageUsers => "manage-users",
            Self::SeeAudit => "see-audit",
            Self::ManageMembers => "manage-members",
            Self::EditWorkspace => "edit-workspace",
        }
    }

    /// Part of the store's format: a bit is never given to another permission.
    const fn bit(self) -> u64 {
        1 << self as u32
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == text).ok_or(UnknownPermission)
    }
}

super::serde_text!(Permission);

/// A set of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Permissions(u64);

impl Permissions {
    pub const NONE: Self = Self(0);

    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether everything in `other` is here, too.
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// With what the others are of no use without: who may do something with an app sees that it is there.
    pub fn with_implied(self) -> Self {
        use Permission as P;
        let about_apps = [P::CreateApps, P::EditApps, P::ChangeAccess, P::DeleteApps, P::SeeUsers, P::ManageUsers];
        let sees_apps = about_apps.into_iter().any(|permission| self.has(permission)).then_some(P::SeeApps);
        self.iter().chain(sees_apps).collect()
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A person who builds or runs: a user of the account realm, with the rights that they have there.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Member {
    #[n(0)]
    pub id: UserId,
    /// May do everything, everywhere. There is always one who does.
    #[n(1)]
    pub owner: bool,
    /// At most one for each workspace.
    #[n(2)]
    pub roles: Vec<Assignment>,
    #[n(3)]
    pub since: Timestamp,
    #[n(4)]
    pub theme: Option<Theme>,
    #[n(5)]
    pub language: Option<super::Language>,
}

/// A role in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Assignment {
    #[n(0)]
    pub workspace: WorkspaceId,
    #[n(1)]
    pub role: RoleId,
}

impl Member {
    pub fn new(id: UserId, grants: Grants, since: Timestamp) -> Self {
        Self { id, owner: grants.owner, roles: grants.roles, since, theme: None, language: None }
    }

    pub fn role_in(&self, workspace: WorkspaceId) -> Option<RoleId> {
        self.roles.iter().find(|assigned| assigned.workspace == workspace).map(|assigned| assigned.role)
    }
}

/// What an invited member is going to have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Grants {
    #[n(0)]
    pub owner: bool,
    #[n(1)]
    pub roles: Vec<Assignment>,
}

/// How the console looks to somebody; without one, as their system does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[cbor(index_only)]
pub enum Theme {
    #[n(0)]
    Light,
    #[n(1)]
    Dark,
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Role {
    #[n(0)]
    pub id: RoleId,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub permissions: Permissions,
    #[n(3)]
    pub created_at: Timestamp,
}

impl Role {
    /// The role that is always there: everything in a workspace.
    pub fn full_access() -> Self {
        Self {
            id: RoleId::FULL_ACCESS,
            name: "Full access".to_owned(),
            permissions: Permissions::all(),
            created_at: Timestamp::from_millis(0),
        }
    }
}

/// A program's key, made here; those of the configuration are not stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ApiKey {
    #[n(0)]
    pub id: KeyId,
    #[n(1)]
    pub name: String,
    /// SHA-256 of the secret as it was shown; a slow hash would add nothing to 256 random bits.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Who made it. A personal key has its owner's rights, whatever these are when it is used.
    #[n(3)]
    pub owner: UserId,
    #[n(4)]
    pub scope: KeyScope,
    #[n(5)]
    pub enabled: bool,
    #[n(6)]
    pub created_at: Timestamp,
    #[n(7)]
    pub expires_at: Option<Timestamp>,
    #[n(8)]
    pub last_used: Option<LastUse>,
}

impl ApiKey {
    /// Whether it goes with that person.
    pub fn is_personal_of(&self, person: UserId) -> bool {
        self.scope == KeyScope::Personal && self.owner == person
    }
}

/// How far a key reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub enum KeyScope {
    #[n(0)]
    Personal,
    #[n(1)]
    Account,
    #[n(2)]
    Workspace(#[n(0)] WorkspaceId),
    #[n(3)]
    App(#[n(0)] AppId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct LastUse {
    #[n(0)]
    pub at: Timestamp,
    #[cbor(n(1), with = "super::change::text")]
    pub ip: std::net::IpAddr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set: Permissions = [Permission::SeeApps, Permission::ManageUsers].into_iter().collect();
        assert!(set.has(Permission::SeeApps) && set.has(Permission::ManageUsers) && !set.has(Permission::SeeUsers));
        assert!(Permissions::all().covers(set) && !set.covers(Permissions::all()));
        assert_eq!(set.iter().collect::<Vec<_>>(), [Permission::SeeApps, Permission::ManageUsers]);
    }

    #[test]
    fn who_may_do_something_with_an_app_sees_it() {
        let only = |permission| [permission].into_iter().collect::<Permissions>().with_implied();
        assert!(only(Permission::ManageUsers).has(Permission::SeeApps));
        assert!(only(Permission::EditApps).has(Permission::SeeApps));
        assert!(!only(Permission::SeeAudit).has(Permission::SeeApps));
        assert_eq!(Permissions::NONE.with_implied(), Permissions::NONE);
    }

    #[test]
    fn every_permission_has_its_own_word_and_bit() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(permission));
            let alone: Permissions = [permission].into_iter().collect();
            assert_eq!(alone.iter().collect::<Vec<_>>(), [permission]);
        }
        assert_eq!("everything".parse::<Permission>(), Err(UnknownPermission));
    }
}
