//! When a mail is tried again, and for how long. By counting tries and not by the calendar, so that no clock that
//! jumps makes a mail wait for years or gives it up at once.

use std::time::Duration;

use crate::domain::{Mail, Timestamp};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// After the first failures. A server that restarts, or that turns strangers away at first (greylisting), takes the
/// mail within these.
const SOON: [Duration; 4] = [MINUTE, Duration::from_secs(5 * 60), Duration::from_secs(15 * 60), HOUR];
const LATER: Duration = Duration::from_secs(4 * 60 * 60);
/// A weekend without anybody who looks after the mail server.
const AT_LENGTH: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// Failures after which an operator is told.
const NOTICED: u32 = 5;

/// How long to wait after so many failures; not at all before the first.
pub(super) fn back_off(tries: u32) -> Duration {
    match usize::try_from(tries).unwrap_or(usize::MAX).checked_sub(1) {
        None => Duration::ZERO,
        Some(index) => SOON.get(index).copied().unwrap_or(LATER),
    }
}

/// Whether that was the last try.
pub(super) fn is_given_up(tries: u32) -> bool {
    let soon: Duration = SOON.iter().take(usize::try_from(tries).unwrap_or(usize::MAX)).sum();
    let later = tries.saturating_sub(u32::try_from(SOON.len()).unwrap_or(0));
    soon.saturating_add(LATER.saturating_mul(later)) > AT_LENGTH
}

/// How long a mail is still to wait. One that is due later than any back-off lets it be was put off by another clock.
pub(super) fn remaining(mail: &Mail, now: Timestamp) -> Duration {
    let ahead = mail.next_try_at.since(now);
    if ahead > back_off(mail.tries) { Duration::ZERO } else { ahead }
}

/// Whether an operator should look at it.
pub(in crate::desk) fn is_stuck(mail: &Mail) -> bool {
    mail.is_stuck || mail.tries >= NOTICED
}

/// The mail after one more failure.
pub(super) fn put_off(mail: Mail, now: Timestamp, error: String, for_good: bool) -> Mail {
    let tries = mail.tries.saturating_add(1);
    Mail {
        tries,
        next_try_at: now.plus(back_off(tries)),
        last_error: Some(error),
        is_stuck: for_good || is_given_up(tries),
        ..mail
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AppId, Letter, MailId, UserId};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn mail(now: Timestamp) -> Mail {
        Mail {
            id: MailId::from_u64(1),
            to: "dima@plant.example".parse().unwrap(),
            letter: Letter::Reset { app: AppId::from_u64(1), user: UserId::from_u64(1) },
            language: None,
            created_at: now,
            next_try_at: now,
            tries: 0,
            last_error: None,
            is_stuck: false,
        }
    }

    #[test]
    fn a_mail_is_tried_soon_then_rarely_then_no_more() {
        let mut mail = mail(at(0));
        let mut minutes = Vec::new();
        while !mail.is_stuck {
            minutes.push(mail.next_try_at.as_secs() / 60);
            let now = mail.next_try_at;
            mail = put_off(mail, now, "busy".into(), false);
        }
        assert_eq!(minutes.get(..8).unwrap(), [0, 1, 6, 21, 81, 321, 561, 801]);
        assert_eq!((minutes.len(), minutes.last()), (22, Some(&(69 * 60 + 21))));
        assert!(!is_given_up(21) && is_given_up(22) && is_given_up(u32::MAX));
    }

    #[test]
    fn five_failures_are_worth_a_look() {
        let failed = |tries| Mail { tries, ..mail(at(0)) };
        assert!(!is_stuck(&failed(4)) && is_stuck(&failed(5)));
        assert!(is_stuck(&put_off(mail(at(0)), at(0), "no".into(), true)));
    }

    #[test]
    fn a_clock_that_jumps_neither_storms_nor_stalls() {
        let now = at(1_800_000_000);
        let failed = put_off(mail(now), now, "busy".into(), false);
        assert_eq!(remaining(&failed, now), MINUTE);
        for (clock, waits) in [
            (at(1_800_000_030), 30),
            // Back by less than the back-off: it waits no longer than that.
            (now, 60),
            (at(1_799_999_999), 0),
            // 1970, and a day ahead: once, at once.
            (at(10), 0),
            (at(1_800_086_400), 0),
        ] {
            assert_eq!(remaining(&failed, clock).as_secs(), waits, "{clock}");
        }
        // Whatever the clock says when it fails again, the next try is one back-off away from that.
        let again = put_off(failed, at(10), "busy".into(), false);
        assert_eq!(remaining(&again, at(10)).as_secs(), 5 * 60);
        assert_eq!(remaining(&mail(now), at(10)), Duration::ZERO, "a new mail waits for no clock");
    }
}
