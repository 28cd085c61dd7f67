//! Reads how the client of a contract produces the declared return type.

use proc_macro2::Span;
use syn::{ReturnType, Signature, Type, parse_quote_spanned};

use crate::errors::Errors;
use crate::model::contract::Answer;
use crate::model::response::{Item, Response};
use crate::syntax::types::{is_bound, last_segment, peel, text};

const RETURNS: &str = "`Result<T, E>`, `Result<ResponseStream<T>, E>`, `impl Stream<Item = Result<T, E>>` or \
                       `Result<impl Stream<Item = Result<T, E>>, E>`";

/// Reads a return type; `None` if the client cannot produce it.
pub(super) fn read(response: &Response, signature: &Signature, errors: &mut Errors) -> Option<Answer> {
    let output = match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(&**ty),
    };
    match response {
        Response::Value(_) => {
            let remedy = format!(
                "remote calls can fail: return `Result<{}, CallError>`",
                output.map_or_else(|| "()".to_owned(), text)
            );
            match output {
                Some(ty) => errors.at(ty, remedy),
                None => errors.at(&signature.ident, remedy),
            }
            None
        }
        Response::Fallible(_, error) => Some(Answer::Called { error: error.clone() }),
        Response::Stream(stream) => {
            let shown = output.map(|ty| opened(ty).unwrap_or(ty)).map(peel);
            let is_response_stream = shown.and_then(last_segment).is_some_and(|(name, arguments)| {
                (name == "ResponseStream" || name == "ManyOut") && arguments.len() == 1
            });
            let is_impl = matches!(shown, Some(Type::ImplTrait(_)));
            match (&stream.item, &stream.opening_error) {
                (Item::Fallible(..), Some(error)) if is_response_stream => {
                    Some(Answer::Called { error: error.clone() })
                }
                (Item::Fallible(item, error), None) if is_impl => {
                    Some(Answer::Streamed { item: item.clone(), error: error.clone() })
                }
                (Item::Fallible(item, error), Some(opening_error)) if is_impl => Some(Answer::Opened {
                    item: item.clone(),
                    error: error.clone(),
                    opening_error: opening_error.clone(),
                }),
                _ => {
                    let remedy = format!("an endpoint of a contract must return {RETURNS}");
                    match output {
                        Some(ty) => errors.at(ty, remedy),
                        None => errors.at(&signature.ident, remedy),
                    }
                    None
                }
            }
        }
    }
}

/// What a `Result` holds.
fn opened(ty: &Type) -> Option<&Type> {
    let (name, arguments) = last_segment(ty)?;
    (name == "Result").then(|| arguments.first().copied()).flatten()
}

/// Makes every `impl Stream` of a return type `Send`, since a server drives it on any thread.
pub(super) fn make_streams_send(output: &mut ReturnType) {
    if let ReturnType::Type(_, ty) = output {
        make_send(ty);
    }
}

fn make_send(ty: &mut Type) {
    match ty {
        Type::Group(group) => make_send(&mut group.elem),
        Type::Paren(paren) => make_send(&mut paren.elem),
        Type::ImplTrait(stream) if !stream.bounds.iter().any(|bound| is_bound(bound, "Send")) => {
            let at = Span::mixed_site().located_at(stream.impl_token.span);
            stream.bounds.push(parse_quote_spanned!(at=> ::core::marker::Send));
        }
        Type::Path(path) => {
            let Some(result) = path.path.segments.last_mut().filter(|last| last.ident == "Result") else {
                return;
            };
            let syn::PathArguments::AngleBracketed(arguments) = &mut result.arguments else { return };
            if let Some(syn::GenericArgument::Type(ok)) = arguments.args.first_mut() {
                make_send(ok);
            }
        }
        _ => {}
    }
}
