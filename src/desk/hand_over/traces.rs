//! Where a browser signed in lately, by what is known of one whose cookies stay at another address. Only a hint: it says
//! where to ask, and nothing about who somebody is.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use smallvec::SmallVec;

use crate::domain::{AppId, WorkspaceId};
use crate::throttle::Block;

/// Apps that a browser is remembered on.
const APPS: usize = 4;
/// Browsers in each of two generations; when the newer one is full, the older one is forgotten. Two megabytes.
const MOST: usize = 16_384;
/// Edge and pages cut long descriptions at different lengths.
const AGENT_MOST: usize = 200;

#[derive(Default)]
pub(in crate::desk) struct Traces {
    hasher: RandomState,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    newer: HashMap<u64, Recent>,
    older: HashMap<u64, Recent>,
}

/// The latest first.
type Recent = SmallVec<[AppId; APPS]>;

/// A browser, as far as it can be told from others without cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::desk) struct Trace(u64);

impl Traces {
    /// `None` for a program that does not say what it is.
    pub(in crate::desk) fn trace(&self, workspace: WorkspaceId, ip: IpAddr, agent: &str) -> Option<Trace> {
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(AGENT_MOST).collect();
        (!agent.is_empty()).then(|| Trace(self.hasher.hash_one((workspace, Block::of(ip), agent))))
    }

    /// Signed in there, or was seen there with a sign-in.
    pub(in crate::desk) fn note(&self, trace: Trace, app: AppId) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut recent = seen.take(trace);
        recent.retain(|known| *known != app);
        recent.truncate(APPS - 1);
        recent.insert(0, app);
        if seen.newer.len() >= MOST {
            seen.older = std::mem::take(&mut seen.newer);
        }
        seen.newer.insert(trace.0, recent);
    }

    pub(in crate::desk) fn recent(&self, trace: Trace) -> impl Iterator<Item = AppId> + use<> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let found = seen.newer.get(&trace.0).or_else(|| seen.older.get(&trace.0));
        found.cloned().unwrap_or_default().into_iter()
    }

    /// Signed out there.
    pub(in crate::desk) fn forget(&self, trace: Trace, app: AppId) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { newer, older } = &mut *seen;
        for recent in [newer.get_mut(&trace.0), older.get_mut(&trace.0)].into_iter().flatten() {
            recent.retain(|known| *known != app);
        }
    }
}

impl Seen {
    fn take(&mut self, trace: Trace) -> Recent {
        let older = self.older.remove(&trace.0);
        self.newer.remove(&trace.0).or(older).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: WorkspaceId = WorkspaceId::from_u64(1);

    fn app(number: u64) -> AppId {
        AppId::from_u64(number)
    }

    #[test]
    fn the_latest_app_comes_first_and_a_few_are_kept() {
        let traces = Traces::default();
        let ip: IpAddr = "10.0.0.1".parse().unwrap();
        let trace = traces.trace(WORKSPACE, ip, "Browser").unwrap();
        for number in [1, 2, 1, 3, 4, 5] {
            traces.note(trace, app(number));
        }
        assert_eq!(traces.recent(trace).collect::<Vec<_>>(), [app(5), app(4), app(3), app(1)]);
        for (workspace, ip, agent) in [
            (WorkspaceId::from_u64(2), ip, "Browser"),
            (WORKSPACE, "10.0.0.2".parse().unwrap(), "Browser"),
            (WORKSPACE, ip, "Other"),
        ] {
            assert_eq!(traces.recent(traces.trace(workspace, ip, agent).unwrap()).count(), 0);
        }
        assert_eq!(traces.trace(WORKSPACE, ip, ""), None);
        traces.forget(trace, app(4));
        assert_eq!(traces.recent(trace).collect::<Vec<_>>(), [app(5), app(3), app(1)]);
    }

    #[test]
    fn strangers_cannot_make_it_grow_and_who_comes_back_is_remembered() {
        let traces = Traces::default();
        traces.note(Trace(0), app(1));
        for number in 1..=2 * MOST as u64 {
            traces.note(Trace(number), app(1));
            if number % 1000 == 0 {
                traces.note(Trace(0), app(2));
            }
        }
        let seen = traces.seen.lock().unwrap();
        assert!(seen.newer.len() <= MOST && seen.older.len() <= MOST);
        drop(seen);
        assert_eq!(traces.recent(Trace(0)).collect::<Vec<_>>(), [app(2), app(1)]);
    }
}
