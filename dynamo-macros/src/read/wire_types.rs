//! Which types can travel, as far as their text tells: what the other side names too, and what bytes are decoded into.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

use crate::errors::Errors;
use crate::read::inputs::{peel, referent, text};

/// Something that travels, and who is at the other side.
#[derive(Clone, Copy)]
pub(crate) struct Role {
    what: &'static str,
    peer: &'static str,
}

pub(crate) const REQUEST: Role = Role { what: "request", peer: "caller" };
pub(crate) const RESPONSE: Role = Role { what: "response", peer: "caller" };
pub(crate) const PAYLOAD: Role = Role { what: "payload", peer: "publisher" };

/// Refuses a type that borrows, has no size, or is left to the compiler.
pub(crate) fn check(role: Role, ty: &Type, errors: &mut Errors) {
    let Role { what, peer } = role;
    let ty = peel(ty);
    let owned = |remedy: &str| format!("a {what} is owned, as it is decoded from the wire: {remedy}");
    let named = |written: &str| {
        format!("a {what} has one type, which the {peer} names too; write it instead of `{written}`")
    };
    if let Some(owned_ty) = owned_form(ty) {
        errors.at(ty, owned(&format!("write `{owned_ty}`")));
    } else if let Type::ImplTrait(_) | Type::TraitObject(_) = referent(ty) {
        errors.at(ty, named(&text(ty)));
    } else if let Some((at, unfit)) = first_unfit(&ty.to_token_stream()) {
        let message = match unfit {
            Unfit::Borrows => owned("use a type without a lifetime"),
            Unfit::Unnamed(written) => named(written),
        };
        errors.push(syn::Error::new(at, message));
    }
}

/// The owned form of a type that is a borrow or has no size, where that form is fit to travel.
fn owned_form(ty: &Type) -> Option<String> {
    let owned = match ty {
        Type::Reference(reference) => {
            let elem = peel(&reference.elem);
            return owned_form(elem).or_else(|| is_fit(elem).then(|| text(elem)));
        }
        Type::Slice(slice) => {
            let elem = peel(&slice.elem);
            let owned = owned_form(elem).or_else(|| is_fit(elem).then(|| text(elem)))?;
            format!("Vec<{owned}>")
        }
        Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        _ => return None,
    };
    Some(owned)
}

fn is_fit(ty: &Type) -> bool {
    !matches!(ty, Type::ImplTrait(_) | Type::TraitObject(_)) && first_unfit(&ty.to_token_stream()).is_none()
}

/// What keeps a type from travelling.
#[derive(Clone, Copy)]
enum Unfit {
    /// `&` or a lifetime; `'static` does not borrow.
    Borrows,
    /// `_` or `impl`.
    Unnamed(&'static str),
}

/// The first thing between the tokens of a type that keeps it from travelling.
fn first_unfit(tokens: &TokenStream) -> Option<(Span, Unfit)> {
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

/// The first `&` in a type whose lifetime is not written, which outside of the arguments of a function is no lifetime that a
/// task can have.
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

/// Whether a type is named in full, so that an expression can name it too.
pub(crate) fn is_named_in_full(ty: &Type) -> bool {
    !matches!(first_unfit(&ty.to_token_stream()), Some((_, Unfit::Unnamed(_))))
}
