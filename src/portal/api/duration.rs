//! Spans of time as people write them: `500ms`, `30s`, `5m`, `12h`, `90d`.

use std::time::Duration;

use crate::domain::Timestamp;

/// Longest first. Milliseconds each.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
/// A century; what is longer is a slip.
const MOST: Duration = Duration::from_secs(100 * 366 * 86_400);

pub(in crate::portal) fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let span = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*millis)?);
    (span <= MOST).then_some(span)
}

/// A moment as RFC 3339 writes it, in whatever zone.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

/// In the largest unit that is exact.
pub(in crate::portal) fn show(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let exact = UNITS.iter().find(|(_, unit)| millis >= *unit && millis.is_multiple_of(*unit));
    exact.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", millis / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_survive_their_text() {
        for text in ["500ms", "30s", "5m", "12h", "90d", "1500ms", "61s"] {
            assert_eq!(show(parse(text).unwrap()), text);
        }
        assert_eq!(show(parse("48h").unwrap()), "2d");
        for text in ["", "5", "s", "-1s", "1.5s", "5 s", "1w", "99999999999999999999d", "99999999d"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
