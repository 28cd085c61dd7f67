//! The statements that mount endpoints.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, parse_quote};

use super::options;
use super::schemas::{self, caller_response, wire_item};
use crate::model::endpoint::{Endpoint, Shape};
use crate::model::omitted::Omitted;
use crate::model::pipeline::Pipeline;
use crate::model::response::{Item, Response};
use crate::model::sdk_path::SdkPath;

/// Where the handler of an endpoint is.
#[derive(Clone, Copy)]
pub(super) enum Handler<'a> {
    /// On the component itself.
    Component,
    /// In this trait, on the implementation that the component holds.
    Implementation(&'a Ident),
}

/// One statement per endpoint that can be mounted.
pub(super) fn statements(
    krate: &SdkPath,
    endpoints: &[Endpoint],
    omitted: &Omitted,
    handler: Handler<'_>,
) -> TokenStream {
    endpoints
        .iter()
        .enumerate()
        .filter(|(at, endpoint)| endpoint.is_sound && !omitted.mounts.contains(at))
        .filter_map(|(_, endpoint)| statement(krate, endpoint, handler))
        .collect()
}

/// The statement that mounts one endpoint, at the name of the method, with the types at the user's: there
/// rustc reports a future that is not `Send` and a type that cannot travel.
fn statement(krate: &SdkPath, endpoint: &Endpoint, handler: Handler<'_>) -> Option<TokenStream> {
    let Endpoint { name, method, carried, .. } = endpoint;
    let Shape { inputs, response } = endpoint.shape.as_ref()?;
    let span = Span::mixed_site().located_at(method.span());
    let cfg = &carried.cfg;
    let list = Ident::new("list", Span::mixed_site());
    let handled = inputs.request.as_ref().map_or_else(|| parse_quote!(()), |request| request.ty.clone());
    let request = endpoint.caller_request().map_or_else(|| parse_quote!(()), |(ty, _)| ty.clone());

    let context = inputs.context.then(|| quote_spanned!(span=> cx,));
    let payload = inputs.request.as_ref().map(|_| quote_spanned!(span=> request));
    let call = match handler {
        Handler::Component => quote_spanned!(span=> Self::#method(this, #context #payload)),
        Handler::Implementation(of) => quote_spanned!(span=> #of::#method(&*this.0, #context #payload)),
    };
    let cx = if inputs.context { quote_spanned!(span=> cx) } else { quote_spanned!(span=> _) };
    let payload = payload.unwrap_or_else(|| quote_spanned!(span=> _));

    let (kind, outcome) = kind(krate, &handled, response, span);
    let (kind, nodes) = match &endpoint.options.pipeline {
        None => (kind, None),
        Some(pipeline) => {
            let links = links(pipeline);
            let kind = piped_kind(krate, endpoint, &handled, &request, span)?;
            (kind, Some(quote_spanned!(span=> , |source| source #links)))
        }
    };
    let mount = quote_spanned! {span=>
        #list.#kind(#name #nodes).handler(|this, #cx, #payload, out| out.#outcome(#call))
    };
    let takes_context = inputs.context.then(|| quote_spanned!(span=> .takes_context()));
    let docs = carried.docs.as_ref().map(|docs| quote_spanned!(span=> .docs(#docs)));
    let schemas = schemas::of_endpoint(krate, endpoint, span);
    let options = options::setters(&endpoint.options, &request, span);
    Some(quote_spanned!(span=> #cfg #mount #takes_context #options #docs #schemas;))
}

/// The operators, as links of a source.
fn links(pipeline: &Pipeline) -> TokenStream {
    pipeline.operators.iter().map(|operator| quote!(.link(#operator))).collect()
}

/// The function that mounts a handler with this response, with all its types, and the one that takes the
/// handler's result.
fn kind(krate: &SdkPath, request: &Type, response: &Response, span: Span) -> (TokenStream, Ident) {
    let infallible = || quote_spanned!(span=> ::core::convert::Infallible);
    let (kind, outcome) = match response {
        Response::Value(ty) => (quote_spanned!(span=> unary::<#request, #ty>), "value"),
        Response::Fallible(ty, error) => {
            (quote_spanned!(span=> try_unary::<#request, #ty, #error>), "result")
        }
        Response::Stream(stream) => {
            let item = wire_item(krate, stream);
            let failure = match &stream.item {
                Item::Plain(_) | Item::Of(_) => None,
                Item::Fallible(_, error) => Some(error.to_token_stream()),
            };
            let outcome = match (&failure, &stream.opening_error) {
                (None, None) => "items",
                (Some(_), None) => "results",
                (None, Some(_)) => "opened",
                (Some(_), Some(_)) => "opened_results",
            };
            let kind = if outcome == "items" {
                quote_spanned!(span=> stream::<#request, #item>)
            } else {
                let failure = failure.unwrap_or_else(infallible);
                let refusal =
                    stream.opening_error.as_ref().map_or_else(infallible, ToTokens::to_token_stream);
                quote_spanned!(span=> try_stream::<#request, #item, #failure, #refusal>)
            };
            (kind, outcome)
        }
    };
    (kind, Ident::new(outcome, span))
}

/// The function that mounts a handler behind operators.
fn piped_kind(
    krate: &SdkPath,
    endpoint: &Endpoint,
    handled: &Type,
    request: &Type,
    span: Span,
) -> Option<TokenStream> {
    let infallible = || quote_spanned!(span=> ::core::convert::Infallible);
    let answered = caller_response(krate, endpoint)?;
    Some(match &endpoint.shape.as_ref()?.response {
        Response::Value(ty) => {
            let error = infallible();
            quote_spanned!(span=> piped_unary::<#request, #answered, #handled, #ty, #error>)
        }
        Response::Fallible(ty, error) => {
            quote_spanned!(span=> piped_unary::<#request, #answered, #handled, #ty, #error>)
        }
        Response::Stream(stream) => {
            let item = wire_item(krate, stream);
            let failure = match &stream.item {
                Item::Plain(_) | Item::Of(_) => infallible(),
                Item::Fallible(_, error) => error.to_token_stream(),
            };
            let refusal = stream.opening_error.as_ref().map_or_else(infallible, ToTokens::to_token_stream);
            quote_spanned!(span=> piped_stream::<#request, #answered, #handled, #item, #failure, #refusal>)
        }
    })
}
