//! Walking through records in key order.

use redb::Range;

use crate::store::StoreError;

use super::trouble::damaged;

/// Shows every record of `range` and counts them. A file whose pages contradict each other is damaged as a whole:
/// records may be missing.
pub(super) fn walk(
    range: Range<'_, &'static [u8], &'static [u8]>,
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let (mut found, mut last) = (0, Vec::new());
    for entry in range {
        let (key, value) = entry?;
        if key.value() <= last.as_slice() {
            return Err(damaged("its records are out of order"));
        }
        last.clear();
        last.extend_from_slice(key.value());
        found += 1;
        visit(key.value(), value.value())?;
    }
    Ok(found)
}

/// What it means that the walk found another number of records than the file tells.
pub(super) fn missing() -> StoreError {
    damaged("some of its records are missing")
}
