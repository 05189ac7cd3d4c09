//! How one upstream fares.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::Notify;

use crate::domain::{Clock, Timestamp, Upstream};

use super::trouble::{Kind, Trouble};

/// After a failure an upstream is left alone for so long, then twice as long, …
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … and never for longer: whoever has mended a machine looks at it for half a minute.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Connections that are taken and closed without an answer, one after the other, until that is no accident: forwarders
/// of containers take connections for what is not there.
const MISSES: u32 = 3;
/// Checks of a path that fail one after the other until an upstream counts as down: one slow answer is none.
const FAILED_CHECKS: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody has asked yet.
    Unknown,
    Up,
    Down,
}

/// What is known of an upstream at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamHealth {
    pub url: Upstream,
    pub state: State,
    /// Since when it is up, or down.
    pub since: Option<Timestamp>,
    /// What is wrong; none while it is up.
    pub error: Option<Trouble>,
    pub checked_at: Option<Timestamp>,
    /// Of the last check that was answered.
    pub latency: Option<Duration>,
}

const UNKNOWN: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;

/// Shared by all who use the upstream. The hot path reads `state` and `misses`, which change only with its health.
pub struct Pulse {
    state: AtomicU8,
    misses: AtomicU32,
    clock: Clock,
    app: String,
    url: Upstream,
    told: Mutex<Told>,
    /// A check has ended.
    ended: Notify,
    failures: [AtomicU64; Kind::ALL.len()],
}

#[derive(Debug)]
struct Told {
    since: Option<Timestamp>,
    error: Option<Trouble>,
    checked_at: Option<Timestamp>,
    latency: Option<Duration>,
    failed_checks: u32,
    pause: Duration,
    next_check: Instant,
    is_checked: bool,
    /// It takes connections and answers nothing: only an answer proves it well.
    owes_answer: bool,
}

impl Pulse {
    pub(super) fn new(app: String, url: Upstream, clock: Clock) -> Self {
        let told = Told {
            since: None,
            error: None,
            checked_at: None,
            latency: None,
            failed_checks: 0,
            pause: FIRST_PAUSE,
            next_check: Instant::now(),
            is_checked: false,
            owes_answer: false,
        };
        let failures = std::array::from_fn(|_| AtomicU64::new(0));
        let (state, misses) = (AtomicU8::new(UNKNOWN), AtomicU32::new(0));
        Self { state, misses, clock, app, url, told: Mutex::new(told), ended: Notify::new(), failures }
    }

    /// Whether others should be preferred. Never a reason to refuse: the last one is always tried.
    pub fn is_down(&self) -> bool {
        self.state.load(Ordering::Relaxed) == DOWN
    }

    pub fn state(&self) -> State {
        match self.state.load(Ordering::Relaxed) {
            UP => State::Up,
            DOWN => State::Down,
            _ => State::Unknown,
        }
    }

    /// A visitor's request was answered, with whatever status.
    pub fn answered(&self) {
        if self.state.load(Ordering::Relaxed) == UP && self.misses.load(Ordering::Relaxed) == 0 {
            return;
        }
        self.misses.store(0, Ordering::Relaxed);
        self.come_up(&mut self.told());
    }

    /// It could not be connected to.
    pub fn failed(&self, trouble: Trouble) {
        self.count(trouble.code);
        self.go_down(&mut self.told(), trouble);
    }

    /// It took a new connection and closed it without a word.
    pub fn dropped(&self, trouble: Trouble) {
        self.count(trouble.code);
        if self.misses.fetch_add(1, Ordering::Relaxed) + 1 >= MISSES {
            let mut told = self.told();
            told.owes_answer = true;
            self.go_down(&mut told, trouble);
        }
    }

    /// Something that says nothing about the next request.
    pub fn count(&self, kind: Kind) {
        let at = Kind::ALL.iter().position(|known| *known == kind);
        if let Some(counter) = at.and_then(|at| self.failures.get(at)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often what went wrong.
    pub fn failures(&self) -> impl Iterator<Item = (Kind, u64)> {
        Kind::ALL.into_iter().zip(self.failures.iter().map(|counter| counter.load(Ordering::Relaxed)))
    }

    pub fn health(&self) -> UpstreamHealth {
        let told = self.told();
        UpstreamHealth {
            url: self.url.clone(),
            state: self.state(),
            since: told.since,
            error: told.error.clone(),
            checked_at: told.checked_at,
            latency: told.latency,
        }
    }

    /// Whether it is time for a check, which is then begun. True with whether only an answer counts.
    pub(super) fn begin_check(&self, now: Instant, regularly: bool) -> Option<bool> {
        let wanted = regularly || self.is_down();
        let mut told = self.told();
        if !wanted || told.is_checked || told.next_check > now {
            return None;
        }
        told.is_checked = true;
        Some(told.owes_answer)
    }

    /// A check has ended; the next one is due `every` after this one, or sooner when something is wrong.
    pub(super) fn end_check(&self, outcome: Result<Duration, Trouble>, every: Duration) {
        let mut told = self.told();
        told.is_checked = false;
        told.checked_at = Some(self.clock.now());
        match outcome {
            Ok(latency) => {
                told.latency = Some(latency);
                told.failed_checks = 0;
                self.misses.store(0, Ordering::Relaxed);
                told.owes_answer = false;
                told.next_check = Instant::now() + every;
                self.come_up(&mut told);
            }
            Err(trouble) => {
                self.count(trouble.code);
                told.failed_checks += 1;
                let is_sure = !matches!(trouble.code, Kind::Status | Kind::Timeout | Kind::BadAnswer | Kind::Closed);
                // Of one that nobody has heard of yet, a single failure is all that is known.
                let is_first = self.state() == State::Unknown;
                if is_sure || is_first || told.failed_checks >= FAILED_CHECKS || self.is_down() {
                    self.go_down(&mut told, trouble);
                } else {
                    told.next_check = Instant::now() + FIRST_PAUSE;
                }
            }
        }
        drop(told);
        self.ended.notify_waiters();
    }

    /// Waits until it was checked lately. One that is down is asked again and again: it is known.
    pub(super) async fn known(&self, lately: Duration) {
        loop {
            let ended = self.ended.notified();
            let checked_at = self.told().checked_at;
            if self.is_down() || checked_at.is_some_and(|at| self.clock.now().since(at) <= lately) {
                return;
            }
            ended.await;
        }
    }

    fn come_up(&self, told: &mut Told) {
        let before = self.state.swap(UP, Ordering::Relaxed);
        if before == UP {
            return;
        }
        told.since = Some(self.clock.now());
        told.error = None;
        if before == DOWN {
            tracing::info!(app = self.app, upstream = %self.url, "an upstream is back");
        }
        // One that fails again at once is left alone for as long as before.
        told.pause = (told.pause / 2).max(FIRST_PAUSE);
    }

    fn go_down(&self, told: &mut Told, trouble: Trouble) {
        let before = self.state.swap(DOWN, Ordering::Relaxed);
        if before != DOWN {
            tracing::warn!(app = self.app, upstream = %self.url, why = trouble.text, "an upstream is down");
            told.since = Some(self.clock.now());
        }
        if before != DOWN || told.next_check <= Instant::now() {
            told.next_check = Instant::now() + told.pause;
            told.pause = (told.pause * 2).min(LONGEST_PAUSE);
        }
        told.error = Some(trouble);
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse() -> Pulse {
        Pulse::new("hmi".into(), "http://127.0.0.1:1880".parse().unwrap(), Clock::system())
    }

    fn refused() -> Trouble {
        Trouble::new(Kind::Refused, "nobody listens")
    }

    #[test]
    fn a_refused_connection_takes_it_out_and_an_answer_brings_it_back() {
        let pulse = pulse();
        assert_eq!(pulse.state(), State::Unknown);
        pulse.failed(refused());
        assert!(pulse.is_down());
        assert_eq!(pulse.health().error, Some(refused()));
        pulse.answered();
        assert_eq!((pulse.state(), pulse.health().error), (State::Up, None));
        assert!(pulse.failures().all(|(kind, count)| count == u64::from(kind == Kind::Refused)));
    }

    #[test]
    fn a_closed_connection_now_and_then_is_no_failure() {
        let pulse = pulse();
        let closed = || Trouble::new(Kind::Closed, "closed");
        for _ in 0..5 {
            pulse.dropped(closed());
            pulse.dropped(closed());
            pulse.answered();
        }
        assert!(!pulse.is_down());
        (0..MISSES).for_each(|_| pulse.dropped(closed()));
        assert!(pulse.is_down());
        assert_eq!(pulse.begin_check(Instant::now() + LONGEST_PAUSE, false), Some(true));
    }

    #[test]
    fn pauses_grow_while_it_stays_down() {
        let pulse = pulse();
        pulse.failed(refused());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let due = pulse.told().next_check;
            assert_eq!(pulse.begin_check(due, false), Some(false));
            assert_eq!(pulse.begin_check(due, false), None, "one at a time");
            pulse.told().next_check = Instant::now();
            pulse.end_check(Err(refused()), Duration::from_secs(10));
            pauses.push(pulse.told().next_check.duration_since(Instant::now()).as_secs_f64().round());
        }
        assert_eq!(pauses, [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]);
    }

    #[test]
    fn what_is_heard_first_counts() {
        let pulse = pulse();
        pulse.end_check(Err(Trouble::new(Kind::Timeout, "no answer")), Duration::from_secs(10));
        assert_eq!(pulse.state(), State::Down);
    }

    #[tokio::test]
    async fn who_waits_hears_of_the_first_check() {
        let pulse = pulse();
        let minute = Duration::from_secs(60);
        let check = async {
            assert_eq!(pulse.state(), State::Unknown, "who waits has not gone on");
            pulse.end_check(Ok(Duration::from_millis(3)), minute);
        };
        tokio::join!(pulse.known(minute), check);
        pulse.known(minute).await;
        assert_eq!(pulse.state(), State::Up);
    }

    #[test]
    fn one_bad_answer_to_a_check_is_an_accident() {
        let pulse = pulse();
        let unwell = || Err(Trouble::new(Kind::Status, "503"));
        let every = Duration::from_secs(10);
        pulse.end_check(Ok(Duration::from_millis(3)), every);
        pulse.end_check(unwell(), every);
        assert_eq!(pulse.state(), State::Up);
        pulse.end_check(unwell(), every);
        assert_eq!(pulse.state(), State::Down);
        pulse.end_check(Ok(Duration::from_millis(3)), every);
        assert_eq!(pulse.state(), State::Up);
    }
}
