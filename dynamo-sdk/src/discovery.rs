//! The service registry: one trait, three backends, one contract.
//!
//! The contract of [`Discovery`], which `tests/tests/scenarios/discovery_contract` runs against every backend:
//!
//! 1. `register` returns once the record is visible to a new watcher. Registering an existing key is
//!    [`ErrorKind::Conflict`].
//! 2. A watch delivers one [`DiscoveryEvent::Snapshot`], then changes. After any disturbance it delivers
//!    another snapshot, which replaces everything before it.
//! 3. Between a snapshot and its changes nothing is lost or duplicated. A record with a new value is a
//!    change.
//! 4. The records of a crashed process disappear within its lease period, those of a process that closes
//!    at once.
//! 5. While the store is unreachable, watchers receive [`DiscoveryEvent::Stale`] and keep what they
//!    know; they never see it as empty.
//! 6. A lost lease is recoverable: all records of the process are registered again, together.
//! 7. A lease id is not an instance id in this API, although both are the same number on the wire.
//! 8. A prefix ends at a name boundary: a query for `gen` never matches `generate`.

pub(crate) mod contract;
#[cfg(feature = "etcd")]
pub(crate) mod etcd;
pub(crate) mod file;
pub(crate) mod instances;
#[cfg(feature = "etcd")]
pub(crate) mod lease;
pub(crate) mod memory;
pub(crate) mod open;
pub(crate) mod shared;
pub(crate) mod watch;

pub use crate::discovery::contract::{Discovery, DiscoveryEvent, LeaseState, Watch};
pub use crate::discovery::instances::InstanceList;
pub use crate::discovery::memory::{MemoryDiscovery, MemoryStore};
pub use crate::discovery::open::open;
#[cfg(doc)]
use crate::error::ErrorKind;
pub use crate::wire::instance::{Instance, Transport};
pub use crate::wire::keys::{Bucket, Key};
pub use crate::wire::record::Record;
