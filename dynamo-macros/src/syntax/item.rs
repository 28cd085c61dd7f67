//! What kind of item an attribute stands on.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// The keyword that tells what an item is.
pub(crate) fn keyword(item: &TokenStream) -> Option<Ident> {
    item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if KEYWORDS.iter().any(|keyword| word == keyword) => Some(word),
        _ => None,
    })
}

/// The keywords of items. The first one decides; `union` is an ordinary identifier elsewhere.
const KEYWORDS: &[&str] =
    &["struct", "enum", "union", "impl", "fn", "trait", "mod", "type", "const", "static", "use"];
