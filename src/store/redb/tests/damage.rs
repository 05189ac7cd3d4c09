use std::sync::atomic::{AtomicUsize, Ordering};

use redb::ReadableTable;
use redb::backends::InMemoryBackend;

use super::*;

/// Opens bytes as a store, with or without a look at every page, and reads everything that they still give.
fn salvage(bytes: &[u8], verify: bool) -> Result<Records, StoreError> {
    let memory = InMemoryBackend::new();
    memory.set_len(bytes.len() as u64).unwrap();
    memory.write(0, bytes).unwrap();
    let engine = Engine::start(&Disk::new(memory), verify)?;
    let mut records = Records::new();
    let sink = &mut |record: Record| assert_eq!(records.insert(record.key(), record), None);
    let outcome = engine.view().and_then(|view| load::load(view, sink, &mut |_| {}));
    // The live view is given no more and no less; and nothing from a file in which searching goes astray.
    let (given, harmed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (many, report) = (
        |_: Glimpse<'_>| {
            given.fetch_add(1, Ordering::Relaxed);
        },
        |_| {
            harmed.fetch_add(1, Ordering::Relaxed);
        },
    );
    let filled = engine.view().and_then(|view| fill::fill(view, &Intake { many: &many, report: &report }));
    assert!(outcome.is_ok() || filled.is_err());
    if filled.is_ok() {
        let expected = |key: &&Key| matches!(key, Key::User(_) | Key::Registration(..) | Key::Session(..));
        assert_eq!(given.into_inner(), records.keys().filter(expected).count());
    }
    if !verify {
        engine.abandon();
    }
    outcome.map(|_| records)
}

/// Where flipping a bit is worth a test: everywhere that is not an unused page.
fn places(bytes: &[u8]) -> Vec<usize> {
    let used = bytes.chunks(4096).enumerate().filter(|(_, page)| page.iter().any(|byte| *byte != 0));
    // Another phase in every page: structure stands at their beginnings, and content anywhere.
    used.flat_map(|(page, _)| (page * 4096 + page * 31 % 149..(page + 1) * 4096).step_by(149)).collect()
}

#[test]
fn flipped_bits_are_never_shown_as_data() {
    let dir = furnished();
    let whole = loaded(&RedbStore::open(dir.path()).unwrap()).unwrap();
    let bytes = fs::read(file(&dir)).unwrap();
    let (mut refused, mut partial) = (0, 0);
    for (turn, place) in places(&bytes).into_iter().enumerate() {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1 << (turn % 8);
        // A page that is checked gives all or nothing.
        if let Ok(records) = salvage(&bytes, true) {
            assert_eq!(records, whole, "byte {place}");
        }
        // One that is not gives what its records vouch for.
        match salvage(&bytes, false) {
            Ok(records) => {
                partial += usize::from(records.len() < whole.len());
                assert!(records.iter().all(|(key, record)| whole.get(key) == Some(record)), "byte {place}");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0 && partial > 0, "{refused} refused, {partial} partial");
}

#[test]
fn a_damaged_record_denies_is_reported_once_and_can_be_replaced() {
    let dir = furnished();
    let store = RedbStore::open(dir.path()).unwrap();
    let (harmed, foreign) = (session(1, Some(1)).key(), session(2, Some(2)).key());
    store
        .with_engine(|engine| {
            engine.write(|transaction| {
                let mut records = transaction.open_table(RECORDS)?;
                let other = records.get(key::encode(&Key::Secrets).as_slice())?.unwrap().value().to_vec();
                records.insert(key::encode(&foreign).as_slice(), other.as_slice())?;
                records.insert(key::encode(&harmed).as_slice(), &other[..5])?;
                drop(records);
                Ok(((), true))
            })
        })
        .unwrap();
    let records = loaded(&store).unwrap();
    assert!(!records.contains_key(&harmed) && !records.contains_key(&foreign) && records.contains_key(&Key::Secrets));
    assert_eq!(loaded(&store).unwrap(), records);
    assert_eq!(store.damaged(), 2);
    assert!(matches!(store.get(&harmed), Err(StoreError::Damaged { .. })));
    assert_eq!(store.scan(Group::SessionsOfUser(crate::store::samples::APP, None), None, 9).unwrap().len(), 1);
    // Nothing may build on it, neither on its being there nor on its absence.
    let guards = [
        crate::domain::Guard::Absent(harmed.clone()),
        crate::domain::Guard::Present(harmed.clone()),
        crate::domain::Guard::At(harmed.clone(), Seq(2)),
    ];
    let batch = guards.map(|guard| Proposal::new().expect(guard).put(session(9, None)));
    assert_eq!(store.commit(&batch).unwrap().kept, [false; 3]);
    let mend = [Proposal::new().put(session(1, Some(1))), Proposal::new().remove(foreign.clone())];
    assert_eq!(store.commit(&mend).unwrap().kept, [true; 2]);
    assert!(store.get(&harmed).unwrap().is_some() && store.get(&foreign).unwrap().is_none());
}
