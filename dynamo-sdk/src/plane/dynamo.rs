//! The bytes of Dynamo's request and response planes, as WIRE.md describes them.
//!
//! Everything below is pure: bytes in, values out. A decoder takes what has arrived so far and says what is complete; it
//! keeps no bytes of its own, and no length that a peer merely announces makes it allocate.

pub(crate) mod control;
pub(crate) mod error;
pub(crate) mod frame;
pub(crate) mod headers;
pub(crate) mod item;

#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod replay_tests;
#[cfg(test)]
mod vectors;
