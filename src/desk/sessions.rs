//! An app's sessions: list, read, end.

use std::net::IpAddr;
use std::sync::Arc;

use crate::directory::{Census, Directory};
use crate::domain::{AppId, DeviceId, Guard, Key, Proposal, Session, SessionId, Timestamp, UserId};
use crate::ledger::LedgerError;
use crate::store::{Archive, Group, StoreError};

use super::{AdminError, Desk, read};

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub struct Window<T> {
    /// Rows that contain this, in any case.
    pub query: Option<String>,
    pub limit: usize,
    /// Behind this row.
    pub after: Option<T>,
}

/// A session, as an app's operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    pub id: SessionId,
    pub user: Option<UserId>,
    pub username: Option<String>,
    /// What somebody without a user calls themselves.
    pub name: Option<String>,
    pub device: DeviceId,
    /// What of it is still worth something.
    pub proves_user: bool,
    pub proves_master: bool,
    pub ip: IpAddr,
    pub agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub open_connections: u32,
}

/// Where to go on in a list of sessions: users' and others lie apart.
pub type SessionPlace = (Option<UserId>, SessionId);

/// What is known beside the store.
#[derive(Clone, Copy)]
pub(super) struct Live<'a> {
    pub(super) directory: &'a Directory,
    pub(super) census: &'a Census,
}

impl Desk {
    /// Sessions from behind `window.after`; and where to go on, if there is more.
    pub async fn sessions(
        &self,
        app: AppId,
        window: Window<SessionPlace>,
    ) -> Result<(Vec<SessionView>, Option<SessionPlace>), AdminError> {
        let census = self.census().await;
        let directory = Arc::clone(&self.directory);
        Ok(self.reading(move |archive| page(archive, &directory, &census, app, &window)).await?)
    }

    /// The sessions with these ids as they are now; `None` for one that has ended.
    pub async fn sessions_by_id(
        &self,
        app: AppId,
        sessions: Vec<SessionId>,
    ) -> Result<Vec<(SessionId, Option<SessionView>)>, AdminError> {
        let census = self.census().await;
        let directory = Arc::clone(&self.directory);
        let read = self.reading(move |archive| {
            let live = Live { directory: &directory, census: &census };
            let row = |id| {
                let Some(found) = directory.session(&id).filter(|found| found.app == app) else {
                    return Ok((id, None));
                };
                let key = Key::Session(app, found.user.map(|proof| proof.user), id);
                let record = archive.get(&key)?.and_then(|(record, _)| read::as_session(record));
                Ok((id, record.map(|session| live.view(session))))
            };
            sessions.into_iter().map(row).collect()
        });
        Ok(read.await?)
    }

    pub async fn session(&self, app: AppId, id: SessionId) -> Result<SessionView, AdminError> {
        let census = self.census().await;
        let key = self.session_key(app, id)?;
        let found = self.archive.get(&key)?.and_then(|(record, _)| read::as_session(record));
        let live = Live { directory: &self.directory, census: &census };
        found.map(|session| live.view(session)).ok_or(AdminError::NotFound)
    }

    /// Answered when everything that the session has open is cut.
    pub async fn end_session(&self, app: AppId, id: SessionId) -> Result<(), AdminError> {
        let key = self.session_key(app, id)?;
        let ending = Proposal::new().record(self.entry_on_session(app, id));
        match self.ledger.propose(ending.expect(Guard::Present(key.clone())).remove(key)).await {
            Ok(_) => Ok(()),
            Err(LedgerError::Conflict) => Err(AdminError::NotFound),
            Err(error) => Err(error.into()),
        }
    }

    fn session_key(&self, app: AppId, id: SessionId) -> Result<Key, AdminError> {
        let live = self.directory.session(&id).filter(|live| live.app == app).ok_or(AdminError::NotFound)?;
        Ok(Key::Session(app, live.user.map(|proof| proof.user), id))
    }
}

impl Live<'_> {
    pub(super) fn view(self, session: Session) -> SessionView {
        let live = self.directory.session(&session.id);
        let proofs = live.and_then(|live| self.directory.proven(session.app, &live).proofs);
        let snapshot = self.directory.snapshot();
        let master = snapshot.app(session.app).and_then(|entry| entry.app.master_version());
        let user = session.user.map(|proof| proof.user);
        SessionView {
            id: session.id,
            user,
            username: user.and_then(|user| self.directory.person(user)).map(|person| person.username().to_owned()),
            name: session.name,
            device: session.device,
            proves_user: proofs.is_some_and(|proofs| proofs.user.is_some()),
            proves_master: proofs.is_some_and(|proofs| proofs.master.is_some() && proofs.master == master),
            ip: session.ip,
            agent: session.agent,
            created_at: session.created_at,
            last_seen_at: live.map_or(session.last_seen_at, |live| live.last_seen_at),
            open_connections: self.census.get(&session.id).copied().unwrap_or_default(),
        }
    }
}

fn page(
    archive: &dyn Archive,
    directory: &Directory,
    census: &Census,
    app: AppId,
    window: &Window<SessionPlace>,
) -> Result<(Vec<SessionView>, Option<SessionPlace>), StoreError> {
    let live = Live { directory, census };
    let mut rows = Vec::new();
    let mut after = window.after;
    loop {
        let behind = after.map(|(user, id)| Key::Session(app, user, id));
        let records = archive.scan(Group::SessionsOf(app), behind.as_ref(), read::BATCH)?;
        let is_last = records.len() < read::BATCH;
        for session in records.into_iter().filter_map(read::as_session) {
            if rows.len() == window.limit {
                return Ok((rows, after));
            }
            after = Some((session.user.map(|proof| proof.user), session.id));
            let row = live.view(session);
            if window.query.as_deref().is_none_or(|query| is_wanted(query, &row)) {
                rows.push(row);
            }
        }
        if is_last {
            return Ok((rows, None));
        }
    }
}

fn is_wanted(query: &str, row: &SessionView) -> bool {
    let (id, device, ip) = (row.id.to_string(), row.device.to_string(), row.ip.to_string());
    let name = row.username.as_deref().or(row.name.as_deref()).unwrap_or_default();
    matches(query, [name, &id, &device, &ip, &row.agent])
}

/// Whether any of the texts contains the query, in any case.
pub fn matches<const N: usize>(query: &str, texts: [&str; N]) -> bool {
    let query = query.to_lowercase();
    texts.iter().any(|text| text.to_lowercase().contains(&query))
}
