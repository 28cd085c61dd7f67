//! The types that callers see, and their schemas.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, parse_quote};

use crate::model::endpoint::Endpoint;
use crate::model::response::{Item, Response, Stream};
use crate::model::sdk_path::SdkPath;

/// Whether the code creates schemas. The snapshots of expansions have none.
const SCHEMAS: bool = cfg!(all(feature = "schemars", not(test)));

/// The schemas of request and response. Which types have one is decided here, where they are named.
pub(super) fn of_endpoint(krate: &SdkPath, endpoint: &Endpoint, span: Span) -> Option<TokenStream> {
    if !SCHEMAS {
        return None;
    }
    let request = match endpoint.caller_request() {
        Some((ty, item)) => item.unwrap_or(ty).clone(),
        None => parse_quote!(()),
    };
    let response = caller_response(krate, endpoint)?;
    let schema = quote_spanned!(span=> #krate::__private::schema!);
    Some(quote_spanned!(span=> .schemas(#schema(#request), #schema(#response))))
}

/// The schema of a payload.
pub(super) fn of_payload(krate: &SdkPath, payload: &Type, span: Span) -> Option<TokenStream> {
    SCHEMAS.then(|| quote_spanned!(span=> .schema(#krate::__private::schema!(#payload))))
}

/// What a caller receives: the response, or an item of it.
pub(super) fn caller_response(krate: &SdkPath, endpoint: &Endpoint) -> Option<TokenStream> {
    if let Some(ty) = endpoint.options.pipeline.as_ref().and_then(|piped| piped.response.as_ref()) {
        return Some(ty.to_token_stream());
    }
    Some(match &endpoint.shape.as_ref()?.response {
        Response::Value(ty) | Response::Fallible(ty, _) => ty.to_token_stream(),
        Response::Stream(stream) => wire_item(krate, stream),
    })
}

/// The item of a stream of responses.
pub(super) fn wire_item(krate: &SdkPath, stream: &Stream) -> TokenStream {
    match &stream.item {
        Item::Plain(ty) | Item::Fallible(ty, _) => ty.to_token_stream(),
        Item::Of(ty) => {
            let span = Span::mixed_site().located_at(ty.span());
            let path = krate.at(span);
            quote_spanned!(span=> <#ty as #path::__private::Stream>::Item)
        }
    }
}
