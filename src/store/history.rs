//! The last commits, kept in memory for whoever follows the store.

use std::collections::VecDeque;

use crate::domain::{Change, Proposal, Seq};

use super::chain::Chain;
use super::{Commit, StoreError};

/// A follower that is this many commits behind loads anew; at a few hundred bytes a change this stays below 10 MiB.
const MOST_COMMITS: usize = 1024;
/// Bounds the memory when commits are large.
const MOST_CHANGES: usize = 16_384;

#[derive(Debug)]
pub(super) struct History {
    last: Seq,
    commits: VecDeque<Commit>,
    changes: usize,
}

impl History {
    pub(super) fn from(last: Seq) -> Self {
        Self { last, commits: VecDeque::new(), changes: 0 }
    }

    /// The newest commit of all, remembered or not.
    pub(super) fn last(&self) -> Seq {
        self.last
    }

    pub(super) fn next(&self) -> Seq {
        Seq(self.last.0 + 1)
    }

    pub(super) fn push(&mut self, commit: Commit) {
        self.last = commit.seq;
        self.changes += commit.changes.len();
        self.commits.push_back(commit);
        while self.commits.len() > MOST_COMMITS || (self.changes > MOST_CHANGES && self.commits.len() > 1) {
            let Some(oldest) = self.commits.pop_front() else { break };
            self.changes -= oldest.changes.len();
        }
    }

    pub(super) fn extend(&mut self, commit: Option<Commit>) {
        commit.into_iter().for_each(|commit| self.push(commit));
    }

    pub(super) fn after(&self, after: Seq) -> Result<Vec<Commit>, StoreError> {
        let oldest = self.commits.front().map_or(self.last.0 + 1, |commit| commit.seq.0);
        // One that is ahead has seen another store: it knows nothing that counts here.
        if after > self.last || after.0 + 1 < oldest {
            return Err(StoreError::Compacted);
        }
        Ok(self.commits.iter().filter(|commit| commit.seq > after).cloned().collect())
    }
}

/// What a batch changes, given which of its proposals were kept and what was chained for them.
pub(super) fn kept_changes(batch: &[Proposal], kept: &[bool], chain: &Chain) -> Vec<Change> {
    let kept = batch.iter().zip(kept).filter(|(_, kept)| **kept);
    kept.flat_map(|(proposal, _)| &proposal.changes).chain(&chain.linked).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Key;

    fn commit(seq: u64, changes: usize) -> Commit {
        Commit { seq: Seq(seq), changes: vec![Change::Remove(Key::Secrets); changes] }
    }

    #[test]
    fn a_follower_gets_all_later_commits_or_is_told_to_load_again() {
        let mut history = History::from(Seq(7));
        assert_eq!(history.after(Seq(7)).unwrap(), []);
        assert!(matches!(history.after(Seq(6)), Err(StoreError::Compacted)));
        assert!(matches!(history.after(Seq(8)), Err(StoreError::Compacted)));
        history.push(commit(8, 1));
        history.push(commit(9, 2));
        assert_eq!(history.after(Seq(7)).unwrap(), [commit(8, 1), commit(9, 2)]);
        assert_eq!(history.after(Seq(8)).unwrap(), [commit(9, 2)]);
        assert_eq!(history.last(), Seq(9));
    }

    #[test]
    fn memory_is_bounded_by_commits_and_by_changes() {
        let mut history = History::from(Seq(0));
        (1..=2000).for_each(|seq| history.push(commit(seq, 1)));
        assert_eq!(history.commits.len(), MOST_COMMITS);
        history.push(commit(2001, MOST_CHANGES));
        assert_eq!(history.commits.len(), 1);
        assert_eq!(history.after(Seq(2000)).unwrap().len(), 1);
        assert!(matches!(history.after(Seq(1999)), Err(StoreError::Compacted)));
    }
}
