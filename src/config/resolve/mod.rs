//! From what is written to what counts: defaults, files, and what does not go together.

mod acme;
mod apps;
mod certificates;
mod clashes;
mod files;
mod keys;
mod listeners;
mod oidc;
mod smtp;

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use crate::desk::AuditLimits;
use crate::domain::{AppUrl, Scheme};
use crate::observe;

use super::problem::Problems;
use super::raw::{self, Raw};
use super::resolved::{Config, Limits, Listener};
use super::table::Field;

/// More threads than any machine at the edge has cores; more only costs memory.
const MOST_WORKERS: usize = 1024;
const AUDIT_KEEP_LEAST: Duration = Duration::from_hours(24);
const AUDIT_LEAST: u32 = 1000;
const DEFAULT_DATA_DIR: &str = "data";

/// `base` is where relative paths of the file begin. `None` when there are errors.
pub(super) fn resolve(raw: Raw, base: &Path, problems: &mut Problems) -> Option<Config> {
    let data_dir = match &raw.data_dir {
        Some(field) => files::from(base, field),
        None => DEFAULT_DATA_DIR.into(),
    };
    let workers = workers(raw.workers.as_ref(), problems);
    let log = log(raw.log.map(|field| field.value).unwrap_or_default());
    let limits = limits(raw.limits.map(|field| field.value).unwrap_or_default(), problems);
    let audit = audit(raw.audit.map(|field| field.value).unwrap_or_default(), problems);
    let listeners = listeners::resolve(raw.listen.as_ref(), base, problems);
    let given_console = raw.console.and_then(|field| field.value.url);
    let apps = apps::resolve(raw.app.as_ref().map_or(&[], |field| &field.value), base, problems);
    let api_keys = keys::resolve(raw.api_key.as_ref().map_or(&[], |field| &field.value), base, problems);
    let tls = certificates::settings(raw.tls.map(|field| field.value).unwrap_or_default(), problems);
    let acme = acme::resolve(raw.acme.as_ref(), raw.listen.as_ref(), base, problems);
    let smtp = smtp::resolve(raw.smtp.as_ref(), base, problems);
    let written = raw.oidc.as_ref().map_or(&[][..], |field| &field.value);
    let oidc = oidc::resolve(written, base, problems);
    oidc::check_apps(raw.app.as_ref().map_or(&[], |field| &field.value), written, problems);
    oidc::check_console(&oidc, given_console.as_ref(), problems);
    clashes::find(&apps, given_console.as_ref(), &listeners, problems);
    keys::check_scopes(raw.api_key.as_ref().map_or(&[], |field| &field.value), &apps, problems);
    if !problems.errors.is_empty() {
        return None;
    }
    let listeners: Vec<Listener> = listeners.into_iter().map(|listener| listener.value).collect();
    let console = match given_console {
        Some(url) => url.value,
        None => default_console(listeners.iter().find(|listener| !listener.redirects).or(listeners.first())?),
    };
    let apps = apps.into_iter().map(|app| app.resolved).collect();
    Some(Config { data_dir, workers, log, limits, audit, listeners, console, apps, api_keys, smtp, oidc, tls, acme })
}

/// The console on this machine, behind the first listener.
fn default_console(first: &Listener) -> AppUrl {
    let scheme = if first.tls.is_some() { Scheme::Https } else { Scheme::Http };
    AppUrl { scheme, host: "localhost".into(), port: first.address.port(), prefix: "".into() }
}

fn workers(written: Option<&Field<u32>>, problems: &mut Problems) -> NonZeroUsize {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let Some(field) = written else { return cores };
    let number = usize::try_from(field.value).unwrap_or(usize::MAX);
    if number > MOST_WORKERS {
        problems
            .error(&field.place, format!("{number} threads are more than this is built for; use 0 for one per core"));
    }
    NonZeroUsize::new(number).unwrap_or(cores)
}

fn log(raw: raw::Log) -> observe::Config {
    let default = observe::Config::default();
    observe::Config {
        format: raw.format.map_or(default.format, |field| field.value),
        level: raw.level.map_or(default.level, |field| field.value),
        access: raw.access.map_or(default.access, |field| field.value),
    }
}

fn limits(raw: raw::Limits, problems: &mut Problems) -> Limits {
    let default = Limits::default();
    let count = |field: Option<Field<u32>>, default: usize, least: usize, problems: &mut Problems| {
        let Some(field) = field else { return default };
        let number = usize::try_from(field.value).unwrap_or(usize::MAX);
        if number < least {
            problems.error(&field.place, format!("{number} is too few; use at least {least} (default {default})"));
        }
        number
    };
    let connections = count(raw.connections, default.connections, 1, problems);
    let anonymous_devices = count(raw.anonymous_devices, default.anonymous_devices, 0, problems);
    Limits {
        connections,
        head_bytes: head_bytes(raw.head_bytes, default.head_bytes, problems),
        head_timeout: raw.head_timeout.map_or(default.head_timeout, |field| field.value),
        body_timeout: raw.body_timeout.map_or(default.body_timeout, |field| field.value),
        idle_timeout: raw.idle_timeout.map_or(default.idle_timeout, |field| field.value),
        drain_timeout: raw.drain_timeout.map_or(default.drain_timeout, |field| field.value),
        anonymous_devices,
    }
}

/// Shorter or less, and somebody who makes noise wipes out their own traces.
fn audit(raw: raw::Audit, problems: &mut Problems) -> AuditLimits {
    let default = AuditLimits::default();
    let keep = raw.keep.map_or(default.keep, |field| {
        if field.value < AUDIT_KEEP_LEAST {
            problems.error(&field.place, "that is too short; use at least \"1d\" (default \"400d\")".to_owned());
        }
        field.value
    });
    let most = raw.most.map_or(default.most, |field| {
        if field.value < AUDIT_LEAST {
            let (number, default) = (field.value, default.most);
            problems
                .error(&field.place, format!("{number} is too few; use at least {AUDIT_LEAST} (default {default})"));
        }
        field.value.into()
    });
    AuditLimits { keep, most }
}

/// A head must hold a browser's cookies, and is held in memory for every connection.
fn head_bytes(field: Option<Field<super::quantity::Bytes>>, default: usize, problems: &mut Problems) -> usize {
    let Some(field) = field else { return default };
    let size = usize::try_from(field.value.0).unwrap_or(usize::MAX);
    if !(4096..=1 << 20).contains(&size) {
        problems.error(
            &field.place,
            format!("{size} bytes do not fit a request's head; use \"4KiB\" to \"1MiB\" (default \"64KiB\")"),
        );
    }
    size
}
