//! Walking through records in key order.

use std::ops::RangeBounds;

use redb::ReadOnlyTable;

use crate::store::StoreError;

use super::trouble::damaged;

/// The records, open for readers.
pub(super) type Records = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Shows every record of `range` and counts them. A file whose pages contradict each other is damaged as a whole:
/// records may be missing.
pub(super) fn walk<'a>(
    records: &Records,
    range: impl RangeBounds<&'a [u8]> + Clone,
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let (mut found, mut last) = (0, Vec::new());
    for entry in records.range::<&[u8]>(range.clone())? {
        let (key, value) = entry?;
        if key.value() <= last.as_slice() || !range.contains(&key.value()) {
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
