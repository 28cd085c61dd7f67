//! A node of a pipeline.

use proc_macro2::{Ident, TokenStream};
use syn::{Generics, Type, Visibility};

use super::sdk_path::SdkPath;

/// The attribute that makes the node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Operator,
    Engine,
}

/// A function or a type as a node.
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) krate: SdkPath,
    /// The type of the node.
    pub(crate) ty: TokenStream,
    pub(crate) generics: Generics,
    /// The types of the arguments without the receiver.
    pub(crate) arguments: Vec<Type>,
    pub(crate) output: Type,
    /// The path of the function to call, and its name.
    pub(crate) function: TokenStream,
    pub(crate) name: Ident,
    /// The attributes and the visibility of a type that is generated for a function.
    pub(crate) generated: Option<(TokenStream, Visibility)>,
    /// The `#[cfg]`s of the item.
    pub(crate) cfg: TokenStream,
}
