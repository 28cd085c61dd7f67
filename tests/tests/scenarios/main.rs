//! Scenarios on real parts: runtimes, sockets, etcd and NATS, each in all the setups that it has to hold in.

mod bad_peers;
mod calls;
mod discovery_contract;
mod events;
mod leases;
mod nats_plane;
mod options;
mod pipelines;
mod quiet;
mod runtime;
