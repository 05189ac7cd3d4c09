//! Users as the hot path knows them: address and names in one allocation, and their bonds to apps.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::domain::{AppId, Registration, UserGlimpse, UserId, WorkspaceId};

/// A user's slim record; clones share the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub workspace: WorkspaceId,
    pub epoch: u32,
    pub suspended: bool,
    /// User name, given name and family name, one after the other.
    text: Arc<str>,
    username_end: u16,
    given_end: u16,
    bonds: Bonds,
}

/// Sorted; most users have one.
type Bonds = SmallVec<[Bond; 1]>;

/// A registration as the hot path knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bond {
    pub(super) app: AppId,
    pub(super) invited: bool,
    pub(super) waiting: bool,
}

impl From<&Registration> for Bond {
    fn from(bond: &Registration) -> Self {
        Self { app: bond.app, invited: bond.invited, waiting: bond.waiting }
    }
}

impl Person {
    fn new(user: UserGlimpse<'_>, bonds: Bonds) -> Self {
        let text = [user.username, user.given_name, user.family_name].concat();
        let username_end = user.username.len();
        let length = |end: usize| u16::try_from(end).unwrap_or(u16::MAX);
        Self {
            workspace: user.workspace,
            epoch: user.epoch,
            suspended: user.suspended,
            text: text.into(),
            username_end: length(username_end),
            given_end: length(username_end + user.given_name.len()),
            bonds,
        }
    }

    pub fn username(&self) -> &str {
        self.text.get(..usize::from(self.username_end)).unwrap_or_default()
    }

    /// The user name, if it is an address.
    pub fn email(&self) -> Option<&str> {
        Some(self.username()).filter(|name| name.contains('@'))
    }

    pub fn given_name(&self) -> &str {
        self.text.get(usize::from(self.username_end)..usize::from(self.given_end)).unwrap_or_default()
    }

    pub fn family_name(&self) -> &str {
        self.text.get(usize::from(self.given_end)..).unwrap_or_default()
    }

    /// Whether the user is registered with the app, and if so, whether by invitation.
    pub fn invited_to(&self, app: AppId) -> Option<bool> {
        self.bond(app).map(|bond| bond.invited)
    }

    fn bond(&self, app: AppId) -> Option<Bond> {
        self.bonds.iter().find(|bond| bond.app == app).copied()
    }
}

/// What a decision needs of a user and an app.
pub(super) struct Rights {
    pub(super) epoch: u32,
    pub(super) suspended: bool,
    pub(super) invited: bool,
    pub(super) waiting: bool,
}

/// What putting a user meant.
#[derive(PartialEq, Eq)]
pub(super) enum Put {
    New,
    /// Known before, with the same rights.
    Same,
    /// What was true of the user may no longer be.
    Narrowed,
}

/// Ids are random already: hashing them again would only cost.
#[derive(Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = id;
    }

    fn write_usize(&mut self, _: usize) {}
}

pub(super) type AsIsBuilder = BuildHasherDefault<AsIs>;

#[derive(Default)]
pub(super) struct People(papaya::HashMap<UserId, Person, AsIsBuilder>);

impl People {
    pub(super) fn get(&self, id: UserId) -> Option<Person> {
        self.0.pin().get(&id).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Each registration's app.
    pub(super) fn each_bond(&self, mut visit: impl FnMut(AppId)) {
        self.0.pin().values().flat_map(|person| &person.bonds).for_each(|bond| visit(bond.app));
    }

    pub(super) fn rights(&self, user: UserId, app: AppId) -> Option<Rights> {
        let map = self.0.pin();
        let person = map.get(&user)?;
        let Bond { invited, waiting, .. } = person.bond(app)?;
        Some(Rights { epoch: person.epoch, suspended: person.suspended, invited, waiting })
    }

    /// Makes room for so many.
    pub(super) fn expect(&self, count: usize) {
        self.0.pin().reserve(count);
    }

    /// A user who was not there before, with all bonds in order.
    pub(super) fn take(&self, user: UserGlimpse<'_>, bonds: impl Iterator<Item = Bond>) {
        self.0.pin().insert(user.id, Person::new(user, bonds.collect()));
    }

    pub(super) fn put(&self, user: UserGlimpse<'_>) -> Put {
        let map = self.0.pin();
        let before = map.get(&user.id);
        let bonds = before.map(|person| person.bonds.clone()).unwrap_or_default();
        let person = Person::new(user, bonds);
        let put = match before {
            None => Put::New,
            Some(old) if old.epoch == person.epoch && old.suspended == person.suspended => Put::Same,
            Some(_) => Put::Narrowed,
        };
        map.insert(user.id, person);
        put
    }

    pub(super) fn remove(&self, id: UserId) {
        self.0.pin().remove(&id);
    }

    /// A registration whose user is unknown counts for nobody. True when it was narrowed.
    pub(super) fn bind(&self, bond: &Registration) -> bool {
        let map = self.0.pin();
        let Some(person) = map.get(&bond.user) else { return false };
        let mut person = person.clone();
        let before = person.bond(bond.app);
        person.bonds.retain(|bonded| bonded.app != bond.app);
        person.bonds.push(Bond::from(bond));
        person.bonds.sort_unstable();
        map.insert(bond.user, person);
        before.is_some_and(|before| before.invited && !bond.invited || !before.waiting && bond.waiting)
    }

    pub(super) fn unbind(&self, app: AppId, user: UserId) {
        let map = self.0.pin();
        let Some(person) = map.get(&user) else { return };
        let mut person = person.clone();
        person.bonds.retain(|bond| bond.app != app);
        map.insert(user, person);
    }
}
