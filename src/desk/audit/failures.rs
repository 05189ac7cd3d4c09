//! Sign-ins that failed: anybody can make as many as they like, so they are counted, by app, block of addresses and
//! minute, and few are written. The first of a block is written at once, so that an attack shows while it goes on.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::desk::Desk;
use crate::domain::audit::{Action, Entry, Origin, Party, Place};
use crate::domain::{AppId, User, WorkspaceId};
use crate::throttle::Block;

use super::person;

/// Blocks that are told apart in one minute; an attack from more is one of many addresses.
const MOST_BLOCKS: usize = 1024;
/// Names of users that are told of one block.
const MOST_NAMES: usize = 5;
/// Entries that may be written in a burst, …
const BURST: u32 = 120;
/// … and in a minute of a flood. At this rate, half of the record's default size is left to everything else.
const A_MINUTE: u32 = 1;

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failed {
    Password,
    MasterPassword,
    /// By an identity provider.
    Provider,
    /// The right password, and no right to come in.
    NotInvited,
    /// Not even looked at, after too many others.
    TooMany,
    ApiKey,
}

impl Failed {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::MasterPassword => "master-password",
            Self::Provider => "provider",
            Self::NotInvited => "not-invited",
            Self::TooMany => "too-many",
            Self::ApiKey => "api-key",
        }
    }
}

pub(in crate::desk) struct Failures(Mutex<Counted>);

struct Counted {
    blocks: HashMap<(Option<AppId>, Block), Count>,
    /// Of blocks beyond the bound.
    elsewhere: u64,
    /// Entries that may still be written.
    left: u32,
}

#[derive(Default)]
struct Count {
    times: u64,
    ways: BTreeSet<Failed>,
    /// Of users who are there: what else was typed may be a password in the wrong field.
    names: BTreeSet<String>,
}

impl Default for Failures {
    fn default() -> Self {
        Self(Mutex::new(Counted { blocks: HashMap::new(), elsewhere: 0, left: BURST }))
    }
}

impl Failures {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Somebody tried to come in, and did not.
    pub fn note_failed(&self, app: Option<AppId>, ip: IpAddr, user: Option<&User>, failed: Failed) {
        let block = Block::of(ip);
        let mut counted = self.failures.lock();
        let is_new = !counted.blocks.contains_key(&(app, block));
        if is_new && counted.blocks.len() >= MOST_BLOCKS {
            counted.elsewhere += 1;
            return;
        }
        if is_new && counted.left > A_MINUTE {
            counted.left -= 1;
            // From now on, this block is counted.
            counted.blocks.insert((app, block), Count::default());
            drop(counted);
            let entry = self.failure(app, Some(Origin { ip: ip.to_canonical(), prefix: None }));
            let entry = entry.with("by", failed.as_str());
            return self.note(user.map(person).into_iter().fold(entry, Entry::on));
        }
        let count = counted.blocks.entry((app, block)).or_default();
        count.times += 1;
        count.ways.insert(failed);
        if let Some(user) = user.filter(|_| count.names.len() < MOST_NAMES) {
            count.names.insert(user.username.to_string());
        }
    }

    /// Once a minute: writes what was counted, as far as the bound goes; the rest is told as one.
    pub(in crate::desk) fn write_failures(&self) {
        let (told, rest) = self.failures.lock().minute();
        for ((app, block), count) in told {
            self.note(described(self.failure(app, Some(origin(block))), &count));
        }
        if let Some((times, addresses)) = rest {
            let entry = self.failure(None, None).with("times", times);
            self.note(if addresses == 0 { entry } else { entry.with("addresses", addresses) });
        }
    }

    fn failure(&self, app: Option<AppId>, from: Option<Origin>) -> Entry {
        let entry = Entry::new(self.clock.now(), Party::stranger(), Action::SignInFailed);
        let entry = Entry { from, ..entry };
        match app.and_then(|app| self.app(app)).filter(|known| known.app.workspace != WorkspaceId::ACCOUNT) {
            Some(known) => {
                let entry = self.in_workspace(entry, known.app.workspace);
                Entry { app: Some(Place::new(known.app.id, &known.app.name)), ..entry }
            }
            None => entry,
        }
    }
}

type Told = Vec<((Option<AppId>, Block), Count)>;

impl Counted {
    /// What is written now: entries of their own, and the sum of all others with the number of their blocks.
    fn minute(&mut self) -> (Told, Option<(u64, usize)>) {
        self.left = self.left.saturating_add(A_MINUTE).min(BURST);
        let mut pending: Told = self.blocks.drain().filter(|(_, count)| count.times > 0).collect();
        pending.sort_by_key(|(_, count)| std::cmp::Reverse(count.times));
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let is_all = pending.len() <= left && self.elsewhere == 0;
        let rest = if is_all { Vec::new() } else { pending.split_off(pending.len().min(left.saturating_sub(1))) };
        let times = rest.iter().map(|(_, count)| count.times).sum::<u64>() + std::mem::take(&mut self.elsewhere);
        let written = pending.len() + usize::from(times > 0);
        self.left = self.left.saturating_sub(u32::try_from(written).unwrap_or(u32::MAX));
        (pending, (times > 0).then_some((times, rest.len())))
    }
}

fn described(entry: Entry, count: &Count) -> Entry {
    let ways: Vec<&str> = count.ways.iter().map(|way| way.as_str()).collect();
    let entry = entry.with("by", ways.join(", ")).with("times", count.times);
    let names: Vec<&str> = count.names.iter().map(String::as_str).collect();
    if names.is_empty() { entry } else { entry.with("users", names.join(", ")) }
}

fn origin(block: Block) -> Origin {
    let ip = block.address();
    Origin { ip, prefix: ip.is_ipv6().then_some(64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(blocks: u8, times: u64, left: u32) -> Counted {
        let block = |number: u8| ((None, Block::of([10, 0, 0, number].into())), Count { times, ..Count::default() });
        Counted { blocks: (0..blocks).map(block).collect(), elsewhere: 0, left }
    }

    #[test]
    fn a_flood_is_one_entry_a_minute() {
        let mut all = counted(200, 3, 0);
        let (told, rest) = all.minute();
        assert_eq!((told.len(), rest, all.left), (0, Some((600, 200)), 0));
        let mut some = counted(9, 1, 20);
        let (told, rest) = some.minute();
        assert_eq!((told.len(), rest, some.left), (9, None, 12));
        assert_eq!(some.minute().1, None);
        let mut both = counted(9, 1, 3);
        both.elsewhere = 7;
        assert_eq!((both.minute().1, both.left), (Some((13, 6)), 0));
    }
}
