//! `backup` and `restore`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::config::{self, Sources};
use crate::control::{self, Answer, Request};
use crate::store::{self, RedbStore, StoreError};

use super::{FAILED, FINE, check};

/// Beside the store, until the one who asked for a backup takes it away.
const STAGED: &str = "millgate.backup";

pub(super) fn backup(sources: &Sources, file: &Path) -> ExitCode {
    let data_dir = match data_dir(sources) {
        Ok(data_dir) => data_dir,
        Err(refused) => return refused,
    };
    match copy(&data_dir, file) {
        Ok(records) => {
            println!("OK: {records} records of {} are in {}", data_dir.display(), file.display());
            println!("It holds the installation's keys and password hashes: keep it as safe as the store itself.");
            FINE.into()
        }
        Err(reason) => fail(&reason),
    }
}

fn copy(data_dir: &Path, file: &Path) -> Result<u64, String> {
    // A store is made where none is, and a backup of nothing helps nobody.
    let real =
        fs::canonicalize(data_dir).map_err(|error| format!("there is no store in {}: {error}", data_dir.display()))?;
    match store::store_file(&real).try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(format!("there is no store in {}; check --data and data_dir", data_dir.display())),
        Err(error) => {
            return Err(format!("{} cannot be read: {error}; are you its user, or root?", data_dir.display()));
        }
    }
    may_be_replaced(&real, file)?;
    // The running gateway may see other folders than we do (its unit hides most of them), so that it writes beside its
    // store, where both can go, and we take it from there.
    let staged = real.join(format!("{STAGED}.{}", std::process::id()));
    let records = match control::ask(&real, &Request::Backup { to: staged.clone() }) {
        Some(Ok(Answer::BackedUp { records })) => records,
        Some(Ok(Answer::Root { .. } | Answer::SetUpLink { .. } | Answer::Audit(_) | Answer::HandedOver { .. })) => {
            return Err("the running gateway answered something else".to_owned());
        }
        Some(Ok(Answer::Failed(reason))) => {
            return Err(format!("the running gateway could not write the backup: {reason}"));
        }
        Some(Err(error)) => {
            return Err(format!(
                "the running gateway cannot be asked over {}: {error}",
                control::path(&real).display()
            ));
        }
        None => copy_at_rest(&real, &staged)?,
    };
    take(&staged, file).map_err(|error| {
        // What cannot be delivered is not left lying about either.
        let _ = fs::remove_file(&staged);
        format!("{} cannot be written: {error}", file.display())
    })?;
    Ok(records)
}

/// A backup takes the place of what has its name: neither the gateway's own files nor devices may go that way.
fn may_be_replaced(data_dir: &Path, file: &Path) -> Result<(), String> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_own =
        name.starts_with("millgate.redb") || matches!(name, "millgate.id" | "millgate.setup" | "millgate.sock");
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if is_own && fs::canonicalize(folder).is_ok_and(|folder| folder == data_dir) {
        return Err(format!("{} is the gateway's own file; name another one", file.display()));
    }
    match fs::symlink_metadata(file) {
        Ok(there) if !there.is_file() && !there.is_symlink() => {
            Err(format!("{} is there and no regular file; name another one", file.display()))
        }
        _ => Ok(()),
    }
}

fn copy_at_rest(data_dir: &Path, staged: &Path) -> Result<u64, String> {
    let store = RedbStore::open(data_dir).map_err(|error| match error {
        StoreError::Busy { path } => {
            format!("a gateway runs on {path}, but does not answer on its control socket; try again, or stop it first")
        }
        other => other.to_string(),
    })?;
    store.backup(staged).map_err(|error| error.to_string())
}

/// Moves a file, also to another file system; whole or not at all.
fn take(staged: &Path, file: &Path) -> io::Result<()> {
    if fs::rename(staged, file).is_ok() {
        return Ok(());
    }
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    // Copies the permissions too: readable by its owner only.
    let copied =
        fs::copy(staged, &part).and_then(|_| File::open(&part)?.sync_all()).and_then(|()| fs::rename(&part, file));
    if copied.is_err() {
        // It holds keys, and half of it is of no use.
        let _ = fs::remove_file(&part);
    }
    copied?;
    fs::remove_file(staged)
}

pub(super) fn restore(sources: &Sources, file: &Path, force: bool) -> ExitCode {
    let data_dir = match data_dir(sources) {
        Ok(data_dir) => data_dir,
        Err(refused) => return refused,
    };
    if store::store_file(&data_dir).exists() && !force {
        eprintln!("millgate: there is a store in {} already.", data_dir.display());
        eprintln!(
            "With --force the backup takes its place, and users, sessions and settings made since the backup are gone;"
        );
        eprintln!("the present store is kept beside it as millgate.redb.old.");
        return FAILED.into();
    }
    match store::restore(file, &data_dir) {
        Ok(restored) => {
            println!("OK: {} records of {} are in {}", restored.records, file.display(), data_dir.display());
            if restored.replaced {
                println!("The store that was there before is kept as millgate.redb.old.");
            }
            FINE.into()
        }
        Err(StoreError::Busy { path }) => fail(&format!("a gateway runs on {path}; stop it first")),
        // It is the backup that is read, and every page of it; the store itself is only put aside.
        Err(StoreError::Damaged { what }) => {
            fail(&format!("{} is no whole backup ({what}); nothing was changed", file.display()))
        }
        Err(StoreError::Io(error)) => fail(&format!("nothing was restored: {error}")),
        Err(error) => fail(&error.to_string()),
    }
}

/// Only where the store is matters here, but a configuration with errors says nothing reliable.
pub(super) fn data_dir(sources: &Sources) -> Result<PathBuf, ExitCode> {
    // Who names the folder needs no configuration, for instance on a machine that is being set up anew.
    if let (Some(data_dir), None) = (&sources.data_dir, &sources.file) {
        return Ok(data_dir.clone());
    }
    let loaded = config::load(sources).map_err(|problems| check::refuse(&problems))?;
    Ok(loaded.config.data_dir)
}

fn fail(reason: &str) -> ExitCode {
    eprintln!("millgate: {reason}");
    FAILED.into()
}
