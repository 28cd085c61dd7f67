//! Detection of missing events by sequence number. Pure.

use std::collections::HashMap;

use crate::address::publisher::PublisherId;

/// Maximum number of publishers tracked; beyond it, the least recently heard one is evicted.
const MOST: usize = 1024;

/// The next expected sequence number of each publisher.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    known: HashMap<PublisherId, Known>,
    heard: u64,
}

#[derive(Debug)]
struct Known {
    next: u64,
    /// The count of all events when this publisher was last heard. Finds the least recently heard one.
    heard: u64,
}

impl Gaps {
    /// Returns how many events are missing before this one. None are before a publisher's first event,
    /// because a subscription starts midway. A late event was already counted as missing and is not
    /// counted again.
    pub(super) fn before(&mut self, publisher: PublisherId, sequence: u64) -> u64 {
        self.heard += 1;
        let next = sequence.saturating_add(1);
        if let Some(known) = self.known.get_mut(&publisher) {
            let missing = sequence.saturating_sub(known.next);
            known.next = known.next.max(next);
            known.heard = self.heard;
            return missing;
        }
        if self.known.len() >= MOST
            && let Some(silent) = self.known.iter().min_by_key(|(_, known)| known.heard).map(|(id, _)| *id)
        {
            self.known.remove(&silent);
        }
        self.known.insert(publisher, Known { next, heard: self.heard });
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_those_of_each_publisher() {
        let (mut gaps, one, other) = (Gaps::default(), PublisherId(1), PublisherId(2));
        assert_eq!(gaps.before(one, 10), 0);
        assert_eq!(gaps.before(other, 0), 0);
        assert_eq!(gaps.before(one, 11), 0);
        assert_eq!(gaps.before(other, 3), 2);
        assert_eq!(gaps.before(one, 15), 3);
    }

    #[test]
    fn a_late_event_is_not_counted_twice_and_the_last_number_is_a_number() {
        let (mut gaps, one) = (Gaps::default(), PublisherId(1));
        let missing: Vec<u64> = [5, 7, 6, 8, u64::MAX].map(|n| gaps.before(one, n)).to_vec();
        assert_eq!(missing, [0, 1, 0, 0, u64::MAX - 9]);
    }

    #[test]
    fn a_publisher_that_starts_again_has_another_id_and_no_gap() {
        let mut gaps = Gaps::default();
        gaps.before(PublisherId(1), 1000);
        assert_eq!(gaps.before(PublisherId(2), 0), 0);
    }

    #[test]
    fn those_that_are_silent_longest_are_forgotten() {
        let mut gaps = Gaps::default();
        for id in 0..5000 {
            gaps.before(PublisherId(7777), id);
            gaps.before(PublisherId(id), 0);
        }
        assert!(gaps.known.len() <= MOST);
        assert_eq!(gaps.before(PublisherId(7777), 5001), 1);
    }
}
