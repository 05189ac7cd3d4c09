//! What a worker counts: numbers that only it writes, so that counting waits for nobody.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::domain::AppId;
use crate::observe::{AppCounts, Judged, Rejected, WorkerCounts};

use super::admission::Admission;

/// Nothing at all without somebody who reads.
pub(super) struct Meter(Option<Counts>);

struct Counts {
    worker: Arc<WorkerCounts>,
    apps: RefCell<HashMap<AppId, Arc<AppCounts>>>,
    /// The app of the last request is most often that of the next.
    last: RefCell<Option<(AppId, Arc<AppCounts>)>>,
}

/// A request that is being counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metered {
    app: AppId,
    begun: Instant,
}

impl Meter {
    pub(super) fn new(worker: Option<Arc<WorkerCounts>>) -> Self {
        Self(worker.map(|worker| Counts { worker, apps: RefCell::default(), last: RefCell::default() }))
    }

    /// A request was judged.
    pub(super) fn begin(&self, admission: &Admission) -> Option<Metered> {
        let counts = self.0.as_ref()?;
        let judged = match admission {
            Admission::Forward(..) | Admission::Vouch(..) => Judged::Forward,
            Admission::Challenge(..) => Judged::Challenge,
            Admission::Refuse(..) => Judged::Refuse,
            Admission::Reserved(..) => Judged::Own,
            Admission::UnknownHost => {
                counts.worker.rejected(Rejected::UnknownHost);
                return None;
            }
            _ => return None,
        };
        let (app, mode) = admission.app().map(|entry| (entry.app.id, entry.app.access))?;
        counts.of(app, |counts| counts.judged(mode, judged));
        Some(Metered { app, begun: Instant::now() })
    }

    /// The app's answer has begun.
    pub(super) fn heard(&self, metered: Option<Metered>) {
        self.count(metered, |counts, waited| counts.waited(waited));
    }

    /// It was answered with this status.
    pub(super) fn end(&self, metered: Option<Metered>, status: u16) {
        self.count(metered, |counts, _| counts.answered(status));
    }

    pub(super) fn reject(&self, why: Rejected) {
        if let Some(counts) = &self.0 {
            counts.worker.rejected(why);
        }
    }

    fn count(&self, metered: Option<Metered>, count: impl FnOnce(&AppCounts, Duration)) {
        if let (Some(counts), Some(Metered { app, begun })) = (&self.0, metered) {
            counts.of(app, |counts| count(counts, begun.elapsed()));
        }
    }
}

impl Counts {
    fn of(&self, app: AppId, count: impl FnOnce(&AppCounts)) {
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|(known, _)| *known != app) {
            let mut apps = self.apps.borrow_mut();
            let counts = apps.entry(app).or_insert_with(|| self.worker.app(app));
            *last = Some((app, Arc::clone(counts)));
        }
        if let Some((_, counts)) = &*last {
            count(counts);
        }
    }
}
