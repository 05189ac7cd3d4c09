//! Filling an empty directory at the start, from several threads.

use std::sync::{Mutex, OnceLock, PoisonError};

use crate::domain::{Glimpse, UserId};

use super::Directory;
use super::people::Bond;

/// Takes in registrations, then users, and sessions: a user is put once, with all bonds, for
/// putting again leaves the first copy as garbage.
pub struct Filling<'a> {
    directory: &'a Directory,
    collected: Mutex<Vec<(UserId, Bond)>>,
    /// All of them by user, once the first user comes.
    bonds: OnceLock<Vec<(UserId, Bond)>>,
}

impl<'a> Filling<'a> {
    /// `records` is how many there are in all. Where everybody has one session, a quarter are sessions; maps that need
    /// not grow fill faster, and room that stays empty is never touched.
    pub fn of(directory: &'a Directory, records: usize) -> Self {
        directory.sessions.expect(records / 4);
        Self { directory, collected: Mutex::default(), bonds: OnceLock::new() }
    }

    /// A registration that comes after the first user counts for nobody.
    pub fn take(&self, glimpse: Glimpse<'_>) {
        match glimpse {
            Glimpse::Registration(bond) => {
                let bond = (bond.user, Bond::from(&bond));
                self.collected.lock().unwrap_or_else(PoisonError::into_inner).push(bond);
            }
            Glimpse::User(user) => self.directory.people.take(user, self.bonds_of(user.id)),
            Glimpse::Session(session) => self.directory.sessions.take(session),
        }
    }

    fn bonds_of(&self, user: UserId) -> impl Iterator<Item = Bond> {
        let bonds = self.bonds.get_or_init(|| self.sorted());
        let start = bonds.partition_point(|(bonded, _)| *bonded < user);
        let from = bonds.get(start..).unwrap_or_default();
        from.iter().take_while(move |(bonded, _)| *bonded == user).map(|(_, bond)| *bond)
    }

    fn sorted(&self) -> Vec<(UserId, Bond)> {
        let mut bonds = std::mem::take(&mut *self.collected.lock().unwrap_or_else(PoisonError::into_inner));
        bonds.sort_unstable();
        self.directory.people.expect(bonds.chunk_by(|(one, _), (other, _)| one == other).count());
        bonds
    }
}
