//! Keys of discovery records: conversion between ids, keys and file names. Keys are built nowhere else.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::address::ids::{EndpointId, InstanceId};
use crate::address::names::{ComponentName, EndpointName, NamespaceName};

/// The kinds of record, each in its own part of the store (docs/wire/discovery.md#keys-and-records).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Instances of endpoints.
    Instances,
    /// Model cards.
    ModelCards,
    /// Event publishers.
    EventChannels,
    /// Event sources.
    EventSources,
}

impl Bucket {
    /// All buckets.
    pub const ALL: [Self; 4] = [Self::Instances, Self::ModelCards, Self::EventChannels, Self::EventSources];

    /// Returns the first path segment of its keys, which is also its directory in the file store.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Instances => "v1/instances",
            Self::ModelCards => "v1/mdc",
            Self::EventChannels => "v1/event_channels",
            Self::EventSources => "v1/event_sources",
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix())
    }
}

/// The key of a record: a bucket and a path below it. `Display` gives the key in etcd.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    bucket: Bucket,
    path: String,
}

impl Key {
    /// Creates the key of `path`, whose names are separated by `/`, in `bucket`.
    #[must_use]
    pub fn new(bucket: Bucket, path: impl Into<String>) -> Self {
        Self { bucket, path: path.into() }
    }

    /// Returns the key under which the instance `id` serves `endpoint`.
    #[must_use]
    pub fn instance(endpoint: &EndpointId, id: InstanceId) -> Self {
        let EndpointId { namespace, component, endpoint } = endpoint;
        Self::new(Bucket::Instances, format!("{namespace}/{component}/{endpoint}/{id}"))
    }

    /// Parses a full key. Returns `None` if it belongs to no known bucket.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Bucket::ALL.into_iter().find_map(|bucket| {
            let path = key.strip_prefix(bucket.prefix())?.strip_prefix('/')?;
            (!path.is_empty()).then(|| Self::new(bucket, path))
        })
    }

    /// Returns the bucket.
    #[must_use]
    pub fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// Returns the path below the bucket, verbatim.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the endpoint and instance id, or `None` if this is not the key of an instance.
    #[must_use]
    pub fn as_instance(&self) -> Option<(EndpointId, InstanceId)> {
        if self.bucket != Bucket::Instances {
            return None;
        }
        let mut names = self.path.split('/');
        let (Some(namespace), Some(component), Some(endpoint), Some(id), None) =
            (names.next(), names.next(), names.next(), names.next(), names.next())
        else {
            return None;
        };
        let endpoint = EndpointId {
            namespace: NamespaceName::from_wire(namespace).ok()?,
            component: ComponentName::from_wire(component).ok()?,
            endpoint: EndpointName::from_wire(endpoint).ok()?,
        };
        // Integer parsing accepts a leading `+`; ids have no sign.
        let id = if id.starts_with('+') { None } else { id.parse().ok() }?;
        Some((endpoint, id))
    }

    /// Returns whether the path starts with the whole names of `prefix`. An empty prefix matches every
    /// key.
    #[must_use]
    pub fn matches(&self, prefix: &str) -> bool {
        let prefix = prefix.trim_end_matches('/');
        let rest = self.path.strip_prefix(prefix);
        prefix.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns its file name in the directory of the bucket (docs/wire/discovery.md#file-store).
    pub(crate) fn to_file_name(&self) -> String {
        utf8_percent_encode(&self.path, NON_ALPHANUMERIC).to_string()
    }

    /// Parses a file name, however much of it is escaped. Returns `None` if it is not UTF-8.
    pub(crate) fn from_file_name(bucket: Bucket, name: &str) -> Option<Self> {
        let path = percent_decode_str(name).decode_utf8().ok()?;
        (!path.is_empty()).then(|| Self::new(bucket, path))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.path)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo() -> EndpointId {
        "interop.backend.echo".parse().unwrap()
    }

    #[test]
    fn the_key_of_an_instance_is_the_captured_one() {
        let key = Key::instance(&echo(), InstanceId(1353509821176491014));
        assert_eq!(key.to_string(), "v1/instances/interop/backend/echo/12c8a202db3a2c06");
        assert_eq!(Key::parse(&key.to_string()).unwrap(), key);
        assert_eq!(key.as_instance().unwrap(), (echo(), InstanceId(1353509821176491014)));
    }

    #[test]
    fn every_captured_key_is_read() {
        for (capture, bucket) in [
            (include_str!("../../../tests/vectors/discovery/etcd-nats.txt"), Bucket::Instances),
            (
                include_str!("../../../tests/vectors/discovery/etcd-event-channels-zmq.txt"),
                Bucket::EventChannels,
            ),
        ] {
            let mut count = 0;
            for line in capture.lines().filter(|line| line.starts_with("v1/")) {
                let key = Key::parse(line).unwrap();
                assert_eq!((key.bucket(), key.to_string().as_str()), (bucket, line));
                assert_eq!(key.as_instance().is_some(), bucket == Bucket::Instances);
                count += 1;
            }
            assert!(count > 0);
        }
        let card = Key::parse("v1/mdc/interop/images/generate/12c8a202db3a3019").unwrap();
        assert_eq!((card.bucket(), card.as_instance()), (Bucket::ModelCards, None));
    }

    #[test]
    fn what_is_not_a_key_is_none() {
        for bad in
            ["", "v1/instances", "v1/instances/", "v1/instancesx/a", "v2/instances/a", "/v1/instances/a"]
        {
            assert_eq!(Key::parse(bad), None, "{bad}");
        }
        for bad in ["a/b/c", "a/b/c/1/2", "a//c/1", "a/b/c/", "a/b/c/xyz", "a/b/c/+1", "a/b/c/0x1"] {
            assert_eq!(Key::new(Bucket::Instances, bad).as_instance(), None, "{bad}");
        }
        let all_bits =
            Key::new(Bucket::Instances, "My-Ns_1/A%b c/echo/d0a92c5eb85a4571").as_instance().unwrap();
        assert_eq!(all_bits.1, InstanceId(0xd0a9_2c5e_b85a_4571));
    }

    /// Contract 8.
    #[test]
    fn a_prefix_ends_at_a_name_boundary() {
        let key = Key::new(Bucket::Instances, "demo/echo/generate/1");
        for good in ["", "demo", "demo/", "demo/echo", "demo/echo/generate", "demo/echo/generate/1"] {
            assert!(key.matches(good), "{good}");
        }
        for bad in ["dem", "demo/echo/gen", "demo/echo/generate/12", "/demo", "echo"] {
            assert!(!key.matches(bad), "{bad}");
        }
    }

    #[test]
    fn a_file_name_escapes_all_but_letters_and_digits() {
        let key = Key::new(Bucket::Instances, "my-ns_1/cx/echo/1c2a5dd61c5ad560");
        assert_eq!(key.to_file_name(), "my%2Dns%5F1%2Fcx%2Fecho%2F1c2a5dd61c5ad560");
        let less = "my-ns_1%2fcx%2fecho%2f1c2a5dd61c5ad560";
        assert_eq!(Key::from_file_name(Bucket::Instances, less), Some(key));
        let odd = Key::new(Bucket::Instances, "ä/%/ /.tmp_");
        assert_eq!(Key::from_file_name(Bucket::Instances, &odd.to_file_name()), Some(odd));
        assert_eq!(Key::from_file_name(Bucket::Instances, "%ff"), None);
    }
}
