//! The declaration of an endpoint up to its arguments.

use syn::{FnArg, GenericParam, ReturnType, Safety, Signature, Type};

use super::receiver::check_shared;
use crate::errors::Errors;
use crate::syntax::types::{is_bound, peel};

/// Where an endpoint is declared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The block of a component.
    Block,
    /// A trait that is a contract.
    Contract,
}

/// The arguments that an endpoint may take.
pub(super) const FORMS: &str = "`(&self)`, `(&self, request: T)` or `(&self, cx: Context, request: T)`";

/// Checks everything up to the receiver.
pub(super) fn check(signature: &Signature, place: Place, errors: &mut Errors) {
    let name = &signature.ident;
    if signature.asyncness.is_none() && !returns_future(signature) {
        errors.at(signature.fn_token, format_args!("an endpoint must be async: write `async fn {name}`"));
    }
    if let Some(token) = &signature.constness {
        errors.at(token, "an endpoint cannot be a `const fn`: it runs when it is called; remove `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(
            token,
            "an endpoint cannot be `unsafe`: remote callers cannot uphold a safety contract; remove `unsafe`",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.at(
            abi,
            "an endpoint cannot have an `extern` ABI: it is called through the SDK; remove `extern`",
        );
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, format_args!("an endpoint cannot be variadic: take {FORMS}"));
    }
    check_generics(signature, place, errors);
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => check_shared(receiver, "an endpoint", errors),
        _ => errors.at(
            name,
            format_args!(
                "an endpoint must take `&self`: write `async fn {name}(&self, …)`, or remove `#[endpoint]`"
            ),
        ),
    }
}

/// Whether a function returns `impl Future`. The return type reports that it is not `async`.
fn returns_future(signature: &Signature) -> bool {
    matches!(&signature.output, ReturnType::Type(_, ty) if matches!(peel(ty), Type::ImplTrait(of)
        if of.bounds.iter().any(|bound| is_bound(bound, "Future"))))
}

fn check_generics(signature: &Signature, place: Place, errors: &mut Errors) {
    let remedy = match place {
        Place::Block => "name the type, use an `enum`, or make the component generic",
        Place::Contract => "name the type, or use an `enum`",
    };
    for param in &signature.generics.params {
        match param {
            GenericParam::Lifetime(lifetime) => errors.at(
                lifetime,
                "an endpoint cannot have lifetime parameters: requests and responses are owned; remove \
                 the parameter",
            ),
            GenericParam::Type(_) | GenericParam::Const(_) => errors
                .at(param, format_args!("an endpoint cannot be generic: its wire types are fixed; {remedy}")),
        }
    }
}
