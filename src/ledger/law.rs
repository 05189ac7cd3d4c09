//! The law of every journal: loading at `n` equals loading at any `m < n` and applying `m+1…n`. And what all engines
//! have in common besides.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::directory::{Directory, Filling};
use crate::domain::audit::{Action, Entry, Party};
use crate::domain::{
    AppId, Change, DeviceId, Guard, Key, Proposal, Record, Registration, Seq, SessionId, Timestamp, UserId,
};

use crate::store::samples::{self, APP, bond, delete, session, sign_out, sign_up, user, username};
use crate::store::{Archive, Group, Journal, MemoryStore, RedbStore, StoreError, inspect_audit};

trait Engine: Journal + Archive {}
impl<T: Journal + Archive> Engine for T {}

type Records = BTreeMap<Key, Record>;

/// Runs a test on every engine.
fn on_both(test: impl Fn(&dyn Engine)) {
    test(&MemoryStore::new());
    let dir = tempfile::tempdir().unwrap();
    test(&RedbStore::open(dir.path()).unwrap());
}

fn loaded(journal: &dyn Engine) -> (Seq, Records) {
    let mut records = Records::new();
    let seq = journal.load(&mut |record| assert_eq!(records.insert(record.key(), record), None)).unwrap();
    (seq, records)
}

fn apply(records: &mut Records, change: &Change) {
    match change {
        Change::Put(record) => records.insert(record.key(), record.clone()),
        Change::Remove(key) => records.remove(key),
    };
}

/// A directory that is filled from records in the order in which an engine hands them out.
fn directory(records: &Records) -> Directory {
    let directory = Directory::new(None);
    directory.load(records.values().cloned().collect());
    directory
}

/// All that a directory can be asked about the small world of these tests.
fn answers(directory: &Directory) -> String {
    let snapshot = directory.snapshot();
    let apps: Vec<_> = snapshot.apps.values().map(|entry| (&entry.app, &entry.rules, &entry.workspace)).collect();
    let people: Vec<_> = (0..16).map(|number| directory.person(UserId::from_u64(number))).collect();
    let visitors: Vec<_> = (0..16)
        .map(|number| directory.visitor(APP, Some(&session_id(number)), DeviceId::from_bytes([0; 10])))
        .collect();
    format!("{apps:?} {people:?} {visitors:?} {} {}", directory.person_count(), directory.session_count())
}

fn session_id(number: u8) -> SessionId {
    match session(number, None) {
        Record::Session(session) => session.id,
        _ => unreachable!(),
    }
}

fn any_proposal() -> impl Strategy<Value = Proposal> {
    let number = 0..8u64;
    prop_oneof![
        4 => number.clone().prop_map(sign_up),
        2 => number.clone().prop_map(delete),
        1 => number.clone().prop_map(sign_out),
        1 => (8..12u8).prop_map(|number| Proposal::new().put(session(number, None))),
        1 => number.prop_map(|number| {
            Proposal::new().expect(Guard::Present(user(number).key())).put(bond(number, false))
        }),
        1 => Just(Proposal::new().put(samples::workspace()).put(samples::app())),
        1 => Just(Proposal::new().remove(Key::App(APP))),
    ]
    .prop_flat_map(|proposal| (Just(proposal), 0..3usize))
    .prop_map(|(proposal, notes)| (0..notes).fold(proposal, |proposal, _| proposal.record(note())))
}

fn note() -> Entry {
    Entry::new(Timestamp::from_millis(7), Party::machine(), Action::AppChange)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn loading_later_equals_loading_earlier_and_following(
        batches in prop::collection::vec(prop::collection::vec(any_proposal(), 0..5), 1..12),
        early in 0..12usize,
    ) {
        on_both(|journal| {
            let (mut start, mut records) = loaded(journal);
            let mut noted = 0;
            for (index, batch) in batches.iter().enumerate() {
                if index == early {
                    (start, records) = loaded(journal);
                }
                let committed = journal.commit(batch).unwrap();
                assert_eq!(committed.kept.len(), batch.len());
                let kept = batch.iter().zip(&committed.kept).filter(|(_, kept)| **kept);
                noted += kept.map(|(proposal, _)| proposal.entries.len() as u64).sum::<u64>();
                let report = inspect_audit(journal).unwrap();
                assert_eq!((report.entries, report.last, report.faults), (noted, noted, Vec::new()));
            }
            let followed = directory(&records);
            for commit in journal.tail(start).unwrap() {
                assert_eq!(commit.seq, Seq(start.0 + 1));
                start = commit.seq;
                commit.changes.iter().for_each(|change| apply(&mut records, change));
                followed.apply(&commit.changes);
            }
            let (end, whole) = loaded(journal);
            assert_eq!((start, &records), (end, &whole));
            assert_eq!(answers(&followed), answers(&directory(&whole)));
            for (key, record) in &whole {
                assert_eq!(journal.get(key).unwrap().map(|(record, _)| record).as_ref(), Some(record));
            }
        });
    }
}

#[test]
fn a_directory_is_filled_with_what_loading_gives() {
    let dir = tempfile::tempdir().unwrap();
    let store = RedbStore::open(dir.path()).unwrap();
    store.commit(&[samples::all_kinds().into_iter().fold(Proposal::new(), Proposal::put)]).unwrap();
    let twice = match bond(3, true) {
        Record::Registration(bond) => Record::Registration(Registration { app: AppId::from_u64(9), ..bond }),
        _ => unreachable!(),
    };
    store.commit(&[sign_up(1), sign_up(2), sign_up(3), Proposal::new().put(twice).put(bond(7, true))]).unwrap();
    let filled = Directory::new(None);
    let filling = Filling::of(&filled, 0);
    filled.load(store.fill(&|glimpse| filling.take(glimpse)).unwrap());
    assert_eq!(answers(&filled), answers(&directory(&loaded(&store).1)));
}

#[test]
fn guards_are_judged_by_what_the_batch_wrote_so_far() {
    on_both(|journal| {
        let revise = |revision| Proposal::new().expect(Guard::At(user(1).key(), revision)).put(user(1));
        let batch = [
            sign_up(1),
            sign_up(1),
            Proposal::new().expect(Guard::Present(user(1).key())).put(bond(1, true)),
            revise(Seq(0)),
            revise(Seq(1)),
        ];
        let committed = journal.commit(&batch).unwrap();
        assert_eq!((committed.seq, committed.kept), (Seq(1), vec![true, false, true, false, true]));
        assert_eq!(journal.get(&user(1).key()).unwrap(), Some((user(1), Seq(1))));
        assert_eq!(journal.commit(&[revise(Seq(1)), revise(Seq(1))]).unwrap().kept, [true, false]);
        assert_eq!(journal.get(&user(1).key()).unwrap(), Some((user(1), Seq(2))));
        let gone = journal.commit(&[delete(1), revise(Seq(2)), delete(1), sign_up(1)]).unwrap();
        assert_eq!(gone.kept, [true, false, false, true]);
    });
}

#[test]
fn a_proposal_that_is_turned_away_leaves_nothing() {
    on_both(|journal| {
        journal.commit(&[sign_up(1)]).unwrap();
        let before = loaded(journal);
        let half = Proposal::new().put(user(2)).expect(Guard::Absent(user(1).key())).remove(user(1).key());
        let committed = journal.commit(&[half, sign_up(1), Proposal::new()]).unwrap();
        assert_eq!((committed.seq, committed.kept), (Seq(1), vec![false, false, true]));
        assert_eq!(loaded(journal), before);
        assert_eq!(journal.tail(Seq(1)).unwrap(), []);
        assert_eq!(journal.probe().unwrap(), Seq(1));
        assert!(matches!(journal.tail(Seq(2)), Err(StoreError::Compacted)));
    });
}

#[test]
fn a_group_is_read_page_by_page_and_holds_nobody_elses() {
    on_both(|journal| {
        let anonymous: Vec<Record> = (8..12).map(|number| session(number, None)).collect();
        let all = anonymous.iter().cloned().fold(Proposal::new(), Proposal::put);
        journal.commit(&[all, sign_up(1), sign_up(2), sign_up(3)]).unwrap();
        assert_eq!(pages(journal, Group::SessionsOf(APP)).len(), 7);
        assert_eq!(pages(journal, Group::SessionsOfUser(APP, None)).len(), 4);
        let own = pages(journal, Group::SessionsOfUser(APP, Some(UserId::from_u64(2))));
        assert_eq!(own, [session(2, Some(2))]);
        assert_eq!(pages(journal, Group::RegistrationsOf(APP)), [bond(1, false), bond(2, true), bond(3, false)]);
        for group in [Group::RegistrationsOf(AppId::from_u64(3)), Group::SessionsOf(AppId::from_u64(u64::MAX))] {
            assert_eq!(pages(journal, group), []);
        }
        // A cursor from another group: before it, and behind it.
        let bonds = Group::RegistrationsOf(APP);
        assert_eq!(journal.scan(bonds, Some(&Key::Secrets), 9).unwrap().len(), 3);
        assert_eq!(journal.scan(bonds, Some(&anonymous[0].key()), 9).unwrap(), []);
        assert_eq!(journal.scan(bonds, Some(&Key::InvitationFor(APP, username(1))), 9).unwrap(), []);
        assert_eq!(journal.scan(bonds, None, 0).unwrap(), []);
        // And backwards.
        let mut all = pages(journal, bonds);
        all.reverse();
        assert_eq!(journal.scan_back(bonds, None, 9).unwrap(), all);
        assert_eq!(journal.scan_back(bonds, Some(&all[0].key()), 1).unwrap(), all[1..2]);
        assert_eq!(journal.scan_back(bonds, Some(&anonymous[0].key()), 9).unwrap(), all);
        for before in [&all[2].key(), &Key::Secrets] {
            assert_eq!(journal.scan_back(bonds, Some(before), 9).unwrap(), []);
        }
    });
}

fn pages(archive: &dyn Engine, group: Group) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::new();
    loop {
        let page = archive.scan(group, all.last().map(Record::key).as_ref(), 2).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
