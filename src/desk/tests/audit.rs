//! The audit record's bounds: how long it is kept, and what failures may write.

use std::time::Duration;

use crate::desk::{AuditFilter, AuditLimits, Failed, Settings};
use crate::domain::audit::{Action, Audited};
use crate::domain::{AccessMode, Proposal};
use crate::store::inspect_audit;

use super::kit::{House, browser, house, house_with};

async fn all(house: &House) -> Vec<Audited> {
    house.desk.audit(AuditFilter::default(), 100_000, None).await.unwrap().0
}

fn limits(keep: Duration, most: u64) -> Settings {
    Settings { audit: AuditLimits { keep, most }, ..Settings::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_go_in_order_and_the_rest_stays_whole() {
    let house = house_with(limits(Duration::from_hours(24), 7)).await;
    let app = house.app("hmi", AccessMode::Signup).await;
    for number in 0..9 {
        house.sign_up(app, &browser(number), &format!("u{number}@example.com")).await.unwrap();
    }
    assert_eq!(house.desk.trim_audit().await.unwrap(), 3);
    let report = inspect_audit(&*house.store).unwrap();
    assert_eq!((report.entries, report.first, report.last, report.fault_count), (7, 4, 10, 0));
    assert_eq!(house.desk.trim_audit().await.unwrap(), 0);
    // By age, all of them; and the record goes on where it was.
    house.pass_time(Duration::from_hours(25));
    assert_eq!(house.desk.trim_audit().await.unwrap(), 7);
    assert_eq!(all(&house).await, []);
    house.sign_in(app, &browser(1), "u1@example.com").await.unwrap();
    let report = inspect_audit(&*house.store).unwrap();
    assert_eq!((report.entries, report.first, report.last, report.fault_count), (1, 11, 11, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_years_ahead_takes_little_in_an_hour() {
    let house = house_with(limits(Duration::from_hours(24), 1_000_000)).await;
    for _ in 0..5 {
        let some = (0..500).map(|number| house.desk.entry(Action::MailTest).with("number", number));
        house.ledger.propose(some.fold(Proposal::new(), Proposal::record)).await.unwrap();
    }
    let before = inspect_audit(&*house.store).unwrap().entries;
    house.pass_time(Duration::from_hours(24 * 3650));
    assert_eq!(house.desk.trim_audit().await.unwrap(), 2000);
    let report = inspect_audit(&*house.store).unwrap();
    assert_eq!((report.entries, report.fault_count), (before - 2000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_everywhere_is_bounded() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    for minute in 0..10u32 {
        for number in 0..3000u32 {
            let ip = std::net::Ipv4Addr::from_bits(0x0a00_0000 + minute * 3000 + number).into();
            house.desk.note_failed(Some(app), ip, None, Failed::Password);
        }
        house.desk.write_failures();
        // The ledger has written what came before.
        house.app(&format!("a{minute}"), AccessMode::Public).await;
    }
    let failed: Vec<_> = all(&house).await.into_iter().filter(|one| one.entry.action == Action::SignInFailed).collect();
    assert!((100..=140).contains(&failed.len()), "{}", failed.len());
    let times = |audited: &Audited| {
        let detail = audited.entry.detail.iter().find(|detail| detail.name == "times");
        detail.and_then(|detail| detail.to.as_ref()?.parse::<u64>().ok()).unwrap_or(1)
    };
    assert_eq!(failed.iter().map(times).sum::<u64>(), 30_000, "none is forgotten, however few are told apart");
}
