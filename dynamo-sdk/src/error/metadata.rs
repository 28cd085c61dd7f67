//! Limits on the metadata of a call.

use std::collections::BTreeMap;

/// Maximum number of metadata entries of a call.
pub const MAX_METADATA_ENTRIES: usize = 256;

/// Maximum total size of all metadata keys and values of a call, in bytes: half of Dynamo's limit for the control
/// message that carries them, escaped (docs/wire/request-plane.md#control-message).
pub const MAX_METADATA_BYTES: usize = 65_536;

/// Returns the number of entries and bytes if either exceeds its limit.
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
