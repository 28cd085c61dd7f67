//! Reads `#[endpoints]` on an `impl` block.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Path, Type};

use super::component::client_of;
use super::item::Read;
use super::markers::{hook_kind, is_marker};
use super::method::Place;
use super::repeated::refuse_repeated;
use super::{async_trait, blocks, endpoint, hook, sdk_path, subscription};
use crate::attr::args::Args;
use crate::errors::Errors;
use crate::model::Model;
use crate::model::block::Block;
use crate::model::blocks::Blocks;
use crate::model::sdk_path::SdkPath;
use crate::syntax::attributes::mention_deprecated;
use crate::syntax::impl_block::ImplBlock;
use crate::syntax::types::{peel, text};

/// Reads a block.
pub(super) fn read(args: &Args, item: TokenStream, errors: &mut Errors) -> Read {
    let krate = sdk_path::read(args, errors);
    let mut block = match ImplBlock::parse(item.clone(), is_marker) {
        Ok(block) => block,
        Err(error) => {
            errors.push(not_a_block(&item).unwrap_or(error));
            return Read { item, model: None };
        }
    };
    refuse_repeated(&mut block.attributes, "endpoints", errors);
    async_trait::refuse_async_trait(&mut block.attributes, errors);
    let blocks = blocks::read(args, errors);
    let model = blocks.and_then(|blocks| of_block(krate, blocks, &block, errors));
    Read { item: block.to_token_stream(), model: model.map(|block| Model::Block(Box::new(block))) }
}

fn not_a_block(item: &TokenStream) -> Option<syn::Error> {
    let is_block =
        item.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "impl"));
    let keyword = item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word)
            if ["struct", "enum", "union", "trait", "fn", "mod"].iter().any(|k| word == k) =>
        {
            Some(word)
        }
        _ => None,
    })?;
    let remedy = match &*keyword.to_string() {
        "struct" | "enum" | "union" => {
            "`#[endpoints]` goes on the `impl` block with the endpoints; the type carries \
             `#[component(namespace = \"…\")]`"
        }
        "fn" if is_block => return None,
        "fn" => "`#[endpoints]` goes on an `impl` block; one endpoint in it is marked with `#[endpoint]`",
        "trait" => {
            "`#[endpoints]` goes on the `impl` block of a component; a trait with endpoints carries \
             `#[component(namespace = \"…\")]` alone"
        }
        _ => "`#[endpoints]` goes on the `impl` block of a component",
    };
    Some(syn::Error::new(keyword.span(), remedy))
}

fn of_block(krate: SdkPath, blocks: Blocks, block: &ImplBlock, errors: &mut Errors) -> Option<Block> {
    let head = &block.head;
    if let Some((path, _)) = &head.trait_ {
        let ty = text(&head.self_ty);
        errors.at(
            path,
            format_args!(
                "`#[endpoints]` goes on a block of the type's own methods, `impl {ty} {{ … }}`, \
                 not on a trait's"
            ),
        );
        return None;
    }
    let component = peel(&head.self_ty);
    let Some((client, at)) = client_path(component) else {
        errors.at(
            &head.self_ty,
            "`#[endpoints]` goes on the `impl` block of a `struct` or an `enum` of this crate",
        );
        return None;
    };
    if let Some(lifetime) =
        head.generics.lifetimes().next().map(|param| &param.lifetime).or(borrowed(component))
    {
        errors.at(
            lifetime,
            "a component cannot have lifetime parameters: its tasks outlive every borrow; make it own its \
             data",
        );
        return None;
    }
    let members = &block.members;
    let endpoints =
        members.iter().filter_map(|member| endpoint::read(member, Place::Block, errors)).collect();
    let hooks = hook::read(members, errors);
    let subscriptions = subscription::read(members, errors);
    let mut markers = members.iter().flat_map(|member| &member.markers);
    if !blocks.lists_any() && !markers.any(|marker| hook_kind(marker.path()).is_none()) {
        errors.push(syn::Error::new(
            at,
            "this block has no endpoint: mark at least one of its methods with `#[endpoint]`",
        ));
    }
    Some(Block {
        krate,
        component: component.clone(),
        at,
        generics: head.generics.clone(),
        client,
        endpoints,
        blocks,
        hooks,
        subscriptions,
        deprecated: mention_deprecated(&block.attributes)
            || members.iter().any(|member| mention_deprecated(&member.attributes)),
    })
}

/// The path of the client, beside that of the type, and the span of the type's name.
fn client_path(component: &Type) -> Option<(Path, Span)> {
    let Type::Path(component) = component else { return None };
    if component.qself.is_some() {
        return None;
    }
    let mut client = component.path.clone();
    let last = client.segments.last_mut()?;
    let at = last.ident.span();
    last.ident = client_of(&last.ident);
    last.arguments = syn::PathArguments::None;
    Some((client, at))
}

/// A lifetime among the arguments of the type.
fn borrowed(component: &Type) -> Option<&syn::Lifetime> {
    let Type::Path(path) = component else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Lifetime(lifetime) if lifetime.ident != "static" => Some(lifetime),
        _ => None,
    })
}
