//! Reads the return type of an endpoint: one response or a stream, and where an error may come from.

use proc_macro2::Span;
use syn::{GenericArgument, Path, PathArguments, ReturnType, Type, TypeParamBound, parse_quote_spanned};

use super::wire_types;
use crate::errors::Errors;
use crate::model::response::{Item, Response, Stream};
use crate::syntax::types::{is_bound, is_named, last_segment, peel, text};

/// Reads a return type. `stream` is the option of that name: whether it is there, and the item type if given.
pub(super) fn read(
    output: &ReturnType,
    at: Span,
    stream: Option<Option<&Type>>,
    errors: &mut Errors,
) -> Option<Response> {
    let before = errors.count();
    let response = match output {
        ReturnType::Default if stream.is_some() => {
            let message =
                "the endpoint is declared as a stream and returns nothing: write `-> impl Stream<Item = T>`";
            errors.push(syn::Error::new(at, message));
            return None;
        }
        ReturnType::Default => Response::Value(parse_quote_spanned!(at=> ())),
        ReturnType::Type(_, ty) => read_type(ty, stream, errors)?,
    };
    match &response {
        Response::Value(ty) | Response::Fallible(ty, _) => check_response(ty, errors),
        Response::Stream(stream) => match &stream.item {
            Item::Plain(ty) | Item::Fallible(ty, _) => check_response(ty, errors),
            Item::Of(_) => {}
        },
    }
    (errors.count() == before).then_some(response)
}

fn read_type(ty: &Type, stream: Option<Option<&Type>>, errors: &mut Errors) -> Option<Response> {
    let result = result(ty);
    let inner = result.as_ref().map_or(ty, |(ok, _)| ok);
    let shown = shown_item(inner, errors)?;
    if let Type::TraitObject(_) = peel(inner) {
        let stream = text(inner).replacen("dyn", "impl", 1);
        errors.at(inner, format_args!("a stream cannot be unsized: write `{stream}` or `BoxStream<'_, T>`"));
        return None;
    }
    let item = match (stream, shown) {
        (Some(Some(said)), _) => Some(item(said)),
        (_, Some(shown)) => Some(shown),
        (Some(None), None) => Some(Item::Of(inner.clone())),
        (None, None) => None,
    };
    Some(match (item, result) {
        (Some(item), result) => {
            let opening_error = result.map(|(_, error)| error);
            Response::Stream(Box::new(Stream { item, opening_error }))
        }
        (None, Some((ok, error))) => Response::Fallible(ok, error),
        (None, None) => Response::Value(ty.clone()),
    })
}

/// The item of a type that shows that it is a stream: `Some(None)` if it is not one, `None` if it is refused.
fn shown_item(ty: &Type, errors: &mut Errors) -> Option<Option<Item>> {
    let ty = peel(ty);
    if let Type::ImplTrait(_) | Type::TraitObject(_) = ty {
        return item_of_bounds(ty, errors).map(Some);
    }
    let Some((name, arguments)) = last_segment(ty) else { return Some(None) };
    Some(match (&*name.to_string(), &arguments[..]) {
        ("ResponseStream" | "ManyOut", [item]) => Some(Item::Fallible((*item).clone(), unsaid(name.span()))),
        ("BoxStream", [ty]) => Some(item(ty)),
        ("Pin", [boxed]) => match last_segment(boxed) {
            Some((name, arguments)) if name == "Box" && arguments.len() == 1 => {
                shown_item(arguments[0], errors)?
            }
            _ => None,
        },
        ("Box", [boxed]) if let Type::TraitObject(object) = peel(boxed) => {
            let item = shown_item(boxed, errors)?;
            if !object.bounds.iter().any(|bound| is_bound(bound, "Unpin")) {
                errors.at(ty, "a boxed stream must be pinned: write `BoxStream<'_, T>`");
                return None;
            }
            item
        }
        _ => None,
    })
}

fn item_of_bounds(ty: &Type, errors: &mut Errors) -> Option<Item> {
    let (Type::ImplTrait(syn::TypeImplTrait { bounds, .. })
    | Type::TraitObject(syn::TypeTraitObject { bounds, .. })) = ty
    else {
        return None;
    };
    let named = |wanted: &str| {
        bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(of) if is_bound(bound, wanted) => Some(&of.path),
            _ => None,
        })
    };
    let Some(stream) = named("Stream") else {
        let remedy = if named("Future").is_some() {
            "write `async fn` and the output of the future"
        } else if named("Iterator").is_some() {
            "for a stream, return `impl Stream<Item = T>` and wrap the iterator in `stream::iter`"
        } else {
            "name the type, or return `impl Stream<Item = T>`"
        };
        errors.at(
            ty,
            format_args!("an endpoint must return `T`, `Result<T, E>` or a stream of them: {remedy}"),
        );
        return None;
    };
    let item = item_argument(stream).map(item);
    if item.is_none() {
        let written = if matches!(ty, Type::ImplTrait(_)) { "impl" } else { "dyn" };
        errors
            .at(stream, format_args!("missing item type of the stream: write `{written} Stream<Item = T>`"));
    }
    item
}

fn item_argument(stream: &Path) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &stream.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == "Item" => Some(&assoc.ty),
        _ => None,
    })
}

fn item(ty: &Type) -> Item {
    result(ty).map_or_else(|| Item::Plain(ty.clone()), |(ok, error)| Item::Fallible(ok, error))
}

/// The types of a `Result`. With one argument it is an alias such as `io::Result<T>`, whose error rustc
/// finds.
fn result(ty: &Type) -> Option<(Type, Box<Type>)> {
    match last_segment(ty) {
        Some((name, arguments)) if name == "Result" => match arguments[..] {
            [ok] => Some((ok.clone(), unsaid(name.span()))),
            [ok, error] => Some((ok.clone(), Box::new(error.clone()))),
            _ => None,
        },
        _ => None,
    }
}

/// The type of an error that the signature does not show; rustc reports it at `at`.
fn unsaid(at: Span) -> Box<Type> {
    Box::new(parse_quote_spanned!(at=> _))
}

fn check_response(ty: &Type, errors: &mut Errors) {
    if let Type::Never(_) = peel(ty) {
        errors.at(
            ty,
            "an endpoint cannot return `!`, as every call terminates: write the type of its response",
        );
    } else if is_named(ty, "RequestStream") {
        errors.at(ty, "a stream of responses must be `impl Stream<Item = T>` or `ResponseStream<T>`");
    } else {
        wire_types::check(wire_types::RESPONSE, ty, errors);
    }
}
