//! The machine that the gateway runs on: its service manager, its limits, its clock.

use std::os::unix::fs::MetadataExt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sd_notify::NotifyState;

use crate::domain::{Clock, Timestamp};

/// Beside connections: workers, the store, logs, upstreams in their pools.
const SPARE_FILES: u64 = 1024;

/// Each connection and its upstream take a file. Raises the process's own limit as far as the system lets it.
pub(super) fn make_room_for_files(connections: usize) {
    let connections = u64::try_from(connections).unwrap_or(u64::MAX);
    let needed = connections.saturating_mul(2).saturating_add(SPARE_FILES);
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    let mut current = limit.current.unwrap_or(u64::MAX);
    if current < needed && current < allowed {
        let raised = Rlimit { current: Some(needed.min(allowed)), maximum: limit.maximum };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            current = needed.min(allowed);
        }
    }
    if current < needed {
        tracing::warn!(
            files = current,
            needed,
            connections,
            "few open files are allowed, so fewer connections fit; raise LimitNOFILE= or `ulimit -n`, or lower limits.connections"
        );
    }
}

/// Whether standard error goes to the journal of systemd: it names the stream that it has given (systemd.exec(5)).
pub(super) fn logs_to_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    std::fs::metadata("/proc/self/fd/2").is_ok_and(|file| stream == format!("{}:{}", file.dev(), file.ino()))
}

/// DESIGN invariant 9: a wrong clock locks nobody out; the operator hears of it.
pub(super) fn look_at_clock(clock: &Clock) {
    let now = clock.now();
    if now < Timestamp::CLOCK_IS_SET_AFTER {
        tracing::warn!(%now, "the clock is not set: expiry of sessions and invites and times in lists are wrong until it is");
    }
}

/// What the service manager is told; without one, nothing happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum News {
    Ready,
    Reloading,
    Stopping,
}

pub(super) fn tell(news: News) {
    let told = match news {
        News::Ready => sd_notify::notify(&[NotifyState::Ready]),
        News::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
        News::Reloading => {
            NotifyState::monotonic_usec_now().and_then(|moment| sd_notify::notify(&[NotifyState::Reloading, moment]))
        }
    };
    if let Err(error) = told {
        tracing::warn!(%error, "the service manager cannot be told how things are");
    }
}

/// Says that the gateway is alive, twice within the time after which the service manager would restart it.
pub(super) async fn keep_watchdog_calm() {
    let Some(patience) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(patience / 2);
    loop {
        ticks.tick().await;
        // What cannot be said is not lived long after: the manager's restart is the report.
        let _ = sd_notify::notify(&[NotifyState::Watchdog]);
    }
}
