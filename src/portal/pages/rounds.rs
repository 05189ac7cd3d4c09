//! Tells a browser that signs in again and again because it never sends a cookie back.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::{AppId, ReturnTo, Timestamp};

/// As many rounds within as much time are no accident.
const ROUNDS: u8 = 3;
const WITHIN: Duration = Duration::from_secs(30);
/// Browsers in trouble at the same time; more of them get the form again and again. A quarter of a megabyte.
const MOST: usize = 4096;

pub(super) struct Rounds {
    hasher: RandomState,
    open: Mutex<HashMap<u64, Round>>,
}

struct Round {
    /// Address, agent and app, without the target.
    browser: u64,
    who: u64,
    count: u8,
    since: Timestamp,
}

/// A browser, as far as one without cookies can be told from others.
pub(super) struct Trail<'a> {
    pub(super) app: AppId,
    pub(super) ip: IpAddr,
    pub(super) agent: &'a str,
    pub(super) return_to: &'a ReturnTo,
}

impl Rounds {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), open: Mutex::default() }
    }

    /// A sign-in that succeeded although no session came with it. `who` tells people behind one address apart.
    pub(super) fn count(&self, trail: &Trail<'_>, who: &str, now: Timestamp) {
        let key = self.key(trail);
        let who = self.hasher.hash_one(who);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST {
            open.retain(|_, round| is_recent(round, now));
        }
        if open.len() >= MOST && !open.contains_key(&key) {
            return;
        }
        let browser = self.browser(trail);
        let round = open.entry(key).or_insert(Round { browser, who, count: 0, since: now });
        if round.who != who || !is_recent(round, now) {
            *round = Round { browser, who, count: 0, since: now };
        }
        round.count = round.count.saturating_add(1);
    }

    /// Whether a browser that comes without a cookie has gone round too often. Says so once, then counts anew.
    pub(super) fn is_lost(&self, trail: &Trail<'_>, now: Timestamp) -> bool {
        let key = self.key(trail);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let is_lost = open.get(&key).is_some_and(|round| round.count >= ROUNDS && is_recent(round, now));
        if is_lost {
            open.remove(&key);
        }
        is_lost
    }

    /// A browser that signed out has shown that it keeps cookies.
    pub(super) fn forget(&self, trail: &Trail<'_>) {
        let browser = self.browser(trail);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, round| round.browser != browser);
    }

    fn browser(&self, trail: &Trail<'_>) -> u64 {
        self.hasher.hash_one((trail.app, trail.ip, trail.agent))
    }

    /// Without the fragment: browsers that lose it are in trouble all the same.
    fn key(&self, trail: &Trail<'_>) -> u64 {
        let path = trail.return_to.as_str().split('#').next();
        self.hasher.hash_one((trail.app, trail.ip, trail.agent, path))
    }
}

fn is_recent(round: &Round, now: Timestamp) -> bool {
    now.since(round.since) <= WITHIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn trail(target: &ReturnTo) -> Trail<'_> {
        Trail { app: AppId::from_u64(1), ip: IpAddr::from([10, 0, 0, 1]), agent: "Browser", return_to: target }
    }

    #[test]
    fn the_third_round_within_half_a_minute_is_one_too_many() {
        let (rounds, home) = (Rounds::new(), ReturnTo::home(""));
        for second in [0, 10, 20] {
            assert!(!rounds.is_lost(&trail(&home), at(second)));
            rounds.count(&trail(&home), "ada", at(second));
        }
        assert!(rounds.is_lost(&trail(&home), at(21)));
        assert!(!rounds.is_lost(&trail(&home), at(22)), "said once");
    }

    #[test]
    fn slow_rounds_other_people_and_other_pages_do_not_add_up() {
        let (rounds, home) = (Rounds::new(), ReturnTo::home(""));
        let other: ReturnTo = "/other".parse().unwrap();
        for second in [0, 16, 32] {
            rounds.count(&trail(&home), "ada", at(second));
        }
        assert!(!rounds.is_lost(&trail(&home), at(33)), "slow");
        for who in ["ada", "grace", "joan", "mary"] {
            rounds.count(&trail(&other), who, at(40));
        }
        assert!(!rounds.is_lost(&trail(&other), at(41)), "four people behind one address");
    }

    #[test]
    fn who_signs_out_keeps_cookies() {
        let (rounds, home) = (Rounds::new(), ReturnTo::home(""));
        for second in 0..9 {
            rounds.count(&trail(&home), "ada", at(second));
            rounds.forget(&trail(&home));
        }
        assert!(!rounds.is_lost(&trail(&home), at(9)));
    }

    #[test]
    fn strangers_cannot_make_it_grow() {
        let (rounds, home) = (Rounds::new(), ReturnTo::home(""));
        for number in 0..10_000_u32 {
            let trail = Trail { ip: IpAddr::from(number.to_be_bytes()), ..trail(&home) };
            rounds.count(&trail, "ada", at(0));
        }
        assert_eq!(rounds.open.lock().unwrap().len(), MOST);
        rounds.count(&trail(&home), "ada", at(100));
        assert_eq!(rounds.open.lock().unwrap().len(), 1);
    }
}
