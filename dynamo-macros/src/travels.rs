//! Which types can travel, as far as their text tells: what the client names too, and what bytes are decoded into.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

use crate::errors::Errors;
use crate::signature::{peel, text};

/// Refuses a type of a `what`, which travels, if it borrows, has no size, or is left to the compiler.
pub(crate) fn check(what: &str, ty: &Type, errors: &mut Errors) {
    let ty = peel(ty);
    if let Some(owned) = owned(ty) {
        errors.at(ty, format_args!("a {what} is owned, as it is decoded from the wire: write `{owned}`"));
    } else if let Type::ImplTrait(_) | Type::TraitObject(_) = ty {
        let ty_text = text(ty);
        errors.at(
            ty,
            format_args!(
                "a {what} has one type, which the caller names too; write it instead of `{ty_text}`"
            ),
        );
    } else if let Some((at, why)) = first_fault(&ty.to_token_stream()) {
        let message = match why {
            Fault::Borrows => {
                format!("a {what} is owned, as it is decoded from the wire: use a type without a lifetime")
            }
            Fault::Unnamed(written) => {
                format!("a {what} has one type, which the caller names too; write it instead of `{written}`")
            }
        };
        errors.push(syn::Error::new(at, message));
    }
}

/// The owned form of a type that is a borrow or has no size.
fn owned(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(reference) => {
            let elem = peel(&reference.elem);
            Some(owned(elem).unwrap_or_else(|| text(elem)))
        }
        Type::Slice(slice) => Some(format!("Vec<{}>", text(&slice.elem))),
        Type::Path(path) if path.path.is_ident("str") => Some("String".to_owned()),
        _ => None,
    }
}

/// The first borrow inside a type that is none itself.
pub(crate) fn first_borrow(ty: &Type) -> Option<Span> {
    if let Type::Reference(_) = peel(ty) {
        return None;
    }
    first_fault(&ty.to_token_stream()).and_then(|(at, fault)| matches!(fault, Fault::Borrows).then_some(at))
}

enum Fault {
    /// `&` or a lifetime; `'static` does not borrow.
    Borrows,
    /// `_` or `impl`.
    Unnamed(&'static str),
}

/// The first thing between the tokens of a type that keeps it from travelling.
fn first_fault(tokens: &TokenStream) -> Option<(Span, Fault)> {
    let mut quote = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Group(group) => {
                if let Some(found) = first_fault(&group.stream()) {
                    return Some(found);
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                quote = true;
                continue;
            }
            TokenTree::Punct(punct) if punct.as_char() == '&' => return Some((punct.span(), Fault::Borrows)),
            TokenTree::Ident(name) if quote && name != "static" => {
                return Some((name.span(), Fault::Borrows));
            }
            TokenTree::Ident(name) if name == "_" => return Some((name.span(), Fault::Unnamed("_"))),
            TokenTree::Ident(name) if name == "impl" => {
                return Some((name.span(), Fault::Unnamed("impl …")));
            }
            _ => {}
        }
        quote = false;
    }
    None
}
