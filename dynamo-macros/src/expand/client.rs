//! The methods of a client that make calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Visibility, parse_quote};

use super::schemas::caller_response;
use crate::model::endpoint::Endpoint;
use crate::model::omitted::Omitted;
use crate::model::response::Response;
use crate::model::sdk_path::SdkPath;

/// One method per endpoint.
pub(super) fn methods(krate: &SdkPath, endpoints: &[Endpoint], omitted: &Omitted) -> TokenStream {
    endpoints
        .iter()
        .enumerate()
        .filter(|(at, _)| !omitted.client_methods.contains(at))
        .filter_map(|(_, endpoint)| method(krate, endpoint))
        .collect()
}

/// The method that calls one endpoint.
fn method(krate: &SdkPath, endpoint: &Endpoint) -> Option<TokenStream> {
    let Endpoint { name, method, carried, visibility, .. } = endpoint;
    let shape = endpoint.shape.as_ref()?;
    let mut copied = carried.client.clone();
    if !carried.is_documented {
        let doc = format!(" Calls the endpoint `{}`.", name.value());
        copied.extend(quote!(#[doc = #doc]));
    }
    // The visibility of the client type is the limit; a private handler is still an endpoint for everyone who
    // sees the client.
    let visibility = match visibility {
        Visibility::Inherited => quote!(pub),
        visibility => visibility.to_token_stream(),
    };
    let sent = endpoint.caller_request();
    let request = sent.map_or_else(|| parse_quote!(()), |(ty, _)| ty.clone());
    let (argument, value) = match sent {
        Some((_, item)) => {
            let name = match &shape.inputs.request {
                Some(argument) => argument.name.clone(),
                None => Ident::new("request", Span::mixed_site()),
            };
            match item {
                None => (Some(quote!(, #name: #request)), name.to_token_stream()),
                Some(item) => {
                    let requests = quote!(#krate::engine::IntoRequests);
                    (Some(quote!(, #name: impl #requests<#item>)), quote!(#requests::into_requests(#name)))
                }
            }
        }
        None => (None, quote!(())),
    };
    let response = caller_response(krate, endpoint)?;
    let (returned, call) = match &shape.response {
        Response::Value(_) | Response::Fallible(..) => (quote!(Call), quote!(call)),
        Response::Stream(_) => (quote!(StreamCall), quote!(stream)),
    };
    let idempotent = endpoint.options.idempotent.then(|| quote!(.idempotent()));
    Some(quote! {
        #copied
        #visibility fn #method(&self #argument) -> #krate::#returned<#request, #response> {
            #krate::ComponentClient::client(self).#call(#name, #value) #idempotent
        }
    })
}
