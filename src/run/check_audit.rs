//! `check` looks at the audit record, too: of the running gateway, of a store at rest, or of a backup.

use std::path::Path;
use std::process::ExitCode;

use crate::control::{self, Answer, Request};
use crate::domain::audit::AuditReport;
use crate::store::{RedbStore, StoreError, inspect_audit, store_file};

use super::{FAILED, FINE};

/// Where the record is.
enum Found {
    Report(AuditReport),
    /// Nothing was ever set up here.
    Nothing,
    /// It is there, and cannot be looked at by whoever asks.
    Closed(String),
}

/// After the configuration was found to be right.
pub(super) fn of_store(data_dir: &Path) -> ExitCode {
    match find(data_dir) {
        Ok(Found::Report(report)) => tell(&report, &data_dir.display().to_string()),
        Ok(Found::Nothing) => FINE.into(),
        Ok(Found::Closed(why)) => {
            eprintln!("warning: the audit record was not looked at: {why}");
            FINE.into()
        }
        Err(error) => fail(&error.to_string()),
    }
}

pub(super) fn of_backup(file: &Path) -> ExitCode {
    match look(file) {
        Ok(report) => tell(&report, &file.display().to_string()),
        Err(StoreError::Damaged { what }) => fail(&format!("{} is no whole backup ({what})", file.display())),
        Err(error) => fail(&error.to_string()),
    }
}

fn find(data_dir: &Path) -> Result<Found, StoreError> {
    match control::ask(data_dir, &Request::InspectAudit) {
        Some(Ok(Answer::Audit(report))) => return Ok(Found::Report(report)),
        Some(Ok(Answer::Failed(why))) => return Ok(Found::Closed(why)),
        Some(Ok(_)) => return Ok(Found::Closed("the running gateway answered something else".to_owned())),
        Some(Err(error)) => {
            let socket = control::path(data_dir);
            return Ok(Found::Closed(format!(
                "the running gateway cannot be asked over {}: {error}",
                socket.display()
            )));
        }
        None => {}
    }
    match look(&store_file(data_dir)) {
        Ok(report) => Ok(Found::Report(report)),
        Err(StoreError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(StoreError::Io(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Ok(Found::Closed(error.to_string()))
        }
        Err(error @ StoreError::Busy { .. }) => Ok(Found::Closed(error.to_string())),
        Err(error) => Err(error),
    }
}

fn look(file: &Path) -> Result<AuditReport, StoreError> {
    inspect_audit(&RedbStore::inspect(file)?)
}

fn tell(report: &AuditReport, place: &str) -> ExitCode {
    let AuditReport { entries, first, last, hash, .. } = report;
    if report.fault_count > 0 {
        for fault in &report.faults {
            eprintln!("error: audit record of {place}: {fault}");
        }
        let untold = report.fault_count.saturating_sub(report.faults.len() as u64);
        if untold > 0 {
            eprintln!("error: audit record of {place}: and {untold} more");
        }
        return fail("the audit record is not as it was written");
    }
    match entries {
        0 => println!("OK: the audit record of {place} is empty"),
        _ => {
            println!("OK: the audit record of {place} is whole: entries {first} to {last}, the newest with hash {hash}")
        }
    }
    FINE.into()
}

fn fail(reason: &str) -> ExitCode {
    eprintln!("millgate: {reason}");
    FAILED.into()
}
