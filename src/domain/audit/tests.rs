use proptest::prelude::*;

use super::*;

fn entry(number: i64) -> Entry {
    let place = Place::new(AppId::from_u64(2), "hmi");
    let entry = Entry::new(Timestamp::from_millis(number), Party::new(PartyKind::User, "7", "a@b.de"), Action::SignIn);
    Entry { app: Some(place), ..entry }
        .from("::ffff:10.0.0.7".parse().unwrap())
        .on(Party::new(PartyKind::Session, "s", ""))
        .changed("title", "Line 4", "Line 5")
        .changed("same", 1, 1)
        .replaced("master_password")
}

fn chain(length: u64) -> Vec<Audited> {
    let mut link = Link::START;
    (0..length)
        .map(|number| {
            let audited = link.chain(entry(number as i64));
            link = Link::behind(&audited);
            audited
        })
        .collect()
}

fn inspected(start: Link, entries: &[Audited]) -> AuditReport {
    let mut inspection = Inspection::from(start);
    entries.iter().for_each(|audited| inspection.see(audited));
    inspection.report()
}

/// What is in the field was hashed like this: a change here makes every record there look forged.
#[test]
fn the_hash_is_the_one_of_the_first_release() {
    let [first, second] = <[Audited; 2]>::try_from(chain(2)).unwrap();
    assert_eq!(
        [first.hash.to_string(), second.hash.to_string()],
        [
            "1e15d07466ea17c189f57cce7a5f5b2f540397485a41136edd938b0f53aa942a",
            "394c1081a0d783d45ce16e6c30a59dd319ce2fe2e605361a858f12d3bfcb73c1",
        ]
        .map(str::to_owned)
    );
    assert_eq!(first.entry.from.unwrap().to_string(), "10.0.0.7");
    assert_eq!(first.entry.detail.len(), 2);
}

#[test]
fn words_are_read_as_they_are_written() {
    for action in Action::ALL {
        assert_eq!(action.as_str().parse(), Ok(*action));
    }
    for kind in PartyKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(*kind));
    }
    assert_eq!("app.eat".parse::<Action>(), Err(UnknownWord));
}

#[test]
fn long_text_is_cut_at_a_character() {
    let long = "ü".repeat(1000);
    let party = Party::new(PartyKind::User, 1, &long);
    assert_eq!(party.name.chars().count(), TEXT_MOST + 1);
    assert_eq!(entry(1).with("agent", &long).detail[2].to.as_ref().unwrap().chars().count(), TEXT_MOST + 1);
}

#[test]
fn what_was_dropped_in_order_leaves_no_gap() {
    let all = chain(9);
    let start = Link::behind(&all[3]);
    let report = inspected(start, &all[4..]);
    assert_eq!((report.entries, report.first, report.last, report.fault_count), (5, 5, 9, 0));
    // Without its start, or with another one, it is not whole.
    assert_eq!(inspected(Link::START, &all[4..]).fault_count, 1);
    assert_eq!(inspected(Link { before: AuditHash::default(), ..start }, &all[4..]).fault_count, 1);
    assert_eq!(inspected(start, &[]).entries, 0);
}

proptest! {
    #[test]
    fn every_gap_and_every_change_shows(length in 2..20u64, at in 0..19usize, kind in 0..4u8) {
        let mut all = chain(length);
        prop_assert_eq!(inspected(Link::START, &all).fault_count, 0);
        let at = at % (all.len() - 1);
        match kind {
            0 => drop(all.remove(at)),
            1 => all[at].entry.actor.name.push('x'),
            2 => all[at].hash = AuditHash([7; 32]),
            _ => {
                let (one, other) = (all[at].entry.clone(), all[at + 1].entry.clone());
                (all[at].entry, all[at + 1].entry) = (other, one);
            }
        }
        prop_assert!(inspected(Link::START, &all).fault_count > 0);
    }
}
