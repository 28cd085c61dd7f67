//! The rules that need more than one signature to be seen.

use std::collections::HashMap;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

use crate::errors::Errors;
use crate::read::endpoints::{Endpoint, Endpoints};
use crate::syntax::attributes;

/// What `#[component]` already defines on the client.
const RESERVED: &[&str] = &["connect", "local", "from_engine"];

/// Checks a whole block; `marked` says whether any of its methods was meant to be an endpoint.
pub(crate) fn block(endpoints: &mut Endpoints, marked: bool, errors: &mut Errors) {
    if !marked {
        errors.push(syn::Error::new(
            endpoints.at,
            "this block has no endpoint: mark at least one of its methods with `#[endpoint]`",
        ));
    }
    let client =
        endpoints.client.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    reserved_methods(&client, &mut endpoints.list, errors);
    duplicate_names(&mut endpoints.list, errors);
    wire_types(endpoints, errors);
}

/// Methods of the client that the macro itself writes.
pub(crate) fn reserved_methods(client: &str, list: &mut [Endpoint], errors: &mut Errors) {
    for endpoint in list {
        if RESERVED.iter().any(|reserved| endpoint.method == reserved) {
            let name = &endpoint.method;
            errors.at(
                name,
                format_args!(
                    "`{client}::{name}` makes the client; rename the method and keep the endpoint's name with \
                     `#[endpoint(name = \"{name}\")]`"
                ),
            );
            endpoint.sound = false;
            endpoint.shape = None;
        }
    }
}

/// Two endpoints of one name are an error unless different `#[cfg]`s may exclude each other.
pub(crate) fn duplicate_names(list: &mut [Endpoint], errors: &mut Errors) {
    let mut seen: HashMap<String, Vec<(String, Ident)>> = HashMap::new();
    for endpoint in list.iter_mut().filter(|endpoint| endpoint.sound) {
        let cfg = attributes::copied(&endpoint.attributes, &["cfg"]).to_string();
        let earlier = seen.entry(endpoint.name.value()).or_default();
        let clash = earlier.iter().find(|(other, _)| other.is_empty() || cfg.is_empty() || *other == cfg);
        if let Some((_, first)) = clash {
            errors.at(
                &endpoint.name,
                format_args!(
                    "the endpoint `{}` exists already: it is the method `{first}`",
                    endpoint.name.value()
                ),
            );
            endpoint.sound = false;
            if endpoint.method == *first {
                // rustc says that the method exists twice; it need not say so of the client too.
                endpoint.shape = None;
            }
        } else {
            earlier.push((cfg, endpoint.method.clone()));
        }
    }
}

/// The client is not generic and is another type, so what travels may name neither the parameters nor `Self`.
fn wire_types(endpoints: &mut Endpoints, errors: &mut Errors) {
    let params: Vec<&Ident> = endpoints
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            syn::GenericParam::Type(param) => Some(&param.ident),
            syn::GenericParam::Const(param) => Some(&param.ident),
            syn::GenericParam::Lifetime(_) => None,
        })
        .collect();
    let component = crate::read::inputs::text(&endpoints.component);
    for endpoint in &mut endpoints.list {
        let Some(shape) = &endpoint.shape else { continue };
        let mut tokens =
            shape.inputs.request.as_ref().map(|request| request.ty.to_token_stream()).unwrap_or_default();
        tokens.extend(shape.response.client_tokens());
        let Some((name, at)) = first_of(&tokens, &params) else { continue };
        let message = if name == "Self" {
            format!("the client uses this type too, where `Self` is another one: write `{component}`")
        } else {
            format!(
                "`{name}` is a parameter of the component, and the client has none: what travels has one type"
            )
        };
        errors.push(syn::Error::new(at, message));
        endpoint.sound = false;
        endpoint.shape = None;
    }
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
            // Behind `::` it is a name in another place.
            TokenTree::Ident(name) if colons < 2 && (name == "Self" || params.contains(&&name)) => {
                return Some((name.to_string(), name.span()));
            }
            _ => {}
        }
        colons = 0;
    }
    None
}
