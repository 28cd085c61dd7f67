//! The blocks of one component: the main one lists the others, and each of these gives its name.

use syn::Ident;

/// The place of a block among the blocks of its component.
pub(crate) enum Blocks {
    /// The main block, or the only one: the blocks that it lists.
    Main(Vec<Ident>),
    /// Another block, with its name.
    Part(Ident),
}

impl Blocks {
    /// Whether other blocks are listed here.
    pub(crate) fn lists_any(&self) -> bool {
        matches!(self, Self::Main(listed) if !listed.is_empty())
    }
}
