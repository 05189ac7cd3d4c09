//! Programs' keys that are made here: shown once, kept as a hash, with a scope, perhaps an end, and their last use.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;

use crate::directory::Snapshot;
use crate::domain::audit::{Action, Entry, Party, PartyKind, Place};
use crate::domain::{
    ApiKey, Guard, Key, KeyId, KeyScope, LastUse, Permission, Permissions, Proposal, Record, Revision, Seq, Timestamp,
    UserId, WorkspaceId, secret,
};
use crate::ledger::LedgerError;

use super::{ATTEMPTS, AdminError, Authority, Clash, Desk, Expected, Flaw, Moving, Who, acting, read};

const NAME_MOST: usize = 60;
/// Of one person, or of the account beside them.
const KEYS_MOST: usize = 100;
/// How exactly it is known when a key was used: each note is a write.
const NOTED_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub name: String,
    pub scope: KeyScope,
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct KeyView {
    pub key: Arc<ApiKey>,
    /// Of what people change about it: that it was used is no change.
    pub revision: Revision,
}

/// A key with its secret, which is shown once.
#[derive(Clone)]
pub struct MadeKey {
    pub view: KeyView,
    pub secret: String,
}

/// What is to be different; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyChange {
    pub name: Option<String>,
    pub enabled: Option<bool>,
}

/// A key that no member made, but a key of the configuration.
const NOBODY: UserId = UserId::from_u64(0);

impl Desk {
    /// One's own, and those of what one may do everything with.
    pub fn api_keys(&self, authority: &Authority) -> Result<Vec<KeyView>, AdminError> {
        let snapshot = self.directory.snapshot();
        let seen = snapshot.staff.keys.values().filter(|key| rules(&snapshot, authority, key));
        seen.map(|key| self.key_view(key.id)).collect()
    }

    pub fn api_key(&self, authority: &Authority, id: KeyId) -> Result<KeyView, AdminError> {
        let view = self.key_view(id)?;
        let is_seen = rules(&self.directory.snapshot(), authority, &view.key);
        if is_seen { Ok(view) } else { Err(AdminError::NotFound) }
    }

    fn key_view(&self, id: KeyId) -> Result<KeyView, AdminError> {
        let (key, _) = read::api_key(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        Ok(KeyView { revision: standing(&key), key: Arc::new(key) })
    }

    /// A key that is theirs to change, as it is written now.
    fn own_key(&self, authority: &Authority, id: KeyId) -> Result<(ApiKey, Revision), AdminError> {
        let found = read::api_key(&*self.archive, id)?;
        let found = found.filter(|(key, _)| rules(&self.directory.snapshot(), authority, key));
        found.ok_or(AdminError::NotFound)
    }

    pub async fn create_api_key(&self, authority: &Authority, new: NewKey) -> Result<MadeKey, AdminError> {
        let _turn = self.administration.lock().await;
        let snapshot = self.directory.snapshot();
        let member = authority.member(&snapshot).map(|member| member.id);
        let owner = member.unwrap_or(NOBODY);
        may_make(&snapshot, authority, new.scope)?;
        let now = self.clock.now();
        let mut flaws: Vec<Flaw> = flaw_of(&new.name).into_iter().collect();
        if new.expires_at.is_some_and(|end| end <= now) {
            flaws.push(Flaw::new("expires_at", "is over already: name a moment to come, or leave it out"));
        }
        flaws.extend(outliving(&snapshot, &new));
        if !flaws.is_empty() {
            return Err(AdminError::Invalid(flaws));
        }
        let is_personal = new.scope == KeyScope::Personal;
        let alike = snapshot.staff.keys.values().filter(|key| match is_personal {
            true => key.is_personal_of(owner),
            false => key.scope != KeyScope::Personal,
        });
        if alike.count() >= KEYS_MOST {
            return Err(AdminError::Conflict(Clash::KeysMost(KEYS_MOST)));
        }
        let plain = format!("mg_{}", BASE64URL_NOPAD.encode(&secret::random::<32>()));
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, plain.as_bytes()).as_ref());
        let key = ApiKey {
            id: KeyId::random(),
            name: new.name.trim().to_owned(),
            hash,
            owner,
            scope: new.scope,
            enabled: true,
            created_at: now,
            expires_at: new.expires_at,
            last_used: None,
        };
        let id = key.id;
        let guards = guard_of(&snapshot, new.scope).into_iter().chain(member.map(|id| Guard::Present(Key::Member(id))));
        let said = self.on_key(Action::KeyCreate, &key);
        let proposal =
            guards.fold(Proposal::new(), Proposal::expect).create(Record::ApiKey(Box::new(key))).record(said);
        self.ledger.propose(proposal).await?;
        Ok(MadeKey { view: self.key_view(id)?, secret: plain })
    }

    /// Switched off, it opens nothing from the next request on.
    pub async fn change_api_key(
        &self,
        authority: &Authority,
        id: KeyId,
        change: KeyChange,
        expected: &Expected,
    ) -> Result<KeyView, AdminError> {
        let _turn = self.administration.lock().await;
        for _ in 0..ATTEMPTS {
            let (before, revision) = self.own_key(authority, id)?;
            expected.check(standing(&before))?;
            let mut after = before.clone();
            if let Some(name) = &change.name {
                if let Some(flaw) = flaw_of(name) {
                    return Err(AdminError::Invalid(vec![flaw]));
                }
                name.trim().clone_into(&mut after.name);
            }
            after.enabled = change.enabled.unwrap_or(after.enabled);
            if after == before {
                return self.key_view(id);
            }
            let said = self.on_key(Action::KeyChange, &before).changed("name", &before.name, &after.name);
            let said = said.changed("enabled", before.enabled, after.enabled);
            let proposal = Proposal::new().expect(Guard::At(Key::ApiKey(id), revision)).record(said);
            match self.ledger.propose(proposal.put(Record::ApiKey(Box::new(after)))).await {
                Ok(_) => return self.key_view(id),
                // Most likely it was used just now, which is written, too.
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::Key))
    }

    pub async fn delete_api_key(
        &self,
        authority: &Authority,
        id: KeyId,
        expected: &Expected,
    ) -> Result<(), AdminError> {
        let _turn = self.administration.lock().await;
        let KeyView { key, revision } = self.api_key(authority, id)?;
        expected.check(revision)?;
        let proposal = Proposal::new().expect(Guard::Present(Key::ApiKey(id))).remove(Key::ApiKey(id));
        self.ledger.propose(proposal.record(self.on_key(Action::KeyDelete, &key))).await?;
        Ok(())
    }

    /// In the workspace that it opens, if it opens no more than one.
    fn on_key(&self, action: Action, key: &ApiKey) -> Entry {
        let said = self.entry(action).on(Party::new(PartyKind::Key, key.id, &key.name));
        match key.scope {
            KeyScope::Personal => said.with("scope", "me"),
            KeyScope::Account => said.with("scope", "account"),
            KeyScope::Workspace(workspace) => self.in_workspace(said, workspace).with("scope", "workspace"),
            KeyScope::App(app) => match self.app(app) {
                Some(entry) => {
                    let place = Place::new(entry.app.id, &entry.app.name);
                    let said = self.in_workspace(said, entry.app.workspace).with("scope", "app");
                    Entry { app: Some(place), ..said }
                }
                None => said,
            },
        }
    }

    /// Remembers that a key was used, once a minute at most, and behind everybody's back.
    pub fn note_key_use(&self, id: KeyId, ip: IpAddr) {
        let now = self.clock.now();
        let snapshot = self.directory.snapshot();
        let last = snapshot.staff.keys.get(&id).and_then(|key| key.last_used);
        if last.is_some_and(|last| now.since(last.at) < NOTED_EVERY && last.at <= now) {
            return;
        }
        // Under a guard: what was switched off meanwhile stays so.
        let Ok(Some((key, revision))) = read::api_key(&*self.archive, id) else { return };
        let used = ApiKey { last_used: Some(LastUse { at: now, ip: ip.to_canonical() }), ..key };
        let proposal = Proposal::new().expect(Guard::At(Key::ApiKey(id), revision));
        self.ledger.propose_later(proposal.put(Record::ApiKey(Box::new(used))));
    }
}

/// Stands for a revision, and stays while a key is only used.
fn standing(key: &ApiKey) -> Revision {
    let hash = digest::digest(&digest::SHA256, format!("{}\n{}", key.enabled, key.name).as_bytes());
    Seq(hash.as_ref().first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first)))
}

fn flaw_of(name: &str) -> Option<Flaw> {
    let name = name.trim();
    let is_fine = (1..=NAME_MOST).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    (!is_fine).then(|| Flaw::new("name", format!("use 1 to {NAME_MOST} characters on one line")))
}

/// A key that ends makes none that goes on: whoever got hold of it would keep what was lent for a while.
fn outliving(snapshot: &Snapshot, new: &NewKey) -> Option<Flaw> {
    let Who::Key(maker) = acting::current().who else { return None };
    let end = snapshot.staff.keys.get(&maker)?.expires_at?;
    let outlives = new.expires_at.is_none_or(|other| other > end);
    outlives
        .then(|| Flaw::new("expires_at", format!("the key that makes this one ends at {end}: name no later moment")))
}

/// Whether a key is theirs to see, to switch off and to delete.
fn rules(snapshot: &Snapshot, authority: &Authority, key: &ApiKey) -> bool {
    if authority.is_owner(snapshot) {
        return true;
    }
    match key.scope {
        KeyScope::Personal => authority.member(snapshot).is_some_and(|member| key.is_personal_of(member.id)),
        KeyScope::Account => false,
        KeyScope::Workspace(workspace) => rules_in(snapshot, authority, workspace),
        KeyScope::App(app) => {
            snapshot.apps.get(&app).is_some_and(|entry| rules_in(snapshot, authority, entry.app.workspace))
        }
    }
}

/// A key of a workspace may everything there: only who may, too, hands one out.
fn rules_in(snapshot: &Snapshot, authority: &Authority, workspace: WorkspaceId) -> bool {
    authority.permissions(snapshot, workspace).covers(Permissions::all())
}

fn may_make(snapshot: &Snapshot, authority: &Authority, scope: KeyScope) -> Result<(), AdminError> {
    let workspace = match scope {
        KeyScope::Personal if authority.member(snapshot).is_some() => return Ok(()),
        KeyScope::Personal => {
            return Err(AdminError::flaw("scope", "`me` is for members, and a key is none: name what it may open"));
        }
        KeyScope::Account if authority.is_owner(snapshot) => return Ok(()),
        KeyScope::Account => return Err(AdminError::owners_only()),
        KeyScope::Workspace(workspace) => Some(workspace),
        KeyScope::App(app) => snapshot.apps.get(&app).map(|entry| entry.app.workspace),
    };
    let workspace = workspace.filter(|id| snapshot.workspaces.contains_key(id) && authority.sees(snapshot, *id));
    let workspace = workspace.ok_or_else(|| AdminError::flaw("scope", "names nothing that is there"))?;
    let own = authority.permissions(snapshot, workspace);
    let lacking = Permission::ALL.into_iter().find(|permission| !own.has(*permission));
    lacking.map_or(Ok(()), |permission| Err(AdminError::needs(permission)))
}

/// What the key opens must still be there.
fn guard_of(snapshot: &Snapshot, scope: KeyScope) -> Option<Guard> {
    match scope {
        KeyScope::Personal | KeyScope::Account => None,
        KeyScope::Workspace(workspace) => Some(Guard::Present(Key::Workspace(workspace))),
        KeyScope::App(app) => snapshot.apps.contains_key(&app).then_some(Guard::Present(Key::App(app))),
    }
}
