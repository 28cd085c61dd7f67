//! Which types can travel, as far as their tokens tell: owned, and named in full.

use quote::ToTokens;
use syn::Type;

use crate::errors::Errors;
use crate::syntax::tokens::{Unfit, first_unfit};
use crate::syntax::types::{peel, referent, text};

/// Something that travels, and who is at the other end.
#[derive(Clone, Copy)]
pub(super) struct Role {
    what: &'static str,
    peer: &'static str,
}

pub(super) const REQUEST: Role = Role { what: "request", peer: "caller" };
pub(super) const RESPONSE: Role = Role { what: "response", peer: "caller" };
pub(super) const PAYLOAD: Role = Role { what: "payload", peer: "publisher" };

/// Rejects a type that borrows, is unsized, or is left to the compiler.
pub(super) fn check(role: Role, ty: &Type, errors: &mut Errors) {
    let Role { what, peer } = role;
    let ty = peel(ty);
    let owned =
        |remedy: &str| format!("a {what} must own its data, which is decoded from the wire: {remedy}");
    let named = |written: &str| {
        format!("a {what} needs a concrete type, which the {peer} names too: write it instead of `{written}`")
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

/// The owned form of a borrowed or unsized type, if that can travel.
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
