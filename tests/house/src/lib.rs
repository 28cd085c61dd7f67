//! The structure of the workspace as data, read from its sources: modules, the arrows between them, circles of files, type
//! names and the public surface. The tests of this crate hold the rules; nothing here depends on the SDK.

mod arrows;
mod circles;
mod krate;
mod surface;
mod types;

use std::path::{Path, PathBuf};

pub use arrows::{Arrow, Layers, arrows};
pub use circles::circles;
pub use krate::{Krate, Module, ModulePath};
pub use surface::surface;
pub use types::type_names;

/// The root of the workspace.
///
/// # Panics
/// If this crate is not where it belongs.
#[must_use]
pub fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.unwrap_or_else(|| panic!("this crate lives two levels below the workspace")).to_owned()
}
