//! stub
/// Stub
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseState;
