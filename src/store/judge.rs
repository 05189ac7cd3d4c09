//! Whether a proposal's guards hold. The same for every engine.

use crate::domain::{Guard, Key, Revision};

use super::StoreError;

/// How a key stands at this moment, with what the batch wrote so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Absent,
    At(Revision),
    /// Something is there that cannot be read: neither absent nor present, so nothing may build on it.
    Damaged,
}

pub(super) fn holds(
    guards: &[Guard],
    mut standing: impl FnMut(&Key) -> Result<Standing, StoreError>,
) -> Result<bool, StoreError> {
    for guard in guards {
        let holds = match guard {
            Guard::Absent(key) => standing(key)? == Standing::Absent,
            Guard::Present(key) => matches!(standing(key)?, Standing::At(_)),
            Guard::At(key, revision) => standing(key)? == Standing::At(*revision),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}
