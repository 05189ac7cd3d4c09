//! What came to pass on an app on one day, as numbers.

use std::fmt;

use minicbor::{Decode, Encode};

use super::{AppId, Timestamp};

const MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A day in UTC, as the number of days since 1970. Times before count as its first day: only a clock that was never
/// set tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Day(u32);

impl Day {
    pub const fn from_u32(days: u32) -> Self {
        Self(days)
    }

    pub const fn to_u32(self) -> u32 {
        self.0
    }

    pub fn of(at: Timestamp) -> Self {
        Self(u32::try_from(at.as_millis().div_euclid(MILLIS)).unwrap_or(if at.as_millis() < 0 { 0 } else { u32::MAX }))
    }

    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(i64::from(self.0).saturating_mul(MILLIS))
    }

    pub const fn minus(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// This day and those before it, the earliest first.
    pub fn last(self, days: u32) -> impl DoubleEndedIterator<Item = Self> {
        (0..days).rev().filter_map(move |back| self.0.checked_sub(back).map(Self))
    }
}

impl fmt::Display for Day {
    /// As `2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.start().as_millis()) {
            Ok(moment) => write!(f, "{}", moment.strftime("%Y-%m-%d")),
            Err(_) => f.write_str("0000-01-01"),
        }
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An app's figures of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Tally {
    #[n(0)]
    pub app: AppId,
    #[n(1)]
    pub day: Day,
    /// Pages that people opened: navigations that were let through.
    #[n(2)]
    pub views: u64,
    /// Browsers that keep their cookie, each once.
    #[n(3)]
    pub devices: u32,
    /// Registered people, each once.
    #[n(4)]
    pub users: u32,
}

impl Tally {
    pub const fn none(app: AppId, day: Day) -> Self {
        Self { app, day, views: 0, devices: 0, users: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let at = |text: &str| Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let day = Day::of(at("2026-11-22T23:59:59.999Z"));
        assert_eq!(day.to_string(), "2026-11-22");
        assert_eq!(Day::of(at("2026-11-23T00:00:00Z")).to_string(), "2026-11-23");
        assert_eq!(Day::of(day.start()), day);
        assert_eq!(
            day.last(3).map(|day| day.to_string()).collect::<Vec<_>>(),
            ["2026-11-20", "2026-11-21", "2026-11-22"]
        );
    }

    #[test]
    fn times_that_only_a_wrong_clock_tells_have_a_day_too() {
        assert_eq!(Day::of(Timestamp::from_millis(-1)), Day::from_u32(0));
        assert_eq!(Day::of(Timestamp::from_millis(i64::MAX)), Day::from_u32(u32::MAX));
        assert_eq!(Day::from_u32(1).last(400).count(), 2);
        assert!(!Day::from_u32(u32::MAX).to_string().is_empty());
    }
}
