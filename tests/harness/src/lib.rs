//! The harness of the tests that run on real parts: servers, a proxy that breaks connections, child processes.
//!
//! Everything here ends with the value that stands for it, and everything that waits has a limit. The clock must not be
//! paused: other processes do not see it. A step that cannot succeed panics with what was awaited and, where there is
//! one, the remedy; logs of servers and output of programs are shown when the test fails.

mod binary;
mod child;
mod docs;
mod etcd;
mod examples;
mod http;
mod limits;
mod nats;
mod port;
mod process;
mod proxy;
mod python;
mod server;
mod wait;

pub use docs::documented;
pub use etcd::Etcd;
pub use limits::{AT_ONCE, LIMIT, PEER, SOON};
pub use nats::Nats;
pub use port::knock;
pub use process::{Finished, Process, Program, Signal, has_process_for_itself};
pub use proxy::{Direction, Proxy};
pub use python::Python;
pub use wait::{eventually, within};
