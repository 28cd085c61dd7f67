//! The rules of the house: which room may use which, how large a file may be, which names may be defined, and what a user
//! can write.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod docs;
mod layers;
mod names;
mod sizes;
mod surface;

use dynamo_house::{Krate, workspace};

/// The SDK, read from its sources.
fn sdk() -> Krate {
    Krate::read(&workspace().join("dynamo-sdk/src"))
}

/// The macro crate, read from its sources.
fn macros() -> Krate {
    Krate::read(&workspace().join("dynamo-macros/src"))
}
