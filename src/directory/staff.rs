//! Who builds and runs, at one moment: members, roles and keys. Few, so a snapshot holds them all.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{ApiKey, KeyId, Member, Permissions, Role, RoleId, UserId, WorkspaceId};

#[derive(Debug, Clone)]
pub struct Staff {
    pub members: HashMap<UserId, Arc<Member>>,
    pub roles: HashMap<RoleId, Arc<Role>>,
    pub keys: HashMap<KeyId, Arc<ApiKey>>,
    /// By SHA-256 of the secret.
    by_secret: HashMap<[u8; 32], KeyId>,
}

impl Default for Staff {
    fn default() -> Self {
        let full = Arc::new(Role::full_access());
        Self {
            members: HashMap::new(),
            roles: HashMap::from([(full.id, full)]),
            keys: HashMap::new(),
            by_secret: HashMap::new(),
        }
    }
}

impl Staff {
    /// What a member may do in a workspace.
    pub fn permissions(&self, member: &Member, workspace: WorkspaceId) -> Permissions {
        if member.owner {
            return Permissions::all();
        }
        let role = member.role_in(workspace).and_then(|role| self.roles.get(&role));
        role.map_or(Permissions::NONE, |role| role.permissions.with_implied())
    }

    /// By number, or by name in any case.
    pub fn role_called(&self, text: &str) -> Option<&Arc<Role>> {
        let by_id = text.parse().ok().and_then(|id: RoleId| self.roles.get(&id));
        by_id.or_else(|| self.roles.values().find(|role| role.name.to_lowercase() == text.to_lowercase()))
    }

    pub fn key_with(&self, hash: &[u8; 32]) -> Option<&Arc<ApiKey>> {
        self.keys.get(self.by_secret.get(hash)?)
    }

    pub fn owners(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.values().filter(|member| member.owner)
    }

    pub(super) fn put_key(&mut self, key: &ApiKey) {
        self.remove_key(key.id);
        self.by_secret.insert(key.hash, key.id);
        self.keys.insert(key.id, Arc::new(key.clone()));
    }

    pub(super) fn remove_key(&mut self, id: KeyId) {
        if let Some(old) = self.keys.remove(&id) {
            self.by_secret.remove(&old.hash);
        }
    }
}
