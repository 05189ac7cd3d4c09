//! Permissions as types: what a handler needs stands in its signature, and is checked before its first line runs.

use crate::domain::Permission;

pub(in crate::portal) trait Right: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! rights {
    ($($name:ident),+) => {$(
        pub(in crate::portal) struct $name;

        impl Right for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )+};
}

rights!(
    SeeApps,
    CreateApps,
    EditApps,
    DeleteApps,
    ChangeAccess,
    SeeUsers,
    ManageUsers,
    SeeAudit,
    ManageMembers,
    EditWorkspace
);
