//! An app's figures: pages opened, devices and people a day, and how many there are now.
//!
//! Each worker counts its views; devices and people are counted where their sessions are noted, the first time on each
//! day. What is counted is written every half minute, so that a crash forgets as much.

mod today;

use crate::directory::Attendance;
use crate::domain::{AppId, Day, Key, Proposal, Record, Tally};
use crate::store::{Archive, Group};

use super::{AdminError, Desk, read};

pub(super) use today::Today;

/// Figures are kept so long: a year and somewhat more, so that a month can be compared with the same one a year ago.
pub const DAYS_KEPT: u32 = 400;

/// An app's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// One for each day, the earliest first; a day on which nothing happened counts nothing.
    pub days: Vec<Tally>,
    pub now: Attendance,
    /// Exchanges that are under way.
    pub open_connections: u32,
}

impl Desk {
    /// The last days, up to today (UTC).
    pub async fn figures(&self, app: AppId, days: u32) -> Result<Figures, AdminError> {
        let census = self.census().await;
        let today = Day::of(self.clock.now());
        let first = today.last(days.clamp(1, DAYS_KEPT)).next().unwrap_or(today);
        let directory = std::sync::Arc::clone(&self.directory);
        let (mut known, now) = self
            .reading(move |archive| {
                let before = (first > Day::default()).then(|| Key::Tally(app, first.minus(1)));
                let known = archive.scan(Group::TalliesOf(app), before.as_ref(), DAYS_KEPT as usize)?;
                let now = directory.attendance(|one| one == app).remove(&app).unwrap_or_default();
                Ok((known.into_iter().filter_map(as_tally).collect::<Vec<_>>(), now))
            })
            .await?;
        known.extend(self.today.counted(app));
        // What is being counted is newer than what was written.
        let of = |day| known.iter().rev().find(|tally| tally.day == day).copied();
        let days = today.last(days.clamp(1, DAYS_KEPT)).map(|day| of(day).unwrap_or(Tally::none(app, day))).collect();
        let open = census.iter().filter(|(id, _)| self.directory.session(id).is_some_and(|live| live.app == app));
        Ok(Figures { days, now, open_connections: open.map(|(_, open)| open).sum() })
    }

    /// Today's figures alone, without looking far.
    pub fn figures_today(&self, app: AppId) -> Tally {
        let today = Day::of(self.clock.now());
        let counted = self.today.counted(app).into_iter().find(|tally| tally.day == today);
        counted.unwrap_or_else(|| written(&*self.archive, app, today))
    }

    /// Forgets what was counted of an app.
    pub(super) async fn clear_figures(&self, app: AppId) -> Result<(), AdminError> {
        self.today.forget(app);
        self.remove_tallies(app, |_| true).await.map(|_| ())
    }

    /// Forgets what is older than is kept.
    pub(super) async fn sweep_figures(&self, app: AppId) -> Result<usize, AdminError> {
        let first = Day::of(self.clock.now()).minus(DAYS_KEPT);
        self.remove_tallies(app, move |day| day < first).await
    }

    async fn remove_tallies(
        &self,
        app: AppId,
        is_over: impl Fn(Day) -> bool + Send + 'static,
    ) -> Result<usize, AdminError> {
        let mut removed = 0;
        loop {
            // The earliest come first.
            let found = self.reading(move |archive| archive.scan(Group::TalliesOf(app), None, read::BATCH)).await?;
            let over: Vec<Day> =
                found.into_iter().filter_map(as_tally).map(|tally| tally.day).filter(|day| is_over(*day)).collect();
            if over.is_empty() {
                return Ok(removed);
            }
            removed += over.len();
            let removal = over.into_iter().fold(Proposal::new(), |all, day| all.remove(Key::Tally(app, day)));
            self.ledger.propose(removal).await?;
        }
    }
}

fn as_tally(record: Record) -> Option<Tally> {
    match record {
        Record::Tally(tally) => Some(tally),
        _ => None,
    }
}

/// What an earlier run of the gateway has counted of a day.
fn written(archive: &dyn Archive, app: AppId, day: Day) -> Tally {
    // Figures are worth less than an answer: without the store, they begin anew.
    let found = archive.get(&Key::Tally(app, day)).ok().flatten();
    found.and_then(|(record, _)| as_tally(record)).unwrap_or(Tally::none(app, day))
}
