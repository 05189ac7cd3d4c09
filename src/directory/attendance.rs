//! How many there are of each app, counted when somebody asks: nothing is kept in step for it.

use std::collections::{HashMap, HashSet};

use crate::domain::{AppId, DeviceId, SessionId};

use super::{Directory, LiveSession};

/// What an app has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attendance {
    /// Registered people.
    pub users: usize,
    pub sessions: usize,
    /// Browsers that have a session.
    pub devices: usize,
}

impl Directory {
    /// Reads through all people and sessions once, for however many apps: tens of milliseconds with a million of them.
    pub fn attendance(&self, wanted: impl Fn(AppId) -> bool) -> HashMap<AppId, Attendance> {
        let mut apps: HashMap<AppId, (Attendance, HashSet<DeviceId>)> = HashMap::new();
        self.sessions.each(|_, session| {
            if wanted(session.app) {
                let (attendance, devices) = apps.entry(session.app).or_default();
                attendance.sessions += 1;
                devices.insert(session.device);
            }
        });
        self.people.each_bond(|app| {
            if wanted(app) {
                apps.entry(app).or_default().0.users += 1;
            }
        });
        apps.into_iter().map(|(app, (found, devices))| (app, Attendance { devices: devices.len(), ..found })).collect()
    }

    /// Every session, in no order.
    pub fn each_session(&self, visit: impl FnMut(SessionId, LiveSession)) {
        self.sessions.each(visit);
    }
}
