//! How much a call may carry beside its payload.

use std::collections::BTreeMap;

/// Most entries of the metadata of one call.
pub const MAX_METADATA_ENTRIES: usize = 256;

/// Most bytes of all keys and values together. Half of what Dynamo allows its control message to have
/// (docs/wire/request-plane.md#control-message), which carries them in a form that can be longer.
pub const MAX_METADATA_BYTES: usize = 65_536;

/// The number of entries and bytes, if one of them is too large.
pub(crate) fn excess(metadata: &BTreeMap<String, String>) -> Option<(usize, usize)> {
    let bytes = metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
    (metadata.len() > MAX_METADATA_ENTRIES || bytes > MAX_METADATA_BYTES).then_some((metadata.len(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(entries: usize, value: usize) -> BTreeMap<String, String> {
        (0..entries).map(|i| (format!("{i:04}"), "v".repeat(value))).collect()
    }

    #[test]
    fn what_fits_fits_and_one_more_does_not() {
        assert_eq!(excess(&of(0, 0)), None);
        assert_eq!(excess(&of(256, 0)), None);
        assert_eq!(excess(&of(257, 0)), Some((257, 1028)));
        assert_eq!(excess(&of(1, 65_532)), None);
        assert_eq!(excess(&of(1, 65_533)), Some((1, 65_537)));
    }
}
