//! What somebody is not permitted, and what nobody is. As with a clash, `Display` is the English sentence.

use std::fmt;

use crate::domain::Permission;

/// Seen, but it takes a right that whoever asks has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    OwnersOnly,
    Needs(Permission),
    RolesOfOwner,
    OwnRole,
    RoleBeyondOwn,
    MemberBeyondOwn,
}

/// It belongs to every installation as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    DefaultWorkspace,
    LastWorkspace,
    FullAccess,
}

impl Refusal {
    /// What is lacking, as programs are told.
    pub fn permission(self) -> &'static str {
        match self {
            Self::OwnersOnly => "owner",
            Self::Needs(permission) => permission.as_str(),
            Self::RolesOfOwner | Self::OwnRole | Self::RoleBeyondOwn | Self::MemberBeyondOwn => {
                Permission::ManageMembers.as_str()
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OwnersOnly => "Only an owner can do this.",
            Self::Needs(permission) => {
                return write!(f, "Ask an owner for a role with the permission {permission}.");
            }
            Self::RolesOfOwner => "An owner's roles are changed by owners only.",
            Self::OwnRole => "Nobody changes their own role: ask an owner, or another member who assigns roles.",
            Self::RoleBeyondOwn => "The role permits more than you may do here yourself.",
            Self::MemberBeyondOwn => "The member may do more here than you may yourself.",
        })
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DefaultWorkspace => "the default workspace keeps its name and stays",
            Self::LastWorkspace => "the last workspace stays",
            Self::FullAccess => "the role Full access is the same everywhere: make another one",
        })
    }
}

/// One of each, for the tests: whoever adds one is made to say where it comes in the row.
#[cfg(test)]
impl Refusal {
    pub(crate) fn every() -> Vec<Self> {
        std::iter::successors(Some(Self::OwnersOnly), Self::next).collect()
    }

    fn next(&self) -> Option<Self> {
        Some(match self {
            Self::OwnersOnly => Self::Needs(Permission::EditApps),
            Self::Needs(_) => Self::RolesOfOwner,
            Self::RolesOfOwner => Self::OwnRole,
            Self::OwnRole => Self::RoleBeyondOwn,
            Self::RoleBeyondOwn => Self::MemberBeyondOwn,
            Self::MemberBeyondOwn => return None,
        })
    }
}

#[cfg(test)]
impl Fixed {
    pub(crate) fn every() -> Vec<Self> {
        std::iter::successors(Some(Self::DefaultWorkspace), Self::next).collect()
    }

    fn next(&self) -> Option<Self> {
        match self {
            Self::DefaultWorkspace => Some(Self::LastWorkspace),
            Self::LastWorkspace => Some(Self::FullAccess),
            Self::FullAccess => None,
        }
    }
}
