//! What `#[component]` on a trait writes: the trait with futures that are `Send`, and the client, which
//! implements it.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, ReturnType, Signature, Type, TypeParamBound, parse_quote};

use super::{client, component, lints, server};
use crate::model::contract::{Answer, Contract, Item, Method};
use crate::model::endpoint::Endpoint;
use crate::model::omitted::Omitted;
use crate::model::sdk_path::SdkPath;
use crate::syntax::tokens::is_braces;

/// The code of a contract: the trait, its client and its server.
pub(super) fn contract(contract: &Contract, omitted: &Omitted) -> TokenStream {
    let declared = declared(contract);
    let component = &contract.component;
    let ident = &component.ident;
    let doc = format!(
        " Calls the [`{ident}`] that is served somewhere in the system.\n\n As a [`{ident}`] it makes calls without options. \
         Its own methods of the same names, which win where its type is known, give a call to set them on."
    );
    let krate = &component.krate;
    let client_type = component::client(component, &doc);
    let name = &component.client;
    let methods = client::methods(krate, &contract.endpoints, omitted);
    let lints = lints::client(component.deprecated);
    let implementation = (contract.is_sound && omitted.is_empty()).then(|| implementation(contract));
    let server = server::server(contract, omitted);
    quote! {
        #declared

        #client_type

        #lints
        impl #name {
            #methods
        }

        #implementation
        #server
    }
}

/// The trait, with the bounds of every component and with endpoints whose futures are `Send`.
fn declared(contract: &Contract) -> TokenStream {
    let mut head = contract.head.clone();
    let items = contract.items.iter().map(|item| match item {
        Item::Written(tokens) => tokens.clone(),
        Item::Declared { attributes, endpoint, end } => {
            let method = contract.methods.get(*endpoint);
            let declared = method.map(|method| declaration(&method.signature, end));
            quote!(#attributes #declared)
        }
    });
    head.items = vec![syn::TraitItem::Verbatim(items.collect())];
    head.colon_token.get_or_insert_with(Default::default);
    head.supertraits.extend::<[TypeParamBound; 3]>([
        parse_quote!(::core::marker::Send),
        parse_quote!(::core::marker::Sync),
        parse_quote!('static),
    ]);
    head.into_token_stream()
}

/// An endpoint in the trait: `async fn`, with a future that any thread may run.
fn declaration(signature: &Signature, end: &TokenTree) -> TokenStream {
    let mut signature = signature.clone();
    let at = Span::mixed_site().located_at(signature.ident.span());
    signature.asyncness = None;
    let output = match &signature.output {
        ReturnType::Default => quote_spanned!(at=> ()),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    signature.output = ReturnType::Default;
    // rustc reports a future that is not `Send` at the implementation, and quotes this line as the
    // requirement.
    let future = quote_spanned!(at=> impl ::core::future::Future<Output = #output> + ::core::marker::Send);
    // A body is an error already; wrapped in a future, it raises no second one.
    let end = if is_braces(end) { quote_spanned!(at=> { async move #end }) } else { end.to_token_stream() };
    quote!(#signature -> #future #end)
}

/// The client as an implementation of the trait.
fn implementation(contract: &Contract) -> TokenStream {
    let Contract { component, endpoints, methods, .. } = contract;
    let (ident, client, lints) =
        (&component.ident, &component.client, lints::deprecated(component.deprecated));
    let krate = &component.krate;
    let methods: TokenStream = endpoints
        .iter()
        .zip(methods)
        .filter_map(|(endpoint, method)| remote(krate, endpoint, method))
        .collect();
    quote! {
        #lints
        impl #ident for #client {
            #methods
        }
    }
}

/// One method of the trait on the client.
fn remote(krate: &SdkPath, endpoint: &Endpoint, method: &Method) -> Option<TokenStream> {
    let Method { signature, answer } = method;
    let answer = answer.as_ref()?;
    let cfg = &endpoint.carried.cfg;
    let name = &endpoint.method;
    let types: Vec<&Type> = signature
        .inputs
        .iter()
        .filter_map(|input| if let FnArg::Typed(argument) = input { Some(&*argument.ty) } else { None })
        .collect();
    // `Self::name` is the client's own method, which makes the call.
    // rustc reports a type that cannot travel where it is mounted, and here once, at the method.
    let span = Span::mixed_site().located_at(name.span());
    let (cx, request) = (Ident::new("cx", span), Ident::new("request", span));
    let (arguments, call) = match types[..] {
        [] => (quote!(), quote_spanned!(span=> Self::#name(self))),
        [payload] => (quote!(#request: #payload), quote_spanned!(span=> Self::#name(self, #request))),
        [context, payload, ..] => {
            let call = quote_spanned!(span=> Self::#name(self, #request).context(&#cx));
            (quote!(#cx: #context, #request: #payload), call)
        }
    };
    let output = &signature.output;
    let path = krate.at(span);
    let answered = match answer {
        Answer::Called { error } => quote_spanned!(span=> #path::__private::called::<_, #error>),
        Answer::Streamed { item, error } => {
            quote_spanned!(span=> #path::__private::streamed::<#item, #error>)
        }
        Answer::Opened { item, error, opening_error } => {
            quote_spanned!(span=> #path::__private::opened_stream::<#item, #error, #opening_error>)
        }
    };
    Some(quote_spanned! {span=>
        #cfg
        async fn #name(&self, #arguments) #output {
            #answered(#call).await
        }
    })
}
