//! The NATS subjects of scopes and channels.

use percent_encoding::utf8_percent_encode;

use crate::address::scope::{Channel, ESCAPED, EventScope};

impl EventScope {
    /// Returns the common prefix of the subjects of all its topics.
    pub(crate) fn subject_prefix(&self) -> String {
        self.joined('.')
    }
}

impl Channel {
    /// Returns its NATS subject.
    pub(crate) fn subject(&self) -> String {
        format!("{}.{}", self.scope.subject_prefix(), utf8_percent_encode(self.topic.as_str(), ESCAPED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ids::EndpointId;
    use crate::address::names::TopicName;

    #[test]
    fn the_subject_is_the_captured_one() {
        let scope: EndpointId = "interop.backend.echo".parse().unwrap();
        let channel = Channel { scope: scope.into(), topic: TopicName::from_static("forward-pass-metrics") };
        let captured = include_str!("../../../../tests/vectors/event-nats/decoded.txt");
        assert!(captured.contains(&format!("   SUB {} 1\n", channel.subject())));
    }
}
