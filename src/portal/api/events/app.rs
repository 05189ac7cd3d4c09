//! One app's stream: its people, sessions and invitations, itself, and its figures.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::desk::AdminError;
use crate::directory::AppEntry;
use crate::domain::{App, AppId, Change, Permission, SessionId, WorkspaceId};
use crate::portal::api::figures::FiguresRow;
use crate::portal::api::invite_view::{InviteRow, MailRow};
use crate::portal::api::sessions::SessionRow;
use crate::portal::api::user_row::UserRow;

use super::pending::Pending;
use super::wire::Gone;
use super::{BREATHE_EVERY, Condition, Follower, GATHER, LOOK_EVERY, ROWS_MOST, condition};

pub(super) struct Stream {
    follower: Follower,
    workspace: WorkspaceId,
    app: AppId,
    pending: Pending,
    /// When what is pending goes out.
    due: Option<Instant>,
    /// What each session had open when it was looked at last; `None` before the first look.
    open: Option<HashMap<SessionId, u32>>,
    figures: Option<FiguresRow>,
    condition: Option<Condition>,
}

/// Why a stream ends.
enum End {
    Gone,
    /// Whoever listens has no right to it any more, or there is nothing left to listen to.
    NoRight,
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// What only says what is not there any more.
#[derive(serde::Serialize)]
pub(super) struct GoneRow<T> {
    pub(super) id: T,
}

impl Stream {
    pub(super) fn new(follower: Follower, app: &App) -> Self {
        let (workspace, pending) = (app.workspace, Pending::of(app));
        Self { follower, workspace, app: app.id, pending, due: None, open: None, figures: None, condition: None }
    }

    pub(super) async fn run(mut self) {
        // Whichever end it is, the seat is given back and the connection closes.
        let _ = self.follow().await;
    }

    async fn follow(&mut self) -> Result<(), End> {
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut breathe = interval(BREATHE_EVERY);
        loop {
            let due = self.due;
            tokio::select! {
                () = self.follower.outlet.closed() => return Err(End::Gone),
                changes = self.follower.changes.recv() => self.note(changes)?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.tell().await?,
                _ = look.tick() => self.look().await?,
                _ = breathe.tick() => self.follower.outlet.breathe(),
            }
            // Judged before each piece: a right that was taken is gone before the next row would tell anything.
            self.entry()?;
            self.follower.outlet.send().await?;
        }
    }

    /// The app, if it is there and still to be seen.
    fn entry(&self) -> Result<Arc<AppEntry>, End> {
        let Follower { api, credential, .. } = &self.follower;
        let authority = credential.authority(api).ok_or(End::NoRight)?;
        let snapshot = api.desk.directory().snapshot();
        let entry = snapshot.apps.get(&self.app).filter(|entry| entry.app.workspace == self.workspace);
        let entry = entry.filter(|entry| authority.sees_app(&snapshot, &entry.app));
        let entry = entry.filter(|entry| authority.may_app(&snapshot, &entry.app, Permission::SeeUsers));
        entry.cloned().ok_or(End::NoRight)
    }

    fn note(&mut self, changes: Result<Arc<[Change]>, RecvError>) -> Result<(), End> {
        match changes {
            Ok(changes) => {
                self.follower.outlet.advance(1);
                self.pending.note(self.app, &changes, self.follower.api.desk.directory());
            }
            Err(RecvError::Lagged(missed)) => {
                self.follower.outlet.advance(missed);
                self.pending.everything = true;
            }
            Err(RecvError::Closed) => return Err(End::NoRight),
        }
        if !self.pending.is_empty() {
            self.due.get_or_insert_with(|| Instant::now() + GATHER);
        }
        Ok(())
    }

    /// Connections that were opened or closed since the last look, and figures that have changed.
    async fn look(&mut self) -> Result<(), End> {
        let entry = self.entry()?;
        let api = Arc::clone(&self.follower.api);
        let beat = api.pulse.beat(&api.desk).await;
        let now = beat.open.get(&self.app).cloned().unwrap_or_default();
        if let Some(before) = &mut self.open {
            let other = |id: &SessionId| before.get(id) != now.get(id);
            let changed: Vec<SessionId> =
                before.keys().chain(now.keys()).filter(|id| other(id)).copied().take(ROWS_MOST).collect();
            for id in changed {
                match now.get(&id) {
                    Some(open) => before.insert(id, *open),
                    None => before.remove(&id),
                };
                if let Some(live) = api.desk.directory().session(&id) {
                    self.pending.sessions.insert(id);
                    self.pending.users.extend(live.user.map(|proof| proof.user));
                }
            }
        } else {
            self.open = Some(now);
        }
        let figures = FiguresRow::now(&api.desk, &beat, self.app);
        if self.figures.as_ref().is_some_and(|before| *before != figures) {
            self.follower.outlet.put("figures", &figures);
        }
        self.figures = Some(figures);
        let condition = Some(condition(&api, &entry));
        self.pending.app |= self.condition.is_some() && self.condition != condition;
        self.condition = condition;
        if self.pending.is_empty() { Ok(()) } else { self.tell().await }
    }

    async fn tell(&mut self) -> Result<(), End> {
        self.due = None;
        let entry = self.entry()?;
        let pending = self.pending.take();
        if pending.app {
            let sessions = self.follower.api.desk.directory().sessions_of(self.app);
            self.follower.put_app(&entry, sessions);
        }
        if pending.everything || pending.len() > ROWS_MOST * 3 {
            self.follower.outlet.resync();
            return Ok(());
        }
        if self.rows(pending).await.is_err() {
            // The store cannot be read, which the log says: whoever listens tries by themselves.
            self.follower.outlet.resync();
        }
        Ok(())
    }

    async fn rows(&mut self, mut pending: Pending) -> Result<(), AdminError> {
        let api = Arc::clone(&self.follower.api);
        let outlet = &mut self.follower.outlet;
        let configured = api.providers();
        pending.users.extend(&pending.changed_users);
        let users = api.desk.users_by_id(self.app, pending.users.into_iter().collect()).await?;
        for (id, user) in users {
            match user {
                Some(user) => {
                    if pending.changed_users.contains(&id) {
                        pending.sessions.extend(user.devices.iter().map(|session| session.id));
                    }
                    outlet.put("user", &UserRow::of(user, &configured));
                }
                None => outlet.put("user-gone", &GoneRow { id }),
            }
        }
        for (id, session) in api.desk.sessions_by_id(self.app, pending.sessions.into_iter().collect()).await? {
            match session {
                Some(session) => outlet.put("session", &SessionRow::from(session)),
                None => outlet.put("session-gone", &GoneRow { id: id.to_string() }),
            }
        }
        for id in pending.invitations {
            match api.desk.invitation(self.app, id).await {
                Ok(invitation) => outlet.put("invite", &InviteRow::<Option<MailRow>>::from(invitation)),
                Err(AdminError::NotFound) => outlet.put("invite-gone", &GoneRow { id }),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
