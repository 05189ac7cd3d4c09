//! Where each member was last. Kept in memory: a restart forgets, and the first workspace is as good a start.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::{UserId, WorkspaceId};

/// Members that are remembered; more than that, and all are forgotten.
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct Visited(Mutex<HashMap<UserId, WorkspaceId>>);

impl Visited {
    pub(super) fn note(&self, member: UserId, workspace: WorkspaceId) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= MOST {
            last.clear();
        }
        last.insert(member, workspace);
    }

    pub(super) fn last(&self, member: UserId) -> Option<WorkspaceId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&member).copied()
    }
}
