//! How long ago something was, as people say it.

use std::time::Duration;

use super::super::words::Ago;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

pub(in crate::portal::pages) fn ago(past: Duration, words: &Ago) -> String {
    match past.as_secs() {
        seconds if seconds < MINUTE => words.now.to_owned(),
        seconds if seconds < HOUR => (words.minutes)(seconds / MINUTE),
        seconds if seconds < DAY => (words.hours)(seconds / HOUR),
        seconds => (words.days)(seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Language;
    use crate::portal::pages::words::words;

    #[test]
    fn the_larger_unit_counts() {
        for (seconds, english, german) in [
            (0, "just now", "gerade eben"),
            (59, "just now", "gerade eben"),
            (60, "a minute ago", "vor einer Minute"),
            (3599, "59 minutes ago", "vor 59 Minuten"),
            (3600, "an hour ago", "vor einer Stunde"),
            (23 * 3600, "23 hours ago", "vor 23 Stunden"),
            (24 * 3600, "yesterday", "gestern"),
            (40 * 24 * 3600, "40 days ago", "vor 40 Tagen"),
        ] {
            let past = Duration::from_secs(seconds);
            assert_eq!(ago(past, &words(Language::En).account.ago), english);
            assert_eq!(ago(past, &words(Language::De).account.ago), german);
        }
    }
}
