//! All numbers, on one page. README.md lists them: who changes one here changes it there.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use crate::directory::Snapshot;
use crate::domain::{AccessMode, AppId};
use crate::observe::{BUCKETS, Exposition, Judged, Rejected, Traffic};
use crate::run::cli;
use crate::upstreams::State;

use super::{Source, process};

pub(super) async fn page(source: &Source) -> String {
    let mut page = Exposition::default();
    let snapshot = source.shared.directory.snapshot();
    let names = names(&snapshot);
    if let Some(traffic) = &source.shared.traffic {
        requests(&mut page, traffic, &names);
    }
    people(&mut page, source, &names).await;
    upstreams(&mut page, source, &snapshot, &names);
    limits(&mut page, source);
    store(&mut page, source);
    mails(&mut page, source).await;
    let version = [("version", env!("CARGO_PKG_VERSION")), ("build", cli::VERSION)];
    page.gauge("millgate_build_info", "Always 1; its labels say what runs.").sample(&version, 1);
    process::write(&mut page);
    page.finish()
}

/// Each app as `workspace/app`; the console is one of them.
fn names(snapshot: &Snapshot) -> HashMap<AppId, String> {
    let entries = snapshot.apps.values().chain(&snapshot.console_app);
    entries.map(|entry| (entry.app.id, format!("{}/{}", entry.workspace, entry.app.name))).collect()
}

fn requests(page: &mut Exposition, traffic: &Traffic, names: &HashMap<AppId, String>) {
    let totals = traffic.apps();
    let mut apps: Vec<_> = totals.iter().filter_map(|(app, totals)| Some((names.get(app)?.as_str(), totals))).collect();
    apps.sort_by_key(|(name, _)| *name);
    page.counter("millgate_requests_total", "Requests by app, access mode and what was decided.");
    for (app, totals) in &apps {
        for (mode, row) in AccessMode::ALL.iter().zip(&totals.judged) {
            for (verdict, count) in Judged::ALL.iter().zip(row).filter(|(_, count)| **count > 0) {
                page.sample(&[("app", app), ("mode", mode.as_str()), ("verdict", verdict.as_str())], count);
            }
        }
    }
    page.counter("millgate_responses_total", "Answers by app and class of status.");
    for (app, totals) in &apps {
        for (class, count) in ["1xx", "2xx", "3xx", "4xx", "5xx"].iter().zip(totals.answered) {
            page.sample(&[("app", app), ("class", class)], count);
        }
    }
    let bounds: Vec<f64> = BUCKETS.iter().map(|micros| seconds(*micros)).collect();
    page.histogram("millgate_upstream_response_seconds", "From a request's head to the head of the app's answer.");
    for (app, totals) in &apps {
        page.distribution(&[("app", app)], &bounds, &totals.waited, seconds(totals.waited_micros));
    }
    page.counter("millgate_requests_rejected_total", "Requests that were turned away before they were any app's.");
    for why in Rejected::ALL {
        page.sample(&[("reason", why.as_str())], traffic.rejected(why));
    }
}

async fn people(page: &mut Exposition, source: &Source, names: &HashMap<AppId, String>) {
    let directory = &source.shared.directory;
    page.gauge("millgate_users", "People, of all workspaces.").sample(&[], directory.person_count());
    let reader = std::sync::Arc::clone(directory);
    // It reads through all of them.
    let sessions = tokio::task::spawn_blocking(move || reader.sessions_by_app()).await.unwrap_or_default();
    let open = directory.orders().open_by_app().await;
    let mut apps: Vec<(&AppId, &String)> = names.iter().collect();
    apps.sort_by_key(|(_, name)| *name);
    page.gauge("millgate_sessions", "Sessions, of people and devices.");
    for (app, name) in &apps {
        page.sample(&[("app", name)], sessions.get(app).copied().unwrap_or_default());
    }
    page.gauge("millgate_open_exchanges", "Requests, streams and WebSockets under way.");
    for (app, name) in &apps {
        page.sample(&[("app", name)], open.get(app).copied().unwrap_or_default());
    }
    let now = |count: &std::sync::atomic::AtomicUsize| count.load(Ordering::Relaxed);
    page.gauge("millgate_connections", "Connections of visitors.").sample(&[], now(&source.shared.connections));
    page.gauge("millgate_websockets", "Connections that are WebSockets.").sample(&[], now(&source.shared.tunnels));
    page.counter("millgate_sign_ins_total", "Attempts to get in, by way and result.");
    for (entry, outcome, count) in source.desk.tally().entries() {
        page.sample(&[("way", entry.as_str()), ("result", outcome.as_str())], count);
    }
}

fn upstreams(page: &mut Exposition, source: &Source, snapshot: &Snapshot, names: &HashMap<AppId, String>) {
    let mut rows = Vec::new();
    for entry in snapshot.apps.values() {
        for upstream in entry.app.upstreams() {
            let pulse = source.shared.health.pulse(&entry.app, upstream);
            rows.push((names.get(&entry.app.id).map_or("", String::as_str), upstream.to_string(), pulse));
        }
    }
    rows.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    page.gauge("millgate_upstream_up", "1 when it can be reached, 0 when not; absent until somebody has asked.");
    for (app, upstream, pulse) in &rows {
        if pulse.state() != State::Unknown {
            page.sample(&[("app", app), ("upstream", upstream)], u8::from(pulse.state() == State::Up));
        }
    }
    page.counter("millgate_upstream_failures_total", "What went wrong with it, on requests and checks.");
    for (app, upstream, pulse) in &rows {
        for (kind, count) in pulse.failures().filter(|(_, count)| *count > 0) {
            page.sample(&[("app", app), ("upstream", upstream), ("kind", kind.as_str())], count);
        }
    }
}

fn limits(page: &mut Exposition, source: &Source) {
    page.counter("millgate_limits_hit_total", "How often a limit held somebody back.");
    for (limit, count) in source.shared.tally.limits() {
        page.sample(&[("limit", limit.as_str())], count);
    }
    for (limit, count) in source.desk.throttle().refusals() {
        page.sample(&[("limit", limit)], count);
    }
}

fn store(page: &mut Exposition, source: &Source) {
    let work = source.ledger.work();
    let read = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
    page.gauge("millgate_store_healthy", "1 when changes can be kept.").sample(&[], u8::from(source.ledger.healthy()));
    page.counter("millgate_store_commits_total", "Commits, each made durable.").sample(&[], read(&work.commits));
    page.counter("millgate_store_commit_failures_total", "Commits that failed.").sample(&[], read(&work.failures));
    page.counter("millgate_store_proposals_total", "Changes proposed; many share a commit.")
        .sample(&[], read(&work.proposals));
    page.counter("millgate_store_commit_seconds_total", "Time spent in commits.")
        .sample(&[], seconds(read(&work.micros)));
}

async fn mails(page: &mut Exposition, source: &Source) {
    // A store that does not answer has said so already.
    let Ok(mails) = source.desk.mails().await else { return };
    let stuck = mails.iter().filter(|mail| mail.is_stuck).count();
    page.gauge("millgate_mails", "Mails that wait, and those that somebody should look at.");
    page.sample(&[("state", "queued")], mails.len() - stuck).sample(&[("state", "stuck")], stuck);
}

/// Numbers this large lose microseconds after centuries.
#[allow(clippy::cast_precision_loss)]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}
