//! What the file does on bad days. What it has in common with every engine is tested in `store::law`.

mod damage;
mod healing;
mod setting_up;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::domain::{Key, Record};
use crate::store::samples::{all_kinds, session, sign_up};

use super::*;

type Records = BTreeMap<Key, Record>;

/// A data directory with one record of each kind and a few users.
fn furnished() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = RedbStore::open(dir.path()).unwrap();
    store.commit(&[all_kinds().into_iter().fold(Proposal::new(), Proposal::put)]).unwrap();
    store.commit(&[sign_up(1), sign_up(2), sign_up(3)]).unwrap();
    dir
}

fn loaded(store: &RedbStore) -> Result<Records, StoreError> {
    let mut records = Records::new();
    store.load(&mut |record| assert_eq!(records.insert(record.key(), record), None))?;
    Ok(records)
}

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("millgate.redb")
}
