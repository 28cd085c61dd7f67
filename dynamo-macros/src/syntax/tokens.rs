//! Questions to tokens that need no parser.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;
use syn::buffer::Cursor;

/// Whether a token is a group in braces.
pub(crate) fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The tokens from one place to a later one.
pub(crate) fn between(mut begin: Cursor<'_>, end: Cursor<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while begin != end {
        let Some((token, next)) = begin.token_tree() else { break };
        token.to_tokens(&mut tokens);
        begin = next;
    }
    tokens
}

/// The first use of `Self` or of one of `params` in a type.
pub(crate) fn first_of(tokens: &TokenStream, params: &[&Ident]) -> Option<(String, Span)> {
    let mut colons = 0;
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => {
                if let Some(found) = first_of(&group.stream(), params) {
                    return Some(found);
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                continue;
            }
            // After `::` it is the name of another item.
            TokenTree::Ident(name) if colons < 2 && (name == "Self" || params.contains(&&name)) => {
                return Some((name.to_string(), name.span()));
            }
            _ => {}
        }
        colons = 0;
    }
    None
}

/// What keeps a type off the wire.
#[derive(Clone, Copy)]
pub(crate) enum Unfit {
    /// `&` or a lifetime; `'static` does not borrow.
    Borrows,
    /// `_` or `impl`.
    Unnamed(&'static str),
}

/// The first token of a type that keeps it off the wire.
pub(crate) fn first_unfit(tokens: &TokenStream) -> Option<(Span, Unfit)> {
    let mut quote = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Group(group) => {
                if let Some(found) = first_unfit(&group.stream()) {
                    return Some(found);
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                quote = true;
                continue;
            }
            TokenTree::Punct(punct) if punct.as_char() == '&' => return Some((punct.span(), Unfit::Borrows)),
            TokenTree::Ident(name) if quote && name != "static" => {
                return Some((name.span(), Unfit::Borrows));
            }
            TokenTree::Ident(name) if name == "_" => return Some((name.span(), Unfit::Unnamed("_"))),
            TokenTree::Ident(name) if name == "impl" => {
                return Some((name.span(), Unfit::Unnamed("impl …")));
            }
            _ => {}
        }
        quote = false;
    }
    None
}

/// The first `&` without a lifetime, outside of the parentheses of a function type.
pub(crate) fn first_elided(ty: &Type) -> Option<Span> {
    first_elided_in(ty.to_token_stream())
}

fn first_elided_in(tokens: TokenStream) -> Option<Span> {
    let mut ampersand = None;
    for token in tokens {
        if let Some(at) = ampersand.take()
            && !matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'')
        {
            return Some(at);
        }
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => ampersand = Some(punct.span()),
            TokenTree::Group(group) if group.delimiter() != Delimiter::Parenthesis => {
                if let Some(found) = first_elided_in(group.stream()) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    ampersand
}

/// Whether a type is written out in full, so that an expression can repeat it.
pub(crate) fn is_named_in_full(ty: &Type) -> bool {
    !matches!(first_unfit(&ty.to_token_stream()), Some((_, Unfit::Unnamed(_))))
}
