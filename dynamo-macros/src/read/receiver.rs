//! `&self`, as every method that the runtime calls takes it.

use syn::{Receiver, ReceiverKind, Type};

use crate::errors::Errors;
use crate::syntax::types::peel;

/// Checks that the receiver of `what` is `&self`.
pub(super) fn check_shared(receiver: &Receiver, what: &str, errors: &mut Errors) {
    let why = format!("{what} must take `&self`: one component serves many requests at a time");
    match &receiver.kind {
        ReceiverKind::Reference(_, Some(lifetime), None) if lifetime.ident == "static" => {
            errors
                .at(lifetime, format_args!("{what} borrows the component only while it runs: write `&self`"));
        }
        ReceiverKind::Reference(_, _, None) => {}
        ReceiverKind::Reference(_, _, Some(_)) => {
            errors.at(receiver, format_args!("{why}; put what changes behind a `Mutex` or an atomic"));
        }
        ReceiverKind::Typed(_, ty) if is_ref_self(ty) => {}
        _ => errors.at(receiver, format_args!("{why}; write `&self`")),
    }
}

/// Whether a type is `&Self`, a receiver in disguise.
pub(super) fn is_ref_self(ty: &Type) -> bool {
    let Type::Reference(reference) = peel(ty) else { return false };
    let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
    reference.mutability.is_none()
        && !is_static
        && matches!(peel(&reference.elem), Type::Path(path) if path.path.is_ident("Self"))
}
