//! `main` and tests.

use proc_macro2::TokenTree;
use syn::{Attribute, Signature, Visibility};

use super::sdk_path::SdkPath;

/// The attribute of the function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Main,
    Test,
}

/// An `async fn` that runs on a `DistributedRuntime`.
pub(crate) struct Entry {
    pub(crate) kind: EntryKind,
    pub(crate) krate: SdkPath,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenTree,
    /// Whether the function can be called. Otherwise nothing calls it.
    pub(crate) is_sound: bool,
    /// Whether it returns `Result<(), Box<dyn Error>>`, whose error may be bound to one thread.
    pub(crate) returns_boxed_error: bool,
}
