//! Reading an app's users: the store's records, with what the directory knows to be live.

use std::sync::Arc;

use crate::desk::sessions::{Live, Window, matches};
use crate::desk::{AdminError, Desk, read};
use crate::directory::Directory;
use crate::domain::{AppId, Key, Record, Registration, User, UserId};
use crate::store::{Archive, Group, StoreError};

use super::{UserState, UserView};

/// Sessions of one user that a row shows; nobody has more (see `entry`).
const DEVICES_MOST: usize = 200;

impl Desk {
    /// Registered users in the order of their ids, from behind `window.after`; and where to go on, if there is more.
    pub async fn users(
        &self,
        app: AppId,
        window: Window<UserId>,
        state: Option<UserState>,
    ) -> Result<(Vec<UserView>, Option<UserId>), AdminError> {
        let approval = self.app(app).is_some_and(|entry| entry.app.approval);
        let census = self.census().await;
        let directory = Arc::clone(&self.directory);
        let page = self.reading(move |archive| {
            let wanted = Wanted { query: window.query.as_deref(), state, approval };
            let live = Live { directory: &directory, census: &census };
            page(archive, live, app, &wanted, window.limit, window.after)
        });
        let page = page.await?;
        Ok(page)
    }

    /// The users with these ids as they are now; `None` for one who is not registered.
    pub async fn users_by_id(
        &self,
        app: AppId,
        users: Vec<UserId>,
    ) -> Result<Vec<(UserId, Option<UserView>)>, AdminError> {
        let approval = self.app(app).is_some_and(|entry| entry.app.approval);
        let census = self.census().await;
        let directory = Arc::clone(&self.directory);
        let read = self.reading(move |archive| {
            let live = Live { directory: &directory, census: &census };
            let row = |id| {
                let Some((bond, _)) = read::registration(archive, app, id)? else { return Ok((id, None)) };
                let Some((user, _)) = read::user(archive, id)? else { return Ok((id, None)) };
                Ok((id, Some(view(archive, live, user, &bond, approval)?)))
            };
            users.into_iter().map(row).collect()
        });
        Ok(read.await?)
    }

    pub async fn user(&self, app: AppId, user: UserId) -> Result<UserView, AdminError> {
        let census = self.census().await;
        let live = Live { directory: &self.directory, census: &census };
        let (bond, _) = read::registration(&*self.archive, app, user)?.ok_or(AdminError::NotFound)?;
        let approval = self.app(app).is_some_and(|entry| entry.app.approval);
        let (found, _) = read::user(&*self.archive, user)?.ok_or(AdminError::NotFound)?;
        Ok(view(&*self.archive, live, found, &bond, approval)?)
    }
}

/// Which users are to be listed.
struct Wanted<'a> {
    query: Option<&'a str>,
    state: Option<UserState>,
    /// Whether the app makes those wait whom nobody has approved.
    approval: bool,
}

fn page(
    archive: &dyn Archive,
    live: Live<'_>,
    app: AppId,
    wanted: &Wanted<'_>,
    limit: usize,
    mut after: Option<UserId>,
) -> Result<(Vec<UserView>, Option<UserId>), StoreError> {
    let mut rows = Vec::new();
    loop {
        let behind = after.map(|user| Key::Registration(app, user));
        let bonds = archive.scan(Group::RegistrationsOf(app), behind.as_ref(), read::BATCH)?;
        let is_last = bonds.len() < read::BATCH;
        for record in bonds {
            let Record::Registration(bond) = record else { continue };
            if rows.len() == limit {
                return Ok((rows, after));
            }
            after = Some(bond.user);
            if !wanted.may_be(live.directory, &bond) {
                continue;
            }
            // A registration whose user is gone is nobody's.
            let Some((user, _)) = read::user(archive, bond.user)? else { continue };
            if wanted.is(&user, &bond) {
                rows.push(view(archive, live, user, &bond, wanted.approval)?);
            }
        }
        if is_last {
            return Ok((rows, None));
        }
    }
}

impl Wanted<'_> {
    /// Judged by what is in memory, so that most of a long list is not read.
    fn may_be(&self, directory: &Directory, bond: &Registration) -> bool {
        if self.state == Some(UserState::Waiting) && !is_waiting(bond, self.approval) {
            return false;
        }
        if self.query.is_none() && self.state.is_none() {
            return true;
        }
        let Some(person) = directory.person(bond.user) else { return false };
        if self.state.is_some_and(|state| (state == UserState::Suspended) != person.suspended) {
            return false;
        }
        let name = format!("{} {}", person.given_name(), person.family_name());
        self.query.is_none_or(|query| matches(query, [person.username(), &name, &bond.user.to_string()]))
    }

    fn is(&self, user: &User, bond: &Registration) -> bool {
        let is = UserState::of(user.suspended, is_waiting(bond, self.approval), user.can_sign_in());
        self.state.is_none_or(|state| state == is)
    }
}

/// As the app's rules have it: a flag of a time when the app asked for approval keeps nobody out.
pub(in crate::desk) fn is_waiting(bond: &Registration, approval: bool) -> bool {
    approval && bond.waiting && !bond.invited
}

fn view(
    archive: &dyn Archive,
    live: Live<'_>,
    user: User,
    bond: &Registration,
    approval: bool,
) -> Result<UserView, StoreError> {
    let sessions = read::sessions_of_user(archive, bond.app, Some(bond.user), DEVICES_MOST)?;
    let mut devices: Vec<_> = sessions.into_iter().map(|session| live.view(session)).collect();
    devices.sort_by_key(|device| std::cmp::Reverse(device.last_seen_at));
    Ok(UserView {
        id: user.id,
        username: user.username,
        given_name: user.given_name,
        family_name: user.family_name,
        has_password: user.password.is_some(),
        email_verified: user.email_verified,
        identities: user.identities,
        suspended: user.suspended,
        invited: bond.invited,
        waiting: is_waiting(bond, approval),
        registered_at: bond.registered_at,
        last_seen_at: devices.first().map(|device| device.last_seen_at),
        open_connections: devices.iter().map(|device| device.open_connections).sum(),
        devices,
    })
}
