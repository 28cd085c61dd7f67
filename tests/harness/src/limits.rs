//! How long tests wait for what is meant to happen. On a machine that keeps up none of these is ever reached.

use std::time::Duration;

/// What happens at once: within one process, or by a message between two that run.
pub const AT_ONCE: Duration = Duration::from_secs(2);
/// What takes a few round trips or a short limit of the settings.
pub const SOON: Duration = Duration::from_secs(5);
/// What starts a process or a server, or ends with a lease.
pub const LIMIT: Duration = Duration::from_secs(15);
/// What the real Dynamo does: Python takes its time when all cores are busy.
pub const PEER: Duration = Duration::from_secs(60);
