//! One thing done for many: each by itself, many in one synchronization, so that a bad one harms no other.

use std::collections::BTreeMap;

use crate::desk::{ATTEMPTS, AdminError, Desk, Moving};
use crate::domain::Proposal;
use crate::ledger::LedgerError;

/// Proposals that wait for the writer together: enough to share a synchronization, few enough to leave others room.
const TOGETHER: usize = 250;

impl Desk {
    /// What came of each item, in their order. Items must not touch the same records.
    pub(super) async fn each<I: Sync, T: Send>(
        &self,
        items: &[I],
        make: impl Fn(&I) -> Result<(T, Proposal), AdminError> + Send + Sync,
    ) -> Vec<Result<T, AdminError>> {
        let mut outcomes = BTreeMap::new();
        let numbered: Vec<(usize, &I)> = items.iter().enumerate().collect();
        for chunk in numbered.chunks(TOGETHER) {
            let mut left = chunk.to_vec();
            for _ in 0..ATTEMPTS {
                left = self.attempt(&left, &make, &mut outcomes).await;
            }
            outcomes.extend(left.iter().map(|(number, _)| (*number, Err(AdminError::never_still(Moving::Invitation)))));
        }
        outcomes.into_values().collect()
    }

    /// Tries all of them, and returns those whose ground has moved.
    async fn attempt<'a, I: Sync, T: Send>(
        &self,
        items: &[(usize, &'a I)],
        make: &(impl Fn(&I) -> Result<(T, Proposal), AdminError> + Send + Sync),
        outcomes: &mut BTreeMap<usize, Result<T, AdminError>>,
    ) -> Vec<(usize, &'a I)> {
        let mut waiting = Vec::with_capacity(items.len());
        for (number, item) in items {
            match make(item) {
                Ok((made, proposal)) => {
                    let ledger = self.ledger.clone();
                    let written = tokio::spawn(async move { ledger.propose(proposal).await });
                    waiting.push((*number, *item, made, written));
                }
                Err(error) => drop(outcomes.insert(*number, Err(error))),
            }
        }
        let mut moved = Vec::new();
        for (number, item, made, written) in waiting {
            match written.await {
                Ok(Ok(_)) => drop(outcomes.insert(number, Ok(made))),
                Ok(Err(LedgerError::Conflict)) => moved.push((number, item)),
                Ok(Err(error)) => drop(outcomes.insert(number, Err(error.into()))),
                Err(error) => drop(outcomes.insert(number, Err(AdminError::unavailable(&error)))),
            }
        }
        moved
    }
}
