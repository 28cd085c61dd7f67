//! The public state of a served component.

/// The lifecycle of a served component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ServingState {
    /// Its endpoints start to accept calls; discovery does not list them yet.
    Created,
    /// All its endpoints are registered in discovery.
    Registered,
    /// It serves, and its health is monitored.
    Running,
    /// It is deregistered, or about to be; calls in flight continue.
    Draining,
    /// It is out of service.
    Deregistered,
}
