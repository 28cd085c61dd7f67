//! A block of endpoints.

use proc_macro2::Span;
use syn::{Generics, Path, Type};

use super::blocks::Blocks;
use super::endpoint::Endpoint;
use super::hook::Hook;
use super::sdk_path::SdkPath;
use super::subscription::Subscription;

/// An `impl` block with endpoints, hooks and subscriptions.
pub(crate) struct Block {
    pub(crate) krate: SdkPath,
    /// The type as the block names it, with its generic arguments.
    pub(crate) component: Type,
    /// Where errors about the whole type belong: its name.
    pub(crate) at: Span,
    pub(crate) generics: Generics,
    /// The type whose methods call the endpoints.
    pub(crate) client: Path,
    pub(crate) endpoints: Vec<Endpoint>,
    /// The other blocks of the component, and which one this is.
    pub(crate) blocks: Blocks,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Whether the block is deprecated or names deprecated items, so that generated code may too.
    pub(crate) deprecated: bool,
}
