//! Reads a method that is an endpoint.

use super::markers::{is_hook, is_listener, refuse_conditional};
use super::method::{self, Place};
use super::{carried, inputs, options, response};
use crate::attr::args::of_marker;
use crate::attr::grammar::Attribute;
use crate::errors::Errors;
use crate::model::endpoint::{Endpoint, Shape};
use crate::names;
use crate::syntax::member::Member;

/// Reads a method; `None` if it is no endpoint or too little of it can be read.
pub(super) fn read(member: &Member, place: Place, errors: &mut Errors) -> Option<Endpoint> {
    let (hooks, markers): (Vec<&syn::Attribute>, _) =
        member.markers.iter().partition(|marker| is_listener(marker));
    let (marker, again) = markers.split_first()?;
    for other in hooks {
        let what = if is_hook(other) { "a hook" } else { "a subscription" };
        errors.at(
            other,
            format_args!("a method cannot be an endpoint and {what}: remove one of the attributes"),
        );
    }
    if refuse_conditional(marker, errors) {
        return None;
    }
    for marker in again {
        errors.at(marker, "this method is marked with `#[endpoint]` already; put all keys into one");
    }
    let function = match &member.function {
        Ok(function) => function,
        Err(error) => {
            errors.push(syn::Error::new(error.span(), format_args!("`#[endpoint]` marks a method: {error}")));
            return None;
        }
    };
    let before = errors.count();
    let args = of_marker(Attribute::Endpoint, marker, errors);
    let ident = &function.signature.ident;
    let name = match args.text("name") {
        Some(name) => names::checked("endpoint", name.clone(), None, errors),
        None => {
            let remedy = "`#[endpoint(name = \"…\")]`";
            names::checked("endpoint", names::literal(ident), Some(remedy), errors)
        }
    };
    method::check(&function.signature, place, errors);
    let inputs = inputs::read(&function.signature, errors);
    let response =
        response::read(&function.signature.output, ident.span(), args.maybe_type("stream"), errors);
    let options = options::read(&args, inputs.as_ref(), errors);
    Some(Endpoint {
        name,
        options,
        method: ident.clone(),
        visibility: function.visibility.clone(),
        carried: carried::read(&member.attributes),
        shape: inputs.zip(response).map(|(inputs, response)| Shape { inputs, response }),
        is_sound: errors.count() == before,
    })
}
