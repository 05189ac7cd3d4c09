use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::domain::InviteCode;
use crate::store::redb::schema::Step;
use crate::store::samples::APP;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_store_is_its_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("new/data");
    drop(RedbStore::open(&dir).unwrap());
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("millgate.redb")), 0o600);
    assert_eq!(mode(&dir.join("millgate.id")), 0o600);
    fs::set_permissions(dir.join("millgate.redb"), fs::Permissions::from_mode(0o644)).unwrap();
    drop(RedbStore::open(&dir).unwrap());
    assert_eq!(mode(&dir.join("millgate.redb")), 0o600);
}

#[test]
fn a_store_keeps_what_it_was_given() {
    let dir = furnished();
    let store = RedbStore::open(dir.path()).unwrap();
    let records = loaded(&store).unwrap();
    assert_eq!(records.len(), all_kinds().len() + 12);
    assert!(all_kinds().iter().all(|record| records.get(&record.key()) == Some(record)));
    assert_eq!(store.probe().unwrap(), Seq(2));
}

#[test]
fn a_lost_store_is_never_begun_anew() {
    let dir = furnished();
    let whole = fs::read(file(&dir)).unwrap();
    fs::remove_file(file(&dir)).unwrap();
    let error = RedbStore::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Lost { why: "is missing", .. }), "{error}");
    fs::write(file(&dir), b"").unwrap();
    let error = RedbStore::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Lost { why: "is empty", .. }), "{error}");
    assert_eq!(fs::read(file(&dir)).unwrap(), b"");
    let other = furnished();
    fs::copy(file(&other), file(&dir)).unwrap();
    let error = RedbStore::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Lost { why: "belongs to another installation", .. }), "{error}");
    for nonsense in [b"not a store".to_vec(), vec![0; 1 << 16], whole[..4096].to_vec(), whole[..100].to_vec()] {
        fs::write(file(&dir), &nonsense).unwrap();
        let error = RedbStore::open(dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
    fs::write(file(&dir), &whole).unwrap();
    assert_eq!(loaded(&RedbStore::open(dir.path()).unwrap()).unwrap().len(), all_kinds().len() + 12);
}

#[test]
fn a_setting_up_that_was_cut_short_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("millgate.redb.new"), vec![7; 10_000]).unwrap();
    drop(RedbStore::open(dir.path()).unwrap());
    // Cut short between the store and the marker.
    fs::remove_file(dir.path().join("millgate.id")).unwrap();
    drop(RedbStore::open(dir.path()).unwrap());
    assert!(dir.path().join("millgate.id").exists());
    fs::write(dir.path().join("millgate.id"), "7").unwrap();
    assert!(matches!(RedbStore::open(dir.path()), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_second_process_is_turned_away_by_the_name_of_the_store() {
    let dir = furnished();
    let first = RedbStore::open(dir.path()).unwrap();
    let error = RedbStore::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }));
    assert!(error.to_string().contains(file(&dir).to_str().unwrap()), "{error}");
    assert!(matches!(restore(&file(&dir), dir.path()), Err(StoreError::Busy { .. })));
    drop(first);
    assert!(RedbStore::open(dir.path()).is_ok());
}

#[test]
fn a_store_that_was_deleted_underneath_takes_no_more_changes() {
    let dir = furnished();
    let store = RedbStore::open(dir.path()).unwrap();
    fs::rename(file(&dir), dir.path().join("away")).unwrap();
    assert!(matches!(store.commit(&[sign_up(4)]), Err(StoreError::Lost { .. })));
    assert!(matches!(store.probe(), Err(StoreError::Lost { .. })));
    assert!(store.get(&Key::Secrets).unwrap().is_some());
    fs::rename(dir.path().join("away"), file(&dir)).unwrap();
    assert_eq!(store.commit(&[sign_up(4)]).unwrap().kept, [true]);
}

fn format(dir: &TempDir, format: u32) {
    let engine = Engine::start(&Disk::new(disk::LockedFile::open(&file(dir), false).unwrap()), true).unwrap();
    let facts = Facts { format, ..engine.facts().unwrap() };
    engine.write(|transaction| Ok((facts.write(transaction)?, true))).unwrap();
}

#[test]
fn a_store_of_a_later_release_is_left_alone() {
    let dir = furnished();
    format(&dir, KNOWN + 1);
    let error = RedbStore::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found, known: KNOWN, .. } if found == KNOWN + 1), "{error}");
    format(&dir, KNOWN);
    assert!(RedbStore::open(dir.path()).is_ok());
}

fn remove_secrets(records: &mut schema::Records<'_>) -> Result<(), StoreError> {
    records.remove(key::encode(&Key::Secrets).as_slice())?;
    Ok(())
}

fn fail(records: &mut schema::Records<'_>) -> Result<(), StoreError> {
    remove_secrets(records)?;
    Err(StoreError::Engine("on purpose".to_owned()))
}

#[test]
fn an_older_store_is_brought_forward_step_by_step_or_not_at_all() {
    const NOTHING: Step = Step { to: KNOWN + 1, run: |_| Ok(()) };
    let dir = furnished();
    let store = RedbStore::open(dir.path()).unwrap();
    let take = |known, steps: &[Step]| {
        store.with_engine(|engine| engine.write(|to| Ok((schema::take(to, "path", known, steps)?.format, true))))
    };
    assert!(take(KNOWN + 2, &[NOTHING]).is_err(), "a step is missing");
    assert!(take(KNOWN + 2, &[NOTHING, Step { to: KNOWN + 2, run: fail }]).is_err());
    assert_eq!(store.read(Facts::read).unwrap().format, KNOWN);
    assert!(store.get(&Key::Secrets).unwrap().is_some());
    let steps = [NOTHING, Step { to: KNOWN + 2, run: remove_secrets }];
    assert_eq!(take(KNOWN + 2, &steps).unwrap(), KNOWN + 2);
    assert_eq!(store.get(&Key::Secrets).unwrap(), None);
    assert_eq!(take(KNOWN + 2, &steps).unwrap(), KNOWN + 2);
    assert!(matches!(take(KNOWN + 1, &steps), Err(StoreError::Newer { .. })));
}

#[test]
fn the_steps_lead_from_the_first_format_to_this_one() {
    let reached = STEPS.iter().fold(1, |format, step| if step.to == format + 1 { step.to } else { 0 });
    assert_eq!(reached, KNOWN);
}

/// A store as the first release wrote it: the golden records in a file with the facts of format 1.
#[test]
fn a_store_of_the_first_format_opens() {
    let dir = tempfile::tempdir().unwrap();
    drop(RedbStore::open(dir.path()).unwrap());
    let engine = Engine::start(&Disk::new(disk::LockedFile::open(&file(&dir), false).unwrap()), true).unwrap();
    let facts = Facts { format: 1, seq: Seq(258), ..engine.facts().unwrap() };
    engine
        .write(|to| {
            let mut records = to.open_table(RECORDS)?;
            for (key, value) in codec::golden::records(codec::golden::FIRST) {
                records.insert(key.as_slice(), value.as_slice())?;
            }
            drop(records);
            Ok((facts.write(to)?, true))
        })
        .unwrap();
    drop(engine);
    let store = RedbStore::open(dir.path()).unwrap();
    let records: Vec<Record> = loaded(&store).unwrap().into_values().collect();
    // What came with the second format apart, the same records; and the one invite can be accepted as before.
    let old = ["Secrets", "Workspace", "NamesWorkspace", "App", "NamesApp", "NamesUser", "Session"];
    for record in all_kinds().iter().filter(|record| old.iter().any(|kind| format!("{record:?}").starts_with(kind))) {
        assert!(records.iter().any(|found| found.key() == record.key()), "{record:?}");
    }
    let code = InviteCode::from_bytes([9; 32]).id();
    let opens = records.iter().find_map(|record| match record {
        Record::OpensInvitation(id, _, invitation) if *id == code => Some(*invitation),
        _ => None,
    });
    let invitation = records.iter().find_map(|record| match record {
        Record::Invitation(invitation) if Some(invitation.id) == opens => Some(invitation),
        _ => None,
    });
    let invitation = invitation.unwrap();
    assert_eq!((invitation.username.as_str(), invitation.family_name.as_str()), ("user6@example.com", "Weiß"));
    let named = Record::NamesInvitation(APP, invitation.username.clone(), invitation.id);
    assert!(records.contains(&named) && invitation.handed == Some(code));
    assert_eq!((store.probe().unwrap(), store.damaged()), (Seq(258), 0));
}
