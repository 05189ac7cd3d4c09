//! Codes by which one app takes a sign-in over from another: for one browser, used once, gone with the process.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{AppId, FlowKeyId, HandOverCode, HandOverId, Timestamp};

use super::Source;

/// Long enough to read a page and press its button.
const VALID: Duration = Duration::from_secs(5 * 60);
/// All that are valid at a time; beyond that the oldest go, and their owners sign in as ever. Half a megabyte.
const MOST: usize = 4096;
/// Of one session for one app: so many tabs show the page at once. One person cannot push out everybody's.
const MOST_OF_ONE: usize = 4;

/// In the order of their age.
#[derive(Default)]
pub(super) struct Codes(Mutex<VecDeque<Offered>>);

struct Offered {
    id: HandOverId,
    to: AppId,
    key: FlowKeyId,
    source: Source,
    at: Moment,
}

/// By the clock, and in milliseconds since the gateway started: whichever of them says that it is late.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) clock: Timestamp,
    pub(super) uptime: u64,
}

impl Offered {
    fn fits(&self, to: AppId, key: Option<FlowKeyId>) -> bool {
        self.to == to && Some(self.key) == key
    }

    fn is_valid(&self, now: Moment) -> bool {
        let uptime = Duration::from_millis(now.uptime.saturating_sub(self.at.uptime));
        uptime <= VALID && now.clock.since(self.at.clock) <= VALID
    }
}

impl Codes {
    pub(super) fn make(&self, source: Source, to: AppId, key: FlowKeyId, now: Moment) -> HandOverCode {
        let code = HandOverCode::random();
        let mut codes = self.valid(now);
        let is_alike = |code: &Offered| code.to == to && code.source.session == source.session;
        if codes.iter().filter(|code| is_alike(code)).count() >= MOST_OF_ONE
            && let Some(oldest) = codes.iter().position(is_alike)
        {
            codes.remove(oldest);
        }
        if codes.len() >= MOST {
            codes.pop_front();
        }
        codes.push_back(Offered { id: code.id(), to, key, source, at: now });
        code
    }

    /// What the code takes over, for that app and browser. It always comes back to the browser that fetched it first: one
    /// that turns up without its key was fetched for somebody else, who shall not have it either.
    pub(super) fn find(&self, code: &HandOverCode, to: AppId, key: Option<FlowKeyId>, now: Moment) -> Option<Source> {
        let mut codes = self.valid(now);
        let place = codes.iter().position(|offered| offered.id == code.id())?;
        let found = codes.get(place).filter(|code| code.fits(to, key)).map(|code| code.source);
        if found.is_none() {
            codes.remove(place);
        }
        found
    }

    /// The same, and the code is used up.
    pub(super) fn take(&self, code: &HandOverCode, to: AppId, key: Option<FlowKeyId>, now: Moment) -> Option<Source> {
        let mut codes = self.valid(now);
        let place = codes.iter().position(|offered| offered.id == code.id())?;
        codes.remove(place).filter(|code| code.fits(to, key)).map(|code| code.source)
    }

    fn valid(&self, now: Moment) -> MutexGuard<'_, VecDeque<Offered>> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|code| code.is_valid(now));
        codes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{SessionId, UserId, UserProof};

    const TO: AppId = AppId::from_u64(2);
    const KEY: FlowKeyId = FlowKeyId::from_bytes([1; 32]);

    fn source(session: u64) -> Source {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&session.to_be_bytes());
        let proof = UserProof { user: UserId::from_u64(1), epoch: 0 };
        Source { app: AppId::from_u64(1), session: SessionId::from_bytes(id), proof }
    }

    fn at(millis: u64) -> Moment {
        Moment { clock: Timestamp::from_millis(i64::try_from(millis).unwrap()), uptime: millis }
    }

    #[test]
    fn a_clock_that_jumps_ends_an_offer_early_and_never_keeps_one() {
        let codes = Codes::default();
        let later = |clock, uptime| Moment { clock: Timestamp::from_millis(clock), uptime };
        for (now, is_valid) in
            [(later(-1_000_000, 1000), true), (later(-1_000_000, 300_001), false), (later(300_001, 1), false)]
        {
            let code = codes.make(source(1), TO, KEY, at(0));
            assert_eq!(codes.find(&code, TO, Some(KEY), now).is_some(), is_valid, "{now:?}");
        }
    }

    #[test]
    fn a_code_works_once_for_its_app_and_browser_and_for_five_minutes() {
        let codes = Codes::default();
        let code = codes.make(source(1), TO, KEY, at(0));
        assert!(codes.find(&code, TO, Some(KEY), at(300_000)).is_some(), "looking does not use it up");
        assert!(codes.take(&code, TO, Some(KEY), at(300_000)).is_some());
        assert!(codes.take(&code, TO, Some(KEY), at(300_000)).is_none());
        let late = codes.make(source(1), TO, KEY, at(0));
        assert!(codes.take(&late, TO, Some(KEY), at(300_001)).is_none());
    }

    #[test]
    fn a_code_that_turns_up_in_a_wrong_place_is_over() {
        let codes = Codes::default();
        for (to, key) in [(AppId::from_u64(3), Some(KEY)), (TO, Some(FlowKeyId::from_bytes([2; 32]))), (TO, None)] {
            for is_seen in [true, false] {
                let code = codes.make(source(1), TO, KEY, at(0));
                let found = if is_seen { codes.find(&code, to, key, at(1)) } else { codes.take(&code, to, key, at(1)) };
                assert!(found.is_none() && codes.find(&code, TO, Some(KEY), at(1)).is_none());
            }
        }
    }

    #[test]
    fn nobody_makes_it_grow_and_one_person_pushes_out_their_own_only() {
        let codes = Codes::default();
        let other = codes.make(source(0), TO, KEY, at(0));
        for _ in 0..MOST {
            codes.make(source(1), TO, KEY, at(0));
        }
        assert_eq!(codes.0.lock().unwrap().len(), 1 + MOST_OF_ONE);
        assert!(codes.find(&other, TO, Some(KEY), at(0)).is_some());
        for session in 0..2 * MOST as u64 {
            codes.make(source(session), TO, KEY, at(0));
        }
        assert_eq!(codes.0.lock().unwrap().len(), MOST);
        codes.make(source(1), TO, KEY, at(300_001));
        assert_eq!(codes.0.lock().unwrap().len(), 1);
    }
}
