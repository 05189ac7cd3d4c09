use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use redb::backends::InMemoryBackend;

use super::*;
use crate::store::samples::{delete, sign_out};

/// A disk on which a number of writes succeed and all later ones fail, until it is given more.
#[derive(Debug)]
struct Filling {
    memory: InMemoryBackend,
    left: Arc<AtomicI64>,
}

impl Filling {
    fn spend(&self) -> io::Result<()> {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        if left > 0 { Ok(()) } else { Err(io::Error::from(io::ErrorKind::StorageFull)) }
    }
}

impl StorageBackend for Filling {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.spend()?;
        self.memory.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.spend()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.spend()?;
        self.memory.write(offset, data)
    }
}

/// A store on such a disk, with room for everything so far.
fn filling() -> (RedbStore, Arc<AtomicI64>) {
    let left = Arc::new(AtomicI64::new(i64::MAX));
    let disk = Disk::new(Filling { memory: InMemoryBackend::new(), left: Arc::clone(&left) });
    Engine::start(&disk, false).unwrap().furnish(Facts::new()).unwrap();
    let store = RedbStore::over(disk, "memory".to_owned(), None).unwrap();
    store.commit(&[sign_up(1), sign_up(2)]).unwrap();
    (store, left)
}

/// What a follower holds that has seen every commit since it loaded.
fn follow(store: &RedbStore, records: &mut Records, seq: &mut Seq) {
    for commit in store.tail(*seq).unwrap() {
        assert_eq!(commit.seq, Seq(seq.0 + 1));
        *seq = commit.seq;
        for change in commit.changes {
            match change {
                crate::domain::Change::Put(record) => records.insert(record.key(), record),
                crate::domain::Change::Remove(key) => records.remove(&key),
            };
        }
    }
}

#[test]
fn a_full_disk_heals_without_a_restart_wherever_it_strikes() {
    let (mut failures, mut durable_after_all) = (0, 0);
    for room in 0.. {
        let (store, left) = filling();
        let (mut records, mut seq) = (loaded(&store).unwrap(), Seq(1));
        let before = records.clone();
        left.store(room, Ordering::SeqCst);
        let outcome = store.commit(&[delete(1), sign_up(3), sign_out(2)]);
        let failed = outcome.is_err();
        if let Err(error) = outcome {
            assert!(matches!(error, StoreError::Io(_)), "{room}: {error}");
            failures += 1;
        }
        left.store(i64::MAX, Ordering::SeqCst);
        assert!(store.probe().is_ok(), "{room}");
        follow(&store, &mut records, &mut seq);
        assert_eq!(loaded(&store).unwrap(), records, "{room}");
        durable_after_all += usize::from(failed && records != before);
        assert_eq!(store.commit(&[sign_up(4)]).unwrap().kept, [true], "{room}");
        follow(&store, &mut records, &mut seq);
        assert_eq!(loaded(&store).unwrap(), records, "{room}");
        if !failed && room > 0 && left.load(Ordering::SeqCst) > 0 && failures > 0 {
            break;
        }
    }
    assert!(failures > 5, "{failures} failures, {durable_after_all} durable after all");
}

#[test]
fn reading_goes_on_while_writing_fails() {
    let (store, left) = filling();
    let before = loaded(&store).unwrap();
    // Enough to start the engine again, too little for a commit.
    left.store(8, Ordering::SeqCst);
    assert!(store.commit(&[sign_up(3)]).is_err());
    if store.read(|_| Ok(())).is_ok() {
        assert_eq!(loaded(&store).unwrap(), before);
    }
    left.store(0, Ordering::SeqCst);
    assert!(store.commit(&[sign_up(3)]).is_err());
    assert!(store.probe().is_err());
    left.store(i64::MAX, Ordering::SeqCst);
    assert_eq!(store.commit(&[sign_up(3)]).unwrap().kept, [true]);
    assert!(store.get(&Key::User(crate::domain::UserId::from_u64(3))).unwrap().is_some());
}

#[test]
fn a_backup_is_one_moment_while_writing_goes_on() {
    let (dir, target) = (furnished(), tempfile::tempdir().unwrap());
    let store = RedbStore::open(dir.path()).unwrap();
    let copy = target.path().join("backup");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..20 {
                store.commit(&[sign_up(7)]).unwrap();
                store.commit(&[delete(7)]).unwrap();
            }
        });
        for round in 0..5 {
            let count = store.backup(&copy).unwrap();
            let home = target.path().join(format!("restored-{round}"));
            let restored = restore(&copy, &home).unwrap();
            assert_eq!(restored, Restored { records: count, replaced: false });
            let records = loaded(&RedbStore::open(&home).unwrap()).unwrap();
            // A proposal is in it whole or not at all: a user comes with three more records.
            assert!([0, 4].contains(&(records.len() - all_kinds().len() - 12)), "{}", records.len());
        }
    });
    assert!(store.backup(&file(&dir)).is_err(), "the store itself");
}

#[test]
fn a_restored_backup_replaces_a_store_and_keeps_it() {
    let dir = furnished();
    let copy = dir.path().join("backup");
    let store = RedbStore::open(dir.path()).unwrap();
    store.backup(&copy).unwrap();
    store.commit(&[delete(1)]).unwrap();
    drop(store);
    for _ in 0..2 {
        assert!(restore(&copy, dir.path()).unwrap().replaced);
        assert!(loaded(&RedbStore::open(dir.path()).unwrap()).unwrap().contains_key(&session(1, Some(1)).key()));
    }
    // The way out of every kind of loss.
    for bytes in [None, Some(b"".to_vec()), Some(b"nonsense".to_vec())] {
        fs::remove_file(file(&dir)).unwrap();
        bytes.iter().for_each(|bytes| fs::write(file(&dir), bytes).unwrap());
        assert!(RedbStore::open(dir.path()).is_err());
        restore(&copy, dir.path()).unwrap();
        assert!(RedbStore::open(dir.path()).is_ok());
    }
}

#[test]
fn a_backup_that_is_not_whole_replaces_nothing() {
    let dir = furnished();
    let before = fs::read(file(&dir)).unwrap();
    let copy = dir.path().join("backup");
    for length in [0, 10, 5000, before.len() / 2] {
        fs::write(&copy, &before[..length]).unwrap();
        let error = restore(&copy, dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
    assert!(matches!(restore(&dir.path().join("none"), dir.path()), Err(StoreError::Io(_))));
    assert_eq!(fs::read(file(&dir)).unwrap(), before);
}
