//! Asking upstreams how they are.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;

use crate::directory::Directory;
use crate::domain::App;

use super::health::Health;
use super::probe::Probe;
use super::pulse::Pulse;
use super::trouble::{Kind, Trouble};

/// How often to see which checks are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Checks at the same time: a plant full of black holes must not take all files.
const AT_ONCE: usize = 32;

/// For as long as the gateway runs. Checked are apps with several upstreams or a path to ask, those that somebody looks
/// at, and those that are down; an app with one upstream and nobody who looks is left in peace.
pub async fn keep(health: Arc<Health>, directory: Arc<Directory>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let hands = Arc::new(Semaphore::new(AT_ONCE));
    let mut version = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = health.interest.notified() => {}
        }
        let snapshot = directory.snapshot();
        if snapshot.version != version {
            version = snapshot.version;
            health.forget_all_but(&snapshot);
        }
        let now = Instant::now();
        for entry in snapshot.apps.values() {
            let app = &entry.app;
            let regularly = app.health_path.is_some() || !app.more_upstreams.is_empty() || health.is_looked_at(app.id);
            for upstream in app.upstreams() {
                let pulse = health.pulse(app, upstream);
                if let Some(owes_answer) = pulse.begin_check(now, regularly) {
                    let (probe, every) = (Probe::of(app, upstream), app.check_every());
                    tokio::spawn(check(Arc::clone(&hands), pulse, probe, Question::of(app, owes_answer), every));
                }
            }
        }
    }
}

enum Question {
    /// Whether it takes a connection.
    Connection,
    /// Whether it answers anything.
    Answer,
    /// Whether it says that it is well.
    Wellness,
}

impl Question {
    fn of(app: &App, owes_answer: bool) -> Self {
        match app.health_path {
            Some(_) => Self::Wellness,
            None if owes_answer => Self::Answer,
            None => Self::Connection,
        }
    }
}

async fn check(hands: Arc<Semaphore>, pulse: Arc<Pulse>, probe: Probe, question: Question, every: Duration) {
    let _hand = hands.acquire_owned().await;
    let outcome = match question {
        Question::Connection => probe.connect().await,
        Question::Answer => probe.run().await.map(|answer| answer.latency),
        Question::Wellness => match probe.run().await {
            Ok(answer) if (200..400).contains(&answer.status) => Ok(answer.latency),
            Ok(answer) => Err(Trouble::new(Kind::Status, format_args!("its health check answers {}", answer.status))),
            Err(trouble) => Err(trouble),
        },
    };
    pulse.end_check(outcome, every);
}
