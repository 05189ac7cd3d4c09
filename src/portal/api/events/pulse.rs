//! What all streams look at every other second: counted once for all of them, and only while somebody listens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::desk::Desk;
use crate::directory::Attendance;
use crate::domain::{AppId, MailId, SessionId};

use super::LOOK_EVERY;

/// Counting people and sessions of a large installation takes long enough to be worth at most this part of the time.
const SHARE: u32 = 20;

pub(in crate::portal::api) struct Pulse {
    /// Another one with every start of the gateway.
    run: String,
    last: Mutex<Option<Arc<Beat>>>,
}

/// What there was at one moment.
pub(in crate::portal::api) struct Beat {
    at: Instant,
    /// Exchanges under way.
    pub(super) open: HashMap<AppId, HashMap<SessionId, u32>>,
    attendance: Arc<HashMap<AppId, Attendance>>,
    counted_at: Instant,
    /// Not to be counted again before this has passed.
    rest: Duration,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { run: MailId::random().to_string(), last: Mutex::default() }
    }
}

impl Pulse {
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// As fresh as a look needs it.
    pub(super) async fn beat(&self, desk: &Desk) -> Arc<Beat> {
        let mut last = self.last.lock().await;
        if let Some(beat) = last.as_ref().filter(|beat| beat.at.elapsed() < LOOK_EVERY / 2) {
            return Arc::clone(beat);
        }
        let beat = Arc::new(Beat::take(desk, last.as_deref()).await);
        *last = Some(Arc::clone(&beat));
        beat
    }
}

impl Beat {
    async fn take(desk: &Desk, before: Option<&Self>) -> Self {
        let directory = desk.directory();
        let mut open: HashMap<AppId, HashMap<SessionId, u32>> = HashMap::new();
        for (session, count) in desk.census().await {
            if let Some(live) = directory.session(&session) {
                open.entry(live.app).or_default().insert(session, count);
            }
        }
        let at = Instant::now();
        if let Some(before) = before.filter(|before| before.counted_at.elapsed() < before.rest) {
            let (attendance, counted_at, rest) = (Arc::clone(&before.attendance), before.counted_at, before.rest);
            return Self { at, open, attendance, counted_at, rest };
        }
        let counting = Arc::clone(directory);
        let attendance = tokio::task::spawn_blocking(move || counting.attendance(|_| true)).await.unwrap_or_default();
        let rest = at.elapsed() * SHARE;
        Self { at, open, attendance: Arc::new(attendance), counted_at: at, rest }
    }

    pub(in crate::portal::api) fn attendance(&self, app: AppId) -> Attendance {
        self.attendance.get(&app).copied().unwrap_or_default()
    }

    pub(in crate::portal::api) fn open_connections(&self, app: AppId) -> u32 {
        self.open.get(&app).map_or(0, |open| open.values().sum())
    }
}
