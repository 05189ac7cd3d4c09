//! An app's people and devices in any order. They are ordered by what is in memory; only the rows that are asked for
//! are read from the store, so that a page of a long list costs little more than one of a short list.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::directory::{Census, Directory, Person};
use crate::domain::{AppId, InvitationState, Key, Record, Registration, SessionId, Timestamp, UserId};
use crate::store::{Archive, Group, StoreError};

use super::sessions::{SessionView, matches};
use super::users::is_waiting;
use super::{AdminError, Desk, UserView, read};

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Name,
    /// Registered, or seen for the first time.
    Since,
    Seen,
    Devices,
    Open,
}

/// Which rows are wanted.
#[derive(Debug, Clone)]
pub struct Wish<T> {
    /// Rows that contain this, in any case.
    pub query: Option<String>,
    pub sort: Sort,
    pub is_descending: bool,
    pub limit: usize,
    /// Behind the row that had this mark, whether it is still there or not.
    pub after: Option<String>,
    /// Of these alone.
    pub only: Option<Vec<T>>,
}

/// Some rows of a list, each with a mark: texts whose order is that of the rows.
#[derive(Debug)]
pub struct Roster<T> {
    pub rows: Vec<(String, T)>,
    /// Whether there are more behind.
    pub has_more: bool,
    /// How many there are in all.
    pub total: usize,
}

/// How many there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Headcount {
    pub people: usize,
    pub waiting: usize,
    /// Invited, and not here yet.
    pub pending: usize,
    /// Without a user.
    pub devices: usize,
}

/// What the sessions of one user add up to.
#[derive(Default, Clone, Copy)]
struct Presence {
    seen: Option<Timestamp>,
    devices: u64,
    open: u64,
}

impl Desk {
    /// Registered users: those who wait for approval, or the others.
    pub async fn people(
        &self,
        app: AppId,
        are_waiting: bool,
        wish: Wish<UserId>,
    ) -> Result<Roster<UserView>, AdminError> {
        let approval = self.app(app).is_some_and(|entry| entry.app.approval);
        let (census, directory) = (self.census().await, Arc::clone(&self.directory));
        let order = wish.clone();
        let found = self.reading(move |archive| {
            let present = presence(&directory, &census, app);
            let mut entries = Vec::new();
            each_bond(archive, app, wish.only.as_deref(), |bond| {
                let Some(person) = directory.person(bond.user) else { return };
                if is_waiting(&bond, approval) == are_waiting && is_sought(&person, bond.user, wish.query.as_deref()) {
                    let presence = present.get(&bond.user).copied().unwrap_or_default();
                    entries.push((mark(wish.sort, &person, &bond, presence), bond.user));
                }
            })?;
            Ok(entries)
        });
        let cut = cut(found.await?, &order);
        let rows = self.users_by_id(app, cut.rows.iter().map(|(_, id)| *id).collect()).await?;
        let rows = cut.rows.into_iter().zip(rows).filter_map(|((mark, _), (_, row))| Some((mark, row?))).collect();
        Ok(Roster { rows, has_more: cut.has_more, total: cut.total })
    }

    /// Sessions without a user.
    pub async fn devices(&self, app: AppId, wish: Wish<SessionId>) -> Result<Roster<SessionView>, AdminError> {
        let (census, directory) = (self.census().await, Arc::clone(&self.directory));
        let order = wish.clone();
        let found = self.reading(move |archive| {
            let only: Option<HashSet<SessionId>> = wish.only.map(|ids| ids.into_iter().collect());
            let sought = wish.query.as_deref().map(|query| sought_devices(archive, app, query)).transpose()?;
            let mut entries = Vec::new();
            directory.each_session(|id, live| {
                let is_wanted = live.app == app && live.user.is_none();
                let holds = |set: &Option<HashSet<SessionId>>| set.as_ref().is_none_or(|set| set.contains(&id));
                if is_wanted && holds(&only) && holds(&sought) {
                    let key = match wish.sort {
                        Sort::Name | Sort::Devices => live.device.to_string(),
                        Sort::Since => moment(Some(live.created_at)),
                        Sort::Seen => moment(Some(live.last_seen_at)),
                        Sort::Open => number(census.get(&id).copied().unwrap_or_default().into()),
                    };
                    entries.push((format!("{key} {id}"), id));
                }
            });
            Ok(entries)
        });
        let cut = cut(found.await?, &order);
        let rows = self.sessions_by_id(app, cut.rows.iter().map(|(_, id)| *id).collect()).await?;
        let rows = cut.rows.into_iter().zip(rows).filter_map(|((mark, _), (_, row))| Some((mark, row?))).collect();
        Ok(Roster { rows, has_more: cut.has_more, total: cut.total })
    }

    pub async fn headcount(&self, app: AppId) -> Result<Headcount, AdminError> {
        let approval = self.app(app).is_some_and(|entry| entry.app.approval);
        let (now, directory) = (self.clock.now(), Arc::clone(&self.directory));
        let counted = self.reading(move |archive| {
            let mut count = Headcount::default();
            each_bond(archive, app, None, |bond| {
                *(if is_waiting(&bond, approval) { &mut count.waiting } else { &mut count.people }) += 1;
            })?;
            directory.each_session(|_, live| count.devices += usize::from(live.app == app && live.user.is_none()));
            let mut after: Option<Key> = None;
            loop {
                let records = archive.scan(Group::InvitationsOf(app), after.as_ref(), read::BATCH)?;
                after = if records.len() < read::BATCH { None } else { records.last().map(Record::key) };
                let is_open = |record: &Record| match record {
                    Record::Invitation(one) => one.state == InvitationState::Pending && one.is_open(now),
                    _ => false,
                };
                count.pending += records.iter().filter(|record| is_open(record)).count();
                if after.is_none() {
                    return Ok(count);
                }
            }
        });
        Ok(counted.await?)
    }
}

fn presence(directory: &Directory, census: &Census, app: AppId) -> HashMap<UserId, Presence> {
    let mut present: HashMap<UserId, Presence> = HashMap::new();
    directory.each_session(|id, live| {
        if let Some(proof) = live.user.filter(|_| live.app == app) {
            let presence = present.entry(proof.user).or_default();
            presence.seen = presence.seen.max(Some(live.last_seen_at));
            presence.devices += 1;
            presence.open += u64::from(census.get(&id).copied().unwrap_or_default());
        }
    });
    present
}

fn each_bond(
    archive: &dyn Archive,
    app: AppId,
    only: Option<&[UserId]>,
    mut visit: impl FnMut(Registration),
) -> Result<(), StoreError> {
    if let Some(only) = only {
        for user in only {
            if let Some((bond, _)) = read::registration(archive, app, *user)? {
                visit(bond);
            }
        }
        return Ok(());
    }
    let mut after: Option<Key> = None;
    loop {
        let records = archive.scan(Group::RegistrationsOf(app), after.as_ref(), read::BATCH)?;
        after = if records.len() < read::BATCH { None } else { records.last().map(Record::key) };
        for record in records {
            if let Record::Registration(bond) = record {
                visit(bond);
            }
        }
        if after.is_none() {
            return Ok(());
        }
    }
}

fn sought_devices(archive: &dyn Archive, app: AppId, query: &str) -> Result<HashSet<SessionId>, StoreError> {
    let (mut found, mut after) = (HashSet::new(), None::<Key>);
    loop {
        let records = archive.scan(Group::SessionsOfUser(app, None), after.as_ref(), read::BATCH)?;
        after = if records.len() < read::BATCH { None } else { records.last().map(Record::key) };
        for session in records.into_iter().filter_map(read::as_session) {
            let (device, ip) = (session.device.to_string(), session.ip.to_string());
            if matches(query, [&device, &ip, &session.agent, session.name.as_deref().unwrap_or_default()]) {
                found.insert(session.id);
            }
        }
        if after.is_none() {
            return Ok(found);
        }
    }
}

fn is_sought(person: &Person, id: UserId, query: Option<&str>) -> bool {
    let Some(query) = query else { return true };
    let name = format!("{} {}", person.given_name(), person.family_name());
    matches(query, [person.username(), &name, &id.to_string()])
}

/// With the id behind, so that no two are the same.
fn mark(sort: Sort, person: &Person, bond: &Registration, presence: Presence) -> String {
    let key = match sort {
        Sort::Name => {
            let name = format!("{} {}", person.given_name(), person.family_name());
            let name = name.trim();
            if name.is_empty() { person.username().to_lowercase() } else { name.to_lowercase() }
        }
        Sort::Since => moment(Some(bond.registered_at)),
        Sort::Seen => moment(presence.seen),
        Sort::Devices => number(presence.devices),
        Sort::Open => number(presence.open),
    };
    format!("{key} {}", bond.user)
}

/// Who was never seen comes before everybody.
fn moment(at: Option<Timestamp>) -> String {
    number(at.map_or(0, |at| at.as_millis().cast_unsigned() ^ (1 << 63)))
}

/// As many digits as any number has: in the order of texts.
fn number(number: u64) -> String {
    format!("{number:020}")
}

fn cut<T, I>(mut entries: Vec<(String, T)>, wish: &Wish<I>) -> Roster<T> {
    let total = entries.len();
    entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    if wish.is_descending {
        entries.reverse();
    }
    if let Some(after) = &wish.after {
        entries.retain(|(mark, _)| if wish.is_descending { mark < after } else { mark > after });
    }
    let has_more = entries.len() > wish.limit;
    entries.truncate(wish.limit);
    Roster { rows: entries, has_more, total }
}
