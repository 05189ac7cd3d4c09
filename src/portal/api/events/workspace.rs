//! A workspace's stream: its apps, how they fare, and how many sessions each has. It names nobody.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::directory::AppEntry;
use crate::domain::{AppId, Change, Key, Record, WorkspaceId};

use super::app::GoneRow;
use super::wire::Gone;
use super::{BREATHE_EVERY, Condition, Follower, GATHER, LOOK_EVERY, condition};

pub(super) struct Stream {
    follower: Follower,
    workspace: WorkspaceId,
    changed: HashSet<AppId>,
    due: Option<Instant>,
    /// The apps that may be seen, as they were at the last look.
    shown: HashMap<AppId, Look>,
}

/// What changes by itself.
#[derive(PartialEq)]
struct Look {
    condition: Condition,
    sessions: usize,
}

impl Stream {
    pub(super) fn new(follower: Follower, workspace: WorkspaceId) -> Self {
        Self { follower, workspace, changed: HashSet::new(), due: None, shown: HashMap::new() }
    }

    pub(super) async fn run(mut self) {
        // Whichever end it is, the seat is given back and the connection closes.
        let _ = self.follow().await;
    }

    async fn follow(&mut self) -> Result<(), Gone> {
        for (id, entry) in self.apps()? {
            let look = self.look_at(&entry, self.follower.api.desk.directory().sessions_of(id));
            self.shown.insert(id, look);
        }
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut breathe = interval(BREATHE_EVERY);
        loop {
            let due = self.due;
            tokio::select! {
                () = self.follower.outlet.closed() => return Err(Gone),
                changes = self.follower.changes.recv() => self.note(changes)?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.look().await?,
                _ = look.tick() => self.look().await?,
                _ = breathe.tick() => self.follower.outlet.breathe(),
            }
            // Judged before each piece: a right that was taken is gone before the next row would tell anything.
            self.apps()?;
            self.follower.outlet.send().await?;
        }
    }

    /// What whoever listens may see now.
    fn apps(&self) -> Result<HashMap<AppId, Arc<AppEntry>>, Gone> {
        let Follower { api, credential, .. } = &self.follower;
        let authority = credential.authority(api).ok_or(Gone)?;
        let snapshot = api.desk.directory().snapshot();
        let is_there = snapshot.workspaces.contains_key(&self.workspace);
        if !is_there || !authority.sees(&snapshot, self.workspace) {
            return Err(Gone);
        }
        let ours = snapshot.apps.values().filter(|entry| entry.app.workspace == self.workspace);
        let seen = ours.filter(|entry| authority.sees_app(&snapshot, &entry.app));
        Ok(seen.map(|entry| (entry.app.id, Arc::clone(entry))).collect())
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

    /// Tells what has changed, be it by somebody's doing or by itself.
    async fn look(&mut self) -> Result<(), Gone> {
        self.due = None;
        let api = Arc::clone(&self.follower.api);
        let beat = api.pulse.beat(&api.desk).await;
        let apps = self.apps()?;
        for (id, entry) in &apps {
            let look = self.look_at(entry, beat.attendance(*id).sessions);
            if self.changed.contains(id) || self.shown.get(id) != Some(&look) {
                self.follower.put_app(entry, look.sessions);
                self.shown.insert(*id, look);
            }
        }
        // What was never seen is not told about, not even that it has gone.
        let gone: Vec<AppId> = self.shown.keys().filter(|id| !apps.contains_key(id)).copied().collect();
        for id in gone {
            self.shown.remove(&id);
            self.follower.outlet.put("app-gone", &GoneRow { id });
        }
        self.changed.clear();
        Ok(())
    }

    fn look_at(&self, entry: &AppEntry, sessions: usize) -> Look {
        Look { condition: condition(&self.follower.api, entry), sessions }
    }
}

fn app_of(change: &Change) -> Option<AppId> {
    match change {
        Change::Put(Record::App(app)) => Some(app.id),
        Change::Remove(Key::App(app)) => Some(*app),
        _ => None,
    }
}
