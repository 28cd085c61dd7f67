//! What travels has one type: it names neither `Self` nor a parameter of the component, which the client does
//! not have.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::GenericParam;

use crate::errors::Errors;
use crate::model::block::Block;
use crate::model::contract::Contract;
use crate::model::endpoint::Shape;
use crate::model::omitted::Omitted;
use crate::syntax::tokens::first_of;
use crate::syntax::types::text;

pub(super) fn of_block(block: &Block, omitted: &mut Omitted, errors: &mut Errors) {
    let parameters: Vec<&Ident> = block
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            GenericParam::Const(parameter) => Some(&parameter.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    let component = text(&block.component);
    for (at, endpoint) in block.endpoints.iter().enumerate() {
        let Some(shape) = endpoint.shape.as_ref().filter(|_| !omitted.client_methods.contains(&at)) else {
            continue;
        };
        let Some((name, span)) = foreign_name(shape, &parameters) else { continue };
        let message = if name == "Self" {
            format!("`Self` is another type on the client, which uses this type too: write `{component}`")
        } else {
            format!(
                "`{name}` is a parameter of the component, which the client does not have: use a concrete \
                 type"
            )
        };
        errors.push(syn::Error::new(span, message));
        omitted.mounts.push(at);
        omitted.client_methods.push(at);
    }
}

pub(super) fn of_contract(contract: &Contract, omitted: &mut Omitted, errors: &mut Errors) {
    for (at, endpoint) in contract.endpoints.iter().enumerate() {
        let Some(shape) = &endpoint.shape else { continue };
        if let Some((_, span)) = foreign_name(shape, &[]) {
            let message = "`Self` differs between implementations, but wire types are fixed: name the type";
            errors.push(syn::Error::new(span, message));
            omitted.mounts.push(at);
        }
    }
}

/// The first use of `Self` or of a parameter in what an endpoint takes and returns.
fn foreign_name(shape: &Shape, parameters: &[&Ident]) -> Option<(String, Span)> {
    let mut tokens =
        shape.inputs.request.as_ref().map(|request| request.ty.to_token_stream()).unwrap_or_default();
    shape.response.wire_type().to_tokens(&mut tokens);
    first_of(&tokens, parameters)
}
