//! Durations such as `30s` or `1h30m`, and sizes such as `64KiB`.

use std::time::Duration;

/// Longer than any limit that makes sense, and far from overflowing anything: ten years.
const LONGEST: Duration = Duration::from_secs(3650 * 24 * 60 * 60);

/// A size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) u64);

/// Reads numbers with units, the larger first; zero is refused, for no key has a use for it.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("\"{text}\" is no duration: write it such as \"500ms\", \"30s\", \"5m\", \"12h\" or \"90d\"");
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after, |c| c.is_ascii_alphabetic());
        let millis: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let part = number.checked_mul(millis).map(Duration::from_millis).ok_or_else(wrong)?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        rest = after;
    }
    if text.is_empty() {
        return Err(wrong());
    }
    match total {
        Duration::ZERO => Err(format!("\"{text}\" is no time at all: use at least \"1ms\"")),
        total if total > LONGEST => Err(format!("\"{text}\" is too long: use at most \"3650d\"")),
        total => Ok(total),
    }
}

pub(super) fn bytes(text: &str) -> Result<Bytes, String> {
    let wrong = || format!("\"{text}\" is no size: write a number of bytes, or a size such as \"64KiB\" or \"10MiB\"");
    let (number, unit) = split(text, |c| c.is_ascii_digit());
    let factor: u64 = match unit.trim_start() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).map(Bytes).ok_or_else(wrong)
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, millis) in [("500ms", 500), ("30s", 30_000), ("1h30m", 5_400_000), ("90d", 7_776_000_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "5", "s", "5 s", "-5s", "0s", "5x", "1.5s", "99999999999d", "18446744073709551615d", "5S"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read() {
        for (text, size) in [("64KiB", 65_536), ("10 MiB", 10_485_760), ("100", 100), ("1kB", 1000)] {
            assert_eq!(bytes(text), Ok(Bytes(size)), "{text}");
        }
        for text in ["", "KiB", "1.5MiB", "64kib", "-1", "99999999999999999999", "18446744073709551615GiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
