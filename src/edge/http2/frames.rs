//! What a peer's frames cost (RFC 9113 section 10.5): looked at as they pass, because `h2` answers every PING, SETTINGS
//! and PRIORITY for as long as they come.

use std::time::Instant;

/// The client's preface (RFC 9113 section 3.4), which is no frame.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Frames that move nothing, which a peer may send at once: a browser that leaves a large page resets a hundred
/// streams.
const BURST: i64 = 1000;
/// And again in each second.
const EACH_SECOND: i64 = 100;
/// Of the settings that a client has, it sends all at once; to answer them costs us more than a PING does.
const SETTINGS_COUNT_AS: i64 = 10;
/// Bodies, in either direction, come with window updates and pings in proportion.
const BYTES_FOR_ONE: u64 = 1024;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const CONTINUATION: u8 = 0x9;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

/// Reads the headers of the frames that pass.
pub(super) struct Frames {
    header: [u8; 9],
    /// Bytes of the header that are there.
    have: usize,
    /// Bytes of the preface or of a payload that follow before the next header.
    skip: usize,
    in_data: bool,
    in_head: bool,
    budget: Budget,
}

struct Budget {
    left: i64,
    since: Instant,
    bytes: u64,
}

impl Frames {
    pub(super) fn new(now: Instant) -> Self {
        let budget = Budget { left: BURST, since: now, bytes: 0 };
        Self { header: [0; 9], have: 0, skip: PREFACE.len(), in_data: true, in_head: false, budget }
    }

    /// Looks at bytes that came. `Err`: too much of what moves nothing. Nobody needs to read more than so many of them, and
    /// nothing that comes later.
    pub(super) fn came(&mut self, bytes: &[u8], now: Instant) -> Result<(), usize> {
        let mut left = bytes;
        while !left.is_empty() {
            let skipped = self.skip.min(left.len());
            self.skip -= skipped;
            left = left.get(skipped..).unwrap_or_default();
            let wanted = self.header.len() - self.have;
            let (part, rest) = left.split_at(wanted.min(left.len()));
            if let Some(room) = self.header.get_mut(self.have..self.have + part.len()) {
                room.copy_from_slice(part);
            }
            self.have += part.len();
            left = rest;
            if self.have == self.header.len() {
                self.have = 0;
                self.begin();
                if self.budget.left < 0 && !self.budget.renew(now) {
                    return Err(bytes.len() - left.len());
                }
            }
        }
        Ok(())
    }

    /// Bytes that were sent.
    pub(super) fn went(&mut self, count: usize) {
        self.budget.earn(count as u64);
    }

    /// In the midst of a frame or of a head: what began has to end in time. Bodies have a time limit of their own.
    pub(super) fn is_midway(&self) -> bool {
        self.in_head || self.have > 0 || (self.skip > 0 && !self.in_data)
    }

    fn begin(&mut self) {
        let [a, b, c, kind, flags, ..] = self.header;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        self.skip = length;
        self.in_data = kind == DATA;
        match kind {
            DATA if length > 0 => self.budget.earn(length as u64),
            DATA if flags & END_STREAM != 0 => {}
            // A request comes with updates of its window and its priority; its cancellation is charged for both.
            HEADERS => self.budget.left = (self.budget.left + 1).min(BURST),
            RST_STREAM => self.budget.left -= 2,
            SETTINGS => self.budget.left -= SETTINGS_COUNT_AS,
            _ => self.budget.left -= 1,
        }
        if matches!(kind, HEADERS | CONTINUATION) {
            self.in_head = flags & END_HEADERS == 0;
        }
    }
}

impl Budget {
    fn earn(&mut self, bytes: u64) {
        self.bytes += bytes;
        let earned = i64::try_from(self.bytes / BYTES_FOR_ONE).unwrap_or(BURST);
        self.bytes %= BYTES_FOR_ONE;
        self.left = (self.left + earned).min(BURST);
    }

    /// What time gives is counted only when the budget is used up. `false`: that is not enough either.
    fn renew(&mut self, now: Instant) -> bool {
        let seconds = i64::try_from(now.saturating_duration_since(self.since).as_secs()).unwrap_or(BURST);
        if seconds > 0 {
            self.since = now;
            self.left = (self.left + seconds.saturating_mul(EACH_SECOND)).min(BURST);
        }
        self.left >= 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut bytes = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        bytes.resize(9 + usize::from(length), 0);
        bytes
    }

    fn after_preface(now: Instant) -> Frames {
        let mut frames = Frames::new(now);
        assert_eq!(frames.came(PREFACE, now), Ok(()));
        frames
    }

    /// How many of these a peer may send at once.
    fn most(frame: &[u8]) -> usize {
        let now = Instant::now();
        let mut frames = after_preface(now);
        (0..100_000).take_while(|_| frames.came(frame, now).is_ok()).count()
    }

    #[test]
    fn floods_of_frames_that_move_nothing_are_cut() {
        let burst = usize::try_from(BURST).unwrap();
        for kind in [2, 6, 8, 9, 0xaa] {
            assert_eq!(most(&frame(kind, 0, 8)), burst, "{kind}");
        }
        assert_eq!(most(&frame(RST_STREAM, 0, 4)), burst / 2);
        assert_eq!(most(&frame(SETTINGS, 0, 0)), burst / 10);
        assert_eq!(most(&frame(DATA, 0, 0)), burst, "empty DATA");
        let reset_at_once = [frame(HEADERS, END_HEADERS, 20), frame(RST_STREAM, 0, 4)].concat();
        assert!((burst - 2..=burst).contains(&most(&reset_at_once)));
    }

    #[test]
    fn what_comes_behind_the_last_straw_is_not_read() {
        let now = Instant::now();
        let ping = frame(6, 0, 8);
        let most = usize::try_from(BURST).unwrap();
        assert_eq!(after_preface(now).came(&ping.repeat(most), now), Ok(()));
        assert_eq!(after_preface(now).came(&ping.repeat(5 * most), now), Err(most * ping.len() + 9));
    }

    #[test]
    fn requests_bodies_and_time_pay_for_them() {
        let now = Instant::now();
        assert_eq!(most(&[frame(HEADERS, END_HEADERS, 20), frame(8, 0, 4)].concat()), 100_000);
        assert_eq!(most(&[frame(DATA, 0, 200).repeat(6), frame(8, 0, 4)].concat()), 100_000);
        let ping = frame(6, 0, 8);
        let spent = || {
            let mut frames = after_preface(now);
            assert!((0..BURST).all(|_| frames.came(&ping, now).is_ok()));
            frames
        };
        let more = |mut frames: Frames, then| (0..2000).take_while(|_| frames.came(&ping, then).is_ok()).count();
        assert_eq!(more(spent(), now), 0);
        assert_eq!(more(spent(), now + Duration::from_secs(5)), 500);
        let mut frames = spent();
        frames.went(1 << 20);
        assert_eq!(more(frames, now), 1000);
    }

    #[test]
    fn what_began_is_known_however_the_bytes_are_cut() {
        let now = Instant::now();
        let bytes = [
            PREFACE.to_vec(),
            frame(4, 0, 0),
            frame(HEADERS, 0, 9),
            frame(CONTINUATION, END_HEADERS, 3),
            frame(DATA, 0, 5),
        ];
        for size in 1..20 {
            let mut frames = Frames::new(now);
            let mut midway = Vec::new();
            for part in &bytes {
                part.chunks(size).for_each(|chunk| assert!(frames.came(chunk, now).is_ok()));
                midway.push(frames.is_midway());
            }
            assert_eq!(midway, [false, false, true, false, false], "{size}");
        }
        let mut frames = after_preface(now);
        assert!(frames.came(&[0, 0], now).is_ok());
        assert!(frames.is_midway());
    }
}
