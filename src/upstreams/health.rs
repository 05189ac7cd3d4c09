//! What is known of all upstreams.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::directory::Snapshot;
use crate::domain::{App, AppId, Clock, Upstream};

use super::probe::{Answer, Probe};
use super::pulse::{Pulse, UpstreamHealth};
use super::trouble::Trouble;

/// How long an app is checked after somebody has looked at it.
const INTEREST: Duration = Duration::from_secs(60);

/// Who opens a page waits no longer for what is not known yet. A machine that is there answers in far less; what takes
/// longer is told as unknown, and as it is when it is known.
const FIRST_LOOK: Duration = Duration::from_millis(400);

pub struct Health {
    clock: Clock,
    apps: Mutex<HashMap<AppId, Watched>>,
    /// Somebody looks at an app that nobody looked at before.
    pub(super) interest: Notify,
}

#[derive(Default)]
struct Watched {
    pulses: Vec<(Upstream, Arc<Pulse>)>,
    looked_at: Option<Instant>,
}

impl Health {
    pub fn new(clock: Clock) -> Self {
        Self { clock, apps: Mutex::default(), interest: Notify::new() }
    }

    /// How each of an app's upstreams fares, in their order. Who looks makes the next minute's checks happen; the first
    /// one's outcome is there a moment later.
    pub fn of(&self, app: &App) -> Vec<UpstreamHealth> {
        self.look(app.id);
        self.known(app)
    }

    /// Waits for a moment until these apps were checked lately, so that who looks sees how they are, not how they were
    /// when somebody looked last.
    pub async fn settle<'a>(&self, apps: impl IntoIterator<Item = &'a App>) {
        let mut pulses = Vec::new();
        for app in apps {
            self.look(app.id);
            let lately = INTEREST.max(app.check_every());
            pulses.extend(app.upstreams().map(|upstream| (self.pulse(app, upstream), lately)));
        }
        let all = async {
            for (pulse, lately) in &pulses {
                pulse.known(*lately).await;
            }
        };
        let _ = tokio::time::timeout(FIRST_LOOK, all).await;
    }

    /// The same without asking for checks.
    pub fn known(&self, app: &App) -> Vec<UpstreamHealth> {
        app.upstreams().map(|upstream| self.pulse(app, upstream).health()).collect()
    }

    /// One upstream's own.
    pub fn pulse(&self, app: &App, upstream: &Upstream) -> Arc<Pulse> {
        let mut apps = self.apps();
        let watched = apps.entry(app.id).or_default();
        if let Some((_, pulse)) = watched.pulses.iter().find(|(known, _)| known == upstream) {
            return Arc::clone(pulse);
        }
        let pulse = Arc::new(Pulse::new(app.name.to_string(), upstream.clone(), self.clock.clone()));
        watched.pulses.push((upstream.clone(), Arc::clone(&pulse)));
        pulse
    }

    /// Tries all of an app's upstreams now, in their order.
    pub async fn probe(&self, app: &App) -> Vec<(Upstream, Result<Answer, Trouble>)> {
        let mut outcomes = Vec::new();
        for upstream in app.upstreams() {
            let outcome = Probe::of(app, upstream).run().await;
            // An answer of any status proves that somebody is there; whether all is well is for the checks to say.
            let reached = outcome.as_ref().map(|answer| answer.latency).map_err(Trouble::clone);
            self.pulse(app, upstream).end_check(reached, app.check_every());
            outcomes.push((upstream.clone(), outcome));
        }
        outcomes
    }

    fn look(&self, app: AppId) {
        let mut apps = self.apps();
        let watched = apps.entry(app).or_default();
        let is_news = watched.looked_at.is_none_or(|at| at.elapsed() > INTEREST);
        watched.looked_at = Some(Instant::now());
        if is_news {
            self.interest.notify_one();
        }
    }

    /// Whether somebody has looked lately.
    pub(super) fn is_looked_at(&self, app: AppId) -> bool {
        self.apps().get(&app).and_then(|watched| watched.looked_at).is_some_and(|at| at.elapsed() <= INTEREST)
    }

    /// Forgets apps and upstreams that are no more.
    pub(super) fn forget_all_but(&self, snapshot: &Snapshot) {
        self.apps().retain(|id, watched| {
            let Some(entry) = snapshot.app(*id) else { return false };
            watched.pulses.retain(|(upstream, _)| entry.app.upstreams().any(|known| known == upstream));
            true
        });
    }

    fn apps(&self) -> MutexGuard<'_, HashMap<AppId, Watched>> {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
