//! Reads `#[component]` on a trait.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::Generics;
use syn::ext::IdentExt;

use super::component::{Head, named};
use super::item::Read;
use super::markers::is_marker;
use super::method::Place;
use super::repeated::refuse_repeated;
use super::{answer, async_trait, endpoint, sdk_path, subscription};
use crate::attr::args::Args;
use crate::errors::Errors;
use crate::model::Model;
use crate::model::contract::{Contract, Item, Method};
use crate::model::endpoint::Endpoint;
use crate::model::sdk_path::SdkPath;
use crate::syntax::attributes::mention_deprecated;
use crate::syntax::member::{Function, Member};
use crate::syntax::tokens::is_braces;
use crate::syntax::trait_block::TraitBlock;

/// Reads a trait, which the code of its model contains.
pub(super) fn read(args: &Args, item: TokenStream, errors: &mut Errors) -> Read {
    let krate = sdk_path::read(args, errors);
    let mut block = match TraitBlock::parse(item.clone(), is_marker) {
        Ok(block) => block,
        Err(error) => {
            errors.push(error);
            return Read { item, model: None };
        }
    };
    refuse_repeated(&mut block.head.attrs, "component", errors);
    let before = errors.count();
    async_trait::refuse_async_trait(&mut block.head.attrs, errors);
    let methods = block.members.iter().filter_map(|member| member.function.as_ref().ok());
    async_trait::refuse_expanded(methods.map(|function| &function.signature), errors);
    check_head(&block.head, errors);
    if errors.count() > before {
        return Read { item: block.to_token_stream(), model: None };
    }
    let contract = of_trait(args, krate, block, errors);
    Read { item: TokenStream::new(), model: Some(Model::Contract(Box::new(contract))) }
}

fn of_trait(args: &Args, krate: SdkPath, block: TraitBlock, errors: &mut Errors) -> Contract {
    let TraitBlock { head, inner_attributes, members } = block;
    let named_by = Head {
        attributes: head.attrs.clone(),
        visibility: head.vis.clone(),
        ident: head.ident.clone(),
        generics: Generics::default(),
    };
    let mut component = named(args, krate, named_by, errors);
    component.deprecated |= members.iter().any(|member| mention_deprecated(&member.attributes));
    let before = errors.count();
    if members.iter().all(|member| member.markers.is_empty()) {
        errors.at(
            &head.ident,
            "this trait has no endpoint: mark at least one of its methods with `#[endpoint]`",
        );
    }
    let (mut endpoints, mut methods) = (Vec::new(), Vec::new());
    let mut items = vec![Item::Written(inner_attributes)];
    for member in members {
        let Member { attributes, tokens, .. } = &member;
        let attributes = quote!(#(#attributes)*);
        let mut item = Item::Written(quote!(#attributes #tokens));
        subscription::not_in_a_contract(&member, errors);
        if member.markers.is_empty() {
            check_other(&member, errors);
        } else if let Some(endpoint) = endpoint::read(&member, Place::Contract, errors)
            && let Ok(function) = &member.function
        {
            refuse_pipeline(&endpoint, errors);
            let (endpoint, method) = read_method(endpoint, function, errors);
            if method.signature.asyncness.is_some() {
                item = Item::Declared { attributes, endpoint: endpoints.len(), end: function.body.clone() };
            }
            endpoints.push(endpoint);
            methods.push(method);
        }
        items.push(item);
    }
    let server = format_ident!("{}Server", head.ident.unraw(), span = head.ident.span());
    Contract { component, server, endpoints, methods, head, items, is_sound: errors.count() == before }
}

/// A contract declares what travels; operators belong to the server.
fn refuse_pipeline(endpoint: &Endpoint, errors: &mut Errors) {
    if let Some(operator) = endpoint.options.pipeline.as_ref().and_then(|pipeline| pipeline.operators.first())
    {
        errors.at(
            operator,
            "a contract cannot have a pipeline: link the operators in the implementation, with \
             `Source::open()`",
        );
    }
}

fn check_head(head: &syn::ItemTrait, errors: &mut Errors) {
    if let Some(token) = &head.unsafety {
        errors.at(
            token,
            "a contract cannot be `unsafe`: remote callers cannot uphold a safety contract; remove `unsafe`",
        );
    }
    if let Some(param) = head.generics.params.first() {
        errors.at(
            param,
            "a contract cannot be generic: its wire types are fixed; name the type, or use an `enum`",
        );
    }
}

/// Checks what is not an endpoint: it needs a default, since the client implements the trait too.
fn check_other(member: &Member, errors: &mut Errors) {
    match &member.function {
        Ok(function) if is_braces(&function.body) => {}
        Ok(function) => {
            let name = &function.signature.ident;
            errors.at(
                name,
                format_args!(
                    "a client cannot implement `{name}`: mark it with `#[endpoint]`, or give it a default \
                     body"
                ),
            );
        }
        Err(_) => match syn::parse2(member.tokens.clone()) {
            Ok(syn::TraitItem::Type(item)) => errors.at(
                &item.ident,
                "a contract cannot have associated types: its wire types are fixed; name the type in the \
                 methods",
            ),
            Ok(syn::TraitItem::Const(item)) if item.default.is_none() => errors.at(
                &item.ident,
                "a client cannot implement this constant: give it a value here, or replace it by an endpoint",
            ),
            // A constant with a value, a macro, or half-typed code: left to rustc.
            _ => {}
        },
    }
}

/// Reads how an endpoint is declared, and what only a contract forbids.
fn read_method(mut endpoint: Endpoint, function: &Function, errors: &mut Errors) -> (Endpoint, Method) {
    let before = errors.count();
    let mut signature = function.signature.clone();
    if is_braces(&function.body) {
        errors.at(
            &signature.ident,
            "an endpoint of a contract cannot have a default body: end it with `;`, or remove \
             `#[endpoint]`",
        );
    }
    let shape = endpoint.shape.as_ref();
    let answer = shape.and_then(|shape| answer::read(&shape.response, &signature, errors));
    answer::make_streams_send(&mut signature.output);
    if errors.count() > before {
        endpoint.is_sound = false;
    }
    (endpoint, Method { signature, answer })
}
