//! Programs' keys: a name for the log, a scope, and the hash of the secret.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest;
use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::desk::{Authority, Desk, Failed, Scope};
use crate::throttle::Block;

use super::Problem;

#[derive(Debug, Clone)]
pub struct ApiKey {
    pub name: String,
    pub scope: Scope,
    /// SHA-256 of the secret; a slow hash would add nothing to 16 random characters.
    hash: [u8; 32],
}

impl ApiKey {
    pub fn new(name: String, scope: Scope, secret: &str) -> Self {
        Self { name, scope, hash: sha256(secret.as_bytes()) }
    }
}

/// Addresses from which a key was used: they are not held up by others' wrong keys. A key's home rarely changes.
const HOMES: usize = 10_000;

/// All keys of the installation; a reload replaces the list.
#[derive(Default)]
pub struct ApiKeys {
    keys: arc_swap::ArcSwap<Vec<ApiKey>>,
    homes: Mutex<HashSet<([u8; 32], Block)>>,
}

impl ApiKeys {
    pub fn new(keys: Vec<ApiKey>) -> Self {
        Self { keys: arc_swap::ArcSwap::from_pointee(keys), homes: Mutex::default() }
    }

    pub fn replace(&self, keys: Vec<ApiKey>) {
        self.keys.store(std::sync::Arc::new(keys));
    }

    /// As they are now.
    pub(in crate::portal) fn all(&self) -> std::sync::Arc<Vec<ApiKey>> {
        self.keys.load_full()
    }

    /// Names and scopes, as the configuration has them.
    pub(super) fn configured(&self) -> Vec<(String, String)> {
        let scope = |key: &ApiKey| match &key.scope {
            Scope::Account => "account".to_owned(),
            Scope::Workspace(workspace) => format!("workspace:{workspace}"),
            Scope::App(workspace, app) => format!("app:{workspace}/{app}"),
        };
        self.keys.load().iter().map(|key| (key.name.clone(), scope(key))).collect()
    }

    /// What the key with this secret opens. Wrong ones are counted against their address.
    pub(super) fn authority(&self, secret: &str, ip: IpAddr, desk: &Desk) -> Result<Authority, Problem> {
        let hash = sha256(secret.as_bytes());
        let found = self.find(&hash, ip, desk);
        let home = (hash, Block::of(ip));
        if let Some(authority) = &found
            && self.homes().contains(&home)
        {
            return Ok(authority.clone());
        }
        let tries = desk.throttle().api_key(ip)?;
        let Some(authority) = found else {
            desk.note_failed(None, ip, None, Failed::ApiKey);
            return Err(Problem::Unauthorized);
        };
        tries.refund();
        let mut homes = self.homes();
        if homes.len() >= HOMES {
            homes.clear();
        }
        homes.insert(home);
        Ok(authority)
    }

    /// Among the keys of the configuration, and among those that were made here.
    pub(super) fn find(&self, hash: &[u8; 32], ip: IpAddr, desk: &Desk) -> Option<Authority> {
        let keys = self.keys.load();
        let configured = keys.get(position(&keys, hash));
        let snapshot = desk.directory().snapshot();
        let configured = configured.map(|key| Authority::of_config_key(&key.name, &key.scope, &snapshot, ip));
        let stored = desk.authority_of_key(hash, ip);
        if let (None, Some((_, id))) = (&configured, &stored) {
            desk.note_key_use(*id, ip);
        }
        configured.or(stored.map(|(authority, _)| authority))
    }

    fn homes(&self) -> std::sync::MutexGuard<'_, HashSet<([u8; 32], Block)>> {
        self.homes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares with every key, whichever fits: how long it takes tells nothing.
fn position(keys: &[ApiKey], hash: &[u8; 32]) -> usize {
    let nowhere = u64::MAX;
    let found = (0..).zip(keys).fold(nowhere, |found, (index, key): (u64, _)| {
        u64::conditional_select(&found, &index, key.hash.as_slice().ct_eq(hash.as_slice()))
    });
    usize::try_from(found).unwrap_or(usize::MAX)
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}
