//! Reading an app's users: the store's records, with what the directory knows to be live.

use std::sync::Arc;

use crate::desk::sessions::{Live, Window, matches};
use crate::desk::{AdminError, Desk, read};
use crate::directory::{Census, Directory};
use crate::domain::{AppId, Key, Record, Registration, UserId};
use crate::store::{Archive, Group, StoreError};

use super::UserView;

/// Sessions of one user that a row shows; nobody has more (see `entry`).
const DEVICES_MOST: usize = 200;

impl Desk {
    /// Registered users in the order of their ids, from behind `window.after`; and where to go on, if there is more.
    pub async fn users(
        &self,
        app: AppId,
        window: Window<UserId>,
    ) -> Result<(Vec<UserView>, Option<UserId>), AdminError> {
        let census = self.census().await;
        let directory = Arc::clone(&self.directory);
        let page = self.reading(move |archive| page(archive, &directory, &census, app, &window)).await?;
        Ok(page)
    }

    pub async fn user(&self, app: AppId, user: UserId) -> Result<UserView, AdminError> {
        let census = self.census().await;
        let live = Live { directory: &self.directory, census: &census };
        let (bond, _) = read::registration(&*self.archive, app, user)?.ok_or(AdminError::NotFound)?;
        view(&*self.archive, live, bond)?.ok_or(AdminError::NotFound)
    }
}

fn page(
    archive: &dyn Archive,
    directory: &Directory,
    census: &Census,
    app: AppId,
    window: &Window<UserId>,
) -> Result<(Vec<UserView>, Option<UserId>), StoreError> {
    let live = Live { directory, census };
    let mut rows = Vec::new();
    let mut after = window.after;
    loop {
        let behind = after.map(|user| Key::Registration(app, user));
        let bonds = archive.scan(Group::RegistrationsOf(app), behind.as_ref(), read::BATCH)?;
        let is_last = bonds.len() < read::BATCH;
        for record in bonds {
            let Record::Registration(bond) = record else { continue };
            if rows.len() == window.limit {
                return Ok((rows, after));
            }
            after = Some(bond.user);
            if is_wanted(directory, &bond, window.query.as_deref()) {
                rows.extend(view(archive, live, bond)?);
            }
        }
        if is_last {
            return Ok((rows, None));
        }
    }
}

fn is_wanted(directory: &Directory, bond: &Registration, query: Option<&str>) -> bool {
    let Some(query) = query else { return true };
    let Some(person) = directory.person(bond.user) else { return false };
    let name = format!("{} {}", person.given_name(), person.family_name());
    matches(query, [person.username(), &name, &bond.user.to_string()])
}

/// `None` for a registration whose user is gone.
fn view(archive: &dyn Archive, live: Live<'_>, bond: Registration) -> Result<Option<UserView>, StoreError> {
    let Some((user, _)) = read::user(archive, bond.user)? else { return Ok(None) };
    let sessions = read::sessions_of_user(archive, bond.app, Some(bond.user), DEVICES_MOST)?;
    let mut devices: Vec<_> = sessions.into_iter().map(|session| live.view(session)).collect();
    devices.sort_by_key(|device| std::cmp::Reverse(device.last_seen_at));
    Ok(Some(UserView {
        id: user.id,
        username: user.username,
        given_name: user.given_name,
        family_name: user.family_name,
        has_password: user.password.is_some(),
        email_verified: user.email_verified,
        identities: user.identities,
        suspended: user.suspended,
        invited: bond.invited,
        waiting: bond.waiting,
        registered_at: bond.registered_at,
        last_seen_at: devices.first().map(|device| device.last_seen_at),
        open_connections: devices.iter().map(|device| device.open_connections).sum(),
        devices,
    }))
}
