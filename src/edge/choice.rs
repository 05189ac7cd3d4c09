//! Which of an app's upstreams takes a request.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use crate::domain::{App, Balance};

use super::admission::Traveler;
use super::origin::Origin;
use super::pool::Place;

/// What one request needs, and what it has been through.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Who asks, where it matters.
    visitor: Option<u64>,
    /// A bit for each; `App::MOST_UPSTREAMS` fit.
    tried: u64,
    /// A connection that was used before has failed: only a new one will do.
    pub(super) fresh: bool,
}

impl Choice {
    pub(super) fn of(app: &App, traveler: &Traveler, origin: &Origin) -> Self {
        let sticks = app.balance == Balance::Sticky && !app.more_upstreams.is_empty();
        let visitor = sticks.then(|| match traveler.session {
            Some(_) => hash(&traveler.device),
            // Who keeps no cookie is somebody else every time; the address is the best that is left.
            None => hash(&origin.ip),
        });
        Self { visitor, ..Self::default() }
    }

    /// This one has failed this request.
    pub(super) fn rule_out(&mut self, at: usize) {
        self.tried |= bit(at);
    }

    fn is_tried(&self, at: usize) -> bool {
        self.tried & bit(at) != 0
    }

    pub(super) fn has_more(&self, app: &App) -> bool {
        (0..app.more_upstreams.len() + 1).any(|at| !self.is_tried(at))
    }

    pub(super) fn first_untried(&self, count: usize) -> usize {
        (0..count).find(|at| !self.is_tried(*at)).unwrap_or_default()
    }
}

fn bit(at: usize) -> u64 {
    u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or_default()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The number of the upstream to be tried next. Those that are down come last, never not at all.
pub(super) fn next(places: &[Rc<Place>], turn: &mut usize, choice: &Choice) -> usize {
    if places.len() < 2 {
        return 0;
    }
    *turn = turn.wrapping_add(1);
    let order = (0..places.len()).map(|step| turn.wrapping_add(step) % places.len());
    let untried = order.filter(|at| !choice.is_tried(*at));
    let rank = |at: &usize| {
        let Some(place) = places.get(*at) else { return (true, u64::MAX) };
        let preference = match choice.visitor {
            // Each visitor has an order of their own (rendezvous hashing): when one upstream goes, only its visitors move.
            Some(visitor) => hash(&(visitor, *at)),
            None => place.busy.get() as u64,
        };
        (place.pulse.is_down(), preference)
    };
    untried.min_by_key(rank).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Clock, Timestamp, WorkspaceId};
    use crate::upstreams::{Health, Kind, Trouble};

    fn places(count: usize) -> Vec<Rc<Place>> {
        let upstreams: Vec<crate::domain::Upstream> =
            (0..count).map(|at| format!("http://127.0.0.1:{}", 1 + at).parse().unwrap()).collect();
        let url = "http://hmi.localhost".parse().unwrap();
        let name = "hmi".parse().unwrap();
        let app = App::new(WorkspaceId::from_u64(1), name, url, upstreams[0].clone(), Timestamp::from_millis(0));
        let health = Health::new(Clock::system());
        let place = |upstream| Place { pulse: Arc::clone(&health.pulse(&app, upstream)), busy: Cell::new(0) };
        upstreams.iter().map(|upstream| Rc::new(place(upstream))).collect()
    }

    fn fail(place: &Place) {
        place.pulse.failed(Trouble::new(Kind::Refused, "gone"));
    }

    #[test]
    fn equals_take_turns_and_the_least_busy_is_first() {
        let (places, choice, mut turn) = (places(3), Choice::default(), 0);
        let mut seen: Vec<usize> = (0..3).map(|_| next(&places, &mut turn, &choice)).collect();
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2]);
        places[0].busy.set(2);
        places[2].busy.set(1);
        assert!((0..5).all(|_| next(&places, &mut turn, &choice) == 1));
    }

    #[test]
    fn one_that_is_down_is_tried_last_and_each_once() {
        let (places, mut choice, mut turn) = (places(3), Choice::default(), 0);
        fail(&places[1]);
        places[0].busy.set(9);
        let mut order = Vec::new();
        for _ in 0..3 {
            let at = next(&places, &mut turn, &choice);
            choice.rule_out(at);
            order.push(at);
        }
        assert_eq!(order, [2, 0, 1]);
    }

    #[test]
    fn a_visitor_sticks_and_only_those_of_a_lost_one_move() {
        let (places, mut turn) = (places(4), 0);
        let mut home = |visitor: u64, places: &[Rc<Place>]| {
            next(places, &mut turn, &Choice { visitor: Some(visitor), ..Choice::default() })
        };
        let before: Vec<usize> = (0..200).map(|visitor| home(visitor, &places)).collect();
        assert!((0..4).all(|at| before.iter().filter(|home| **home == at).count() > 20), "{before:?}");
        assert!((0..200).all(|visitor| home(visitor, &places) == before[visitor as usize]));
        fail(&places[2]);
        for visitor in 0..200 {
            let (old, new) = (before[visitor as usize], home(visitor, &places));
            assert!(new != 2 && (old == 2 || old == new));
        }
    }
}
