//! `serve`: from a configuration to a gateway that runs until it is told to stop.

use std::future::Future;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::config::{self, Loaded, Sources};
use crate::control::{Legacy, Successor};
use crate::domain::Clock;
use crate::observe::{self, Logs};

use super::gateway::{Failure, Gateway};
use super::inherited::{Inherited, STORE_PATIENCE, store_is_free};
use super::machine::{self, News};
use super::reload::reload;
use super::signals::{Signals, Wish};
use super::watcher::Watcher;
use super::{FAILED, FINE, Serve, check, cli};

/// Threads of the control plane: sign-ins must not wait for each other's pages, and more would take from the workers.
const CONTROL_THREADS: usize = 2;
/// Visitors of the next process wait for so long: longer than nearly every request takes, and streams have no end anyway.
const LONGEST_HAND_OVER: Duration = Duration::from_secs(5);
/// For work that was still under way when the gateway has stopped.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) fn serve(asked: &Serve, sources: &Sources) -> ExitCode {
    let begun = Instant::now();
    let loaded = match config::load(sources) {
        Ok(loaded) => loaded,
        Err(problems) => return check::refuse(&problems),
    };
    let clock = Clock::system();
    let logs = observe::start(loaded.config.log, clock.clone(), machine::logs_to_journal());
    introduce(&loaded);
    machine::look_at_clock(&clock);
    machine::make_room_for_files(loaded.config.limits.connections);
    let inherited = match asked.take_over {
        true => Inherited::take_over(&loaded.config),
        false => Ok(Inherited::take()),
    };
    on_control_plane(async move {
        let mut inherited = inherited?;
        let mut signals = Signals::listen().map_err(|error| format!("signals cannot be received: {error}"))?;
        let mut watcher = Watcher::of(&loaded);
        let watchdog = tokio::spawn(machine::keep_watchdog_calm());
        let mut config = loaded.config;
        loop {
            let predecessor = inherited.predecessor();
            let mut gateway = Gateway::start(config, clock.clone(), inherited).await?;
            tell_ready(&gateway, begun);
            predecessor.into_iter().for_each(Legacy::dismiss);
            tell_set_up(&gateway);
            let (limit, successor) = stay(&mut gateway, &mut signals, &mut watcher, sources, logs.as_ref()).await;
            // Kept open for nobody, they would keep visitors waiting for nothing.
            let sockets = if successor.is_some() { gateway.handles.copies() } else { Vec::new() };
            config = gateway.runs_with.clone();
            stop(gateway, limit, &mut signals).await;
            let Some(successor) = successor else { break };
            if is_followed(successor, &config.data_dir, &mut signals).await {
                break;
            }
            tracing::error!("the process that took over has ended before it was ready: going on in its place");
            inherited = Inherited::of(sockets);
        }
        watchdog.abort();
        Ok(())
    })
}

/// Whether nobody needs this process any more. Until the next one is ready it can come back.
async fn is_followed(successor: Successor, data_dir: &Path, signals: &mut Signals) -> bool {
    if !store_is_free(data_dir, LAST_WORDS).await {
        // Something of ours still has it: it is closed by the end of this process, and not before.
        return true;
    }
    let is_ready = tokio::select! {
        is_ready = successor.follows() => is_ready,
        _ = signals.stop() => true,
    };
    // One that fails may take a moment to let go of the store.
    is_ready || !store_is_free(data_dir, STORE_PATIENCE).await
}

/// Runs on the control plane's threads; a failure is logged and becomes the exit code.
pub(super) fn on_control_plane(work: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(CONTROL_THREADS)
        .thread_name("control")
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "threads cannot be started");
            return FAILED.into();
        }
    };
    let ended = runtime.block_on(work);
    runtime.shutdown_timeout(LAST_WORDS);
    match ended {
        Ok(()) => FINE.into(),
        Err(reason) => {
            tracing::error!(reason, "the gateway cannot run");
            FAILED.into()
        }
    }
}

fn introduce(loaded: &Loaded) {
    let version = cli::VERSION;
    match &loaded.file {
        Some(file) => tracing::info!(version, config = %file.display(), "starting"),
        None => tracing::info!(
            version,
            config = "defaults",
            absent = config::DEFAULT_FILE,
            "starting without a configuration file"
        ),
    }
    for warning in &loaded.warnings {
        tracing::warn!(place = %warning.place.origin, key = warning.place.key, "{}", warning.text);
    }
}

fn tell_ready(gateway: &Gateway, begun: Instant) {
    let addresses: Vec<String> = gateway
        .fixed
        .borrow()
        .iter()
        .map(|listener| format!("{}://{}", listener.scheme.as_str(), listener.address))
        .collect();
    let config = &gateway.started_with;
    tracing::info!(
        addresses = addresses.join(","),
        console = %config.console,
        apps = gateway.directory.snapshot().apps.len(),
        users = gateway.directory.person_count(),
        sessions = gateway.directory.session_count(),
        workers = config.workers,
        data = %config.data_dir.display(),
        millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        "ready"
    );
    machine::tell(News::Ready);
}

/// Without an owner nobody can sign in to the console: whoever reads this line can.
fn tell_set_up(gateway: &Gateway) {
    if gateway.desk.has_owner() || gateway.set_up_was_left {
        return;
    }
    if let Some(link) = gateway.desk.set_up_link() {
        tracing::warn!("set up: open {link} (works once, within an hour; `millgate setup-link` makes a new one)");
    }
}

/// Until somebody wants it to stop; tells how long it may take to, and who follows.
async fn stay(
    gateway: &mut Gateway,
    signals: &mut Signals,
    watcher: &mut Watcher,
    sources: &Sources,
    logs: Option<&Logs>,
) -> (Duration, Option<Successor>) {
    let limit = gateway.started_with.limits.drain_timeout;
    loop {
        let wish = tokio::select! {
            wish = signals.next() => wish,
            () = watcher.changed() => Wish::Reload,
            Some(successor) = gateway.leave.recv() => {
                let limit = limit.min(LONGEST_HAND_OVER);
                tracing::info!(seconds = limit.as_secs_f64(), "another process takes over: finishing what is under way");
                machine::tell(News::Stopping);
                return (limit, Some(successor));
            }
        };
        match wish {
            Wish::Reload => {
                machine::tell(News::Reloading);
                // Before it is read: what is written meanwhile is then seen as a change.
                watcher.settle();
                reload(gateway, sources, logs).await;
                machine::tell(News::Ready);
            }
            Wish::Stop(signal) => {
                tracing::info!(signal, seconds = limit.as_secs_f64(), "stopping: finishing what is under way");
                machine::tell(News::Stopping);
                return (limit, None);
            }
        }
    }
}

/// A second wish to stop is not asked to wait.
pub(super) async fn stop(gateway: Gateway, limit: Duration, signals: &mut Signals) {
    tokio::select! {
        () = gateway.stop(limit) => tracing::info!("stopped"),
        signal = signals.stop() => tracing::warn!(signal, "stopped at once, as asked twice"),
    }
}
