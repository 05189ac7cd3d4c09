//! A workspace's stream: its apps, and how many there are on each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::desk::Authority;
use crate::directory::{AppEntry, Snapshot};
use crate::domain::{AppId, Change, Key, Permission, Record, WorkspaceId};
use crate::portal::api::figures::FiguresRow;

use super::app::GoneRow;
use super::wire::Gone;
use super::{BREATHE_EVERY, Condition, Follower, GATHER, LOOK_EVERY, condition};

pub(super) struct Stream {
    follower: Follower,
    workspace: WorkspaceId,
    /// The apps that were there when it was looked last, as far as they may be seen.
    shown: HashSet<AppId>,
    changed: HashSet<AppId>,
    due: Option<Instant>,
    figures: HashMap<AppId, FiguresRow>,
    conditions: HashMap<AppId, Condition>,
}

#[derive(serde::Serialize)]
struct AppFigures<'a> {
    app: AppId,
    #[serde(flatten)]
    figures: &'a FiguresRow,
}

impl Stream {
    pub(super) fn new(follower: Follower, workspace: WorkspaceId) -> Self {
        let (shown, changed, figures, conditions) = Default::default();
        let mut stream = Self { follower, workspace, shown, changed, due: None, figures, conditions };
        stream.shown = stream.apps().map(|(_, _, apps)| apps.keys().copied().collect()).unwrap_or_default();
        stream
    }

    pub(super) async fn run(mut self) {
        // Whichever end it is, the seat is given back and the connection closes.
        let _ = self.follow().await;
    }

    async fn follow(&mut self) -> Result<(), Gone> {
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut breathe = interval(BREATHE_EVERY);
        loop {
            let due = self.due;
            tokio::select! {
                () = self.follower.outlet.closed() => return Err(Gone),
                changes = self.follower.changes.recv() => self.note(changes)?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.tell()?,
                _ = look.tick() => self.look().await?,
                _ = breathe.tick() => self.follower.outlet.breathe(),
            }
            // Judged before each piece: a right that was taken is gone before the next row would tell anything.
            self.apps()?;
            self.follower.outlet.send().await?;
        }
    }

    /// What whoever listens may see now.
    fn apps(&self) -> Result<(Authority, Arc<Snapshot>, HashMap<AppId, Arc<AppEntry>>), Gone> {
        let Follower { api, credential, .. } = &self.follower;
        let authority = credential.authority(api).ok_or(Gone)?;
        let snapshot = api.desk.directory().snapshot();
        let is_there = snapshot.workspaces.contains_key(&self.workspace);
        if !is_there || !authority.sees(&snapshot, self.workspace) {
            return Err(Gone);
        }
        let ours = snapshot.apps.values().filter(|entry| entry.app.workspace == self.workspace);
        let seen = ours.filter(|entry| authority.sees_app(&snapshot, &entry.app));
        let seen = seen.map(|entry| (entry.app.id, Arc::clone(entry))).collect();
        Ok((authority, snapshot, seen))
    }

    fn note(&mut self, changes: Result<Arc<[Change]>, RecvError>) -> Result<(), Gone> {
        match changes {
            Ok(changes) => {
                self.follower.outlet.advance(1);
                self.changed.extend(changes.iter().filter_map(app_of));
            }
            Err(RecvError::Lagged(missed)) => {
                self.follower.outlet.advance(missed);
                self.follower.outlet.resync();
            }
            Err(RecvError::Closed) => return Err(Gone),
        }
        if !self.changed.is_empty() {
            self.due.get_or_insert_with(|| Instant::now() + GATHER);
        }
        Ok(())
    }

    fn tell(&mut self) -> Result<(), Gone> {
        self.due = None;
        let (_, _, apps) = self.apps()?;
        for id in self.changed.drain() {
            if let Some(entry) = apps.get(&id) {
                self.follower.put_app(entry);
            } else if self.shown.contains(&id) {
                // What was never seen is not told about, not even that it has gone.
                self.follower.outlet.put("app-gone", &GoneRow { id });
                self.figures.remove(&id);
                self.conditions.remove(&id);
            }
        }
        self.shown = apps.into_keys().collect();
        Ok(())
    }

    async fn look(&mut self) -> Result<(), Gone> {
        let (authority, snapshot, apps) = self.apps()?;
        let api = Arc::clone(&self.follower.api);
        let beat = api.pulse.beat(&api.desk).await;
        for (id, entry) in apps {
            let condition = condition(&api, &entry);
            if self.conditions.insert(id, condition.clone()).is_some_and(|before| before != condition) {
                self.follower.put_app(&entry);
            }
            if !authority.may_app(&snapshot, &entry.app, Permission::SeeUsers) {
                continue;
            }
            let figures = FiguresRow::now(&api.desk, &beat, id);
            if self.figures.get(&id) != Some(&figures) {
                self.follower.outlet.put("figures", &AppFigures { app: id, figures: &figures });
                self.figures.insert(id, figures);
            }
        }
        Ok(())
    }
}

fn app_of(change: &Change) -> Option<AppId> {
    match change {
        Change::Put(Record::App(app)) => Some(app.id),
        Change::Remove(Key::App(app)) => Some(*app),
        _ => None,
    }
}
