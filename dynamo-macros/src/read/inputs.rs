//! Reads the arguments of an endpoint.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, Pat, PatType, Signature, Type};

use super::method::FORMS;
use super::receiver::is_ref_self;
use super::wire_types;
use crate::errors::Errors;
use crate::model::endpoint::{Inputs, Request};
use crate::syntax::types::{is_bound, is_named, is_plain, last_segment, peel, referent, text};

/// The type of a stream of requests.
const STREAM: &str = "RequestStream";

/// Reads the arguments behind `&self`; `None` if the client cannot have a method with them.
pub(super) fn read(signature: &Signature, errors: &mut Errors) -> Option<Inputs> {
    for input in &signature.inputs {
        if let FnArg::Typed(PatType { attrs, .. }) = input
            && let Some(cfg) = attrs.iter().find(|attribute| attribute.path().is_ident("cfg"))
        {
            errors.at(
                cfg,
                "the arguments of an endpoint cannot be conditional: write two methods, each with a `#[cfg]`",
            );
            return None;
        }
    }
    let without_receiver = signature.receiver().is_none();
    let given: Vec<&PatType> = signature
        .inputs
        .iter()
        .filter_map(|input| if let FnArg::Typed(argument) = input { Some(argument) } else { None })
        // Reported as a missing receiver.
        .skip_while(|argument| without_receiver && is_ref_self(&argument.ty))
        .collect();
    let (context, request) = match given[..] {
        [] => return Some(Inputs { context: false, request: None }),
        [request] => (None, request),
        [context, request] => (Some(context), request),
        [_, _, extra, ..] => {
            errors.at(
                extra,
                format_args!("an endpoint takes {FORMS}: put several values into one request `struct`"),
            );
            return None;
        }
    };
    let before = errors.count();
    if let Some(context) = context
        && is_named(referent(&request.ty), "Context")
        && !is_named(referent(&context.ty), "Context")
    {
        let ty = text(&context.ty);
        errors.at(request, format_args!("the context comes first: `(&self, cx: Context, request: {ty})`"));
        return None;
    }
    if let Some(context) = context {
        check_context(&context.ty, errors);
    }
    let item = request_item(&request.ty, errors);
    (errors.count() == before).then(|| Inputs {
        context: context.is_some(),
        request: Some(Request { name: argument_name(&request.pat), ty: (*request.ty).clone(), item }),
    })
}

/// Checks the argument before the request.
fn check_context(ty: &Type, errors: &mut Errors) {
    if is_named(ty, STREAM) {
        errors.at(
            ty,
            "a stream of requests cannot have a request beside it: take `(&self, cx: Context, requests: \
             RequestStream<T>)`, \
             and send the other value as the first item",
        );
    } else if let Type::Reference(borrowed) = peel(ty)
        && is_named(&borrowed.elem, "Context")
    {
        errors.at(ty, "a handler takes its context by value: write `cx: Context`");
    } else if is_plain(ty) {
        errors.at(
            ty,
            "the argument before the request must be the `Context` of the call: put several values into \
             one request `struct`",
        );
    }
}

/// Checks the type of a request and returns its item, if it is a stream.
pub(super) fn request_item(ty: &Type, errors: &mut Errors) -> Option<Type> {
    let item = match last_segment(ty) {
        Some((name, arguments)) if name == STREAM => {
            let [item] = arguments[..] else {
                errors.at(ty, "missing item type of the request stream: write `RequestStream<T>`");
                return None;
            };
            Some(item)
        }
        _ => None,
    };
    let one = item.unwrap_or(ty);
    if let Type::ImplTrait(of) = peel(one)
        && item.is_none()
        && of.bounds.iter().any(|bound| is_bound(bound, "Stream"))
    {
        errors
            .at(one, "a stream of requests must be a `RequestStream<T>`: write it instead of `impl Stream`");
    } else if let Some((name, [payload])) =
        last_segment(one).as_ref().map(|(name, arguments)| (*name, &arguments[..]))
        && (name == "SingleIn" || name == "ManyIn")
    {
        let payload = text(payload);
        let remedy = if name == "ManyIn" { format!("RequestStream<{payload}>") } else { payload };
        errors.at(
            one,
            format_args!(
                "an endpoint takes the bare request, optionally after a `Context`: write `{remedy}`"
            ),
        );
    } else if is_named(one, "ResponseStream") || (item.is_some() && is_named(one, STREAM)) {
        errors.at(one, "a request must be a value or a stream of values: write `T` or `RequestStream<T>`");
    } else if item.is_some()
        && let Some((name, arguments)) = last_segment(one)
        && name == "Result"
        && arguments.get(1).is_some_and(|error| is_named(error, "CallError"))
    {
        errors.at(
            one,
            "`RequestStream<T>` already yields `Result<T, CallError>`: write the type of one request",
        );
    } else {
        wire_types::check(wire_types::REQUEST, one, errors);
    }
    item.cloned()
}

/// The user's name of the request, without the underscore of an unused argument.
fn argument_name(pattern: &Pat) -> Ident {
    if let Pat::Ident(pattern) = pattern {
        let name = pattern.ident.unraw().to_string();
        let trimmed = name.trim_start_matches('_');
        if trimmed.len() == name.len() {
            return pattern.ident.clone();
        }
        if let Ok(mut ident) = syn::parse_str::<Ident>(trimmed) {
            ident.set_span(pattern.ident.span());
            return ident;
        }
    }
    Ident::new("request", Span::mixed_site().located_at(pattern.span()))
}
