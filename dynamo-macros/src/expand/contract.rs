//! What `#[component]` on a trait adds: the client, which implements the trait, and the server of an implementation.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, ReturnType, Signature, Type};

use super::component::client;
use super::endpoints::{Handler, client_lints, client_method, statement};
use crate::read::contract::{Answer, Contract, Method};
use crate::syntax::attributes;
use crate::syntax::impl_block::is_braces;

/// The code of a contract, without the trait.
pub(crate) fn contract(contract: &Contract) -> TokenStream {
    let component = &contract.component;
    let ident = &component.ident;
    let doc = format!(
        " Calls the [`{ident}`] that is served somewhere in the system.\n\n As a [`{ident}`] it makes calls without options. \
         Its own methods of the same names, which win where its type is known, give a call to set them on."
    );
    let krate = &component.krate;
    let client_type = client(component, &doc);
    let name = &component.client;
    let methods: TokenStream =
        contract.methods.iter().filter_map(|method| client_method(krate, &method.endpoint)).collect();
    let lints = client_lints(component.deprecated);
    let implementation = contract.sound.then(|| implementation(contract));
    let server = server(contract);
    quote! {
        #client_type

        #lints
        impl #name {
            #methods
        }

        #implementation
        #server
    }
}

/// An endpoint in the trait: `async fn`, with a future that any thread may run.
pub(crate) fn declaration(signature: &Signature, end: &TokenTree) -> TokenStream {
    let mut signature = signature.clone();
    let at = Span::mixed_site().located_at(signature.ident.span());
    signature.asyncness = None;
    let output = match &signature.output {
        ReturnType::Default => quote_spanned!(at=> ()),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    signature.output = ReturnType::Default;
    // That a future is not `Send` is reported at the implementation, and this is the line that it is held against.
    let future = quote_spanned!(at=> impl ::core::future::Future<Output = #output> + ::core::marker::Send);
    // A body is an error, which is told; that it is no future is not told as well.
    let end = if is_braces(end) { quote_spanned!(at=> { async move #end }) } else { end.to_token_stream() };
    quote!(#signature -> #future #end)
}

/// The client as an implementation of the trait.
fn implementation(contract: &Contract) -> TokenStream {
    let Contract { component, methods, .. } = contract;
    let (ident, client, lints) = (&component.ident, &component.client, component.lints());
    let methods: TokenStream = methods.iter().filter_map(|method| remote(contract, method)).collect();
    quote! {
        #lints
        impl #ident for #client {
            #methods
        }
    }
}

/// One method of the trait on the client.
fn remote(contract: &Contract, method: &Method) -> Option<TokenStream> {
    let krate = &contract.component.krate;
    let Method { endpoint, signature, answer, .. } = method;
    let answer = answer.as_ref()?;
    let cfg = attributes::copied(&endpoint.attributes, &["cfg"]);
    let name = &endpoint.method;
    let types: Vec<&Type> = signature
        .inputs
        .iter()
        .filter_map(|input| if let FnArg::Typed(argument) = input { Some(&*argument.ty) } else { None })
        .collect();
    // The client's own method of this name, which makes the call.
    // What cannot travel is told where it is mounted, and here once, at the method.
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

/// The component that serves an implementation of the trait.
fn server(contract: &Contract) -> TokenStream {
    let Contract { component, server, methods, .. } = contract;
    let crate::read::component::Component { krate, ident, visibility, client_attributes, .. } = component;
    let handler = Handler::Implementation(ident);
    let statements: TokenStream = methods
        .iter()
        .filter(|method| method.endpoint.sound)
        .filter_map(|method| statement(krate, &method.endpoint, handler))
        .collect();
    let (client, lints, docs) = (&component.client, component.lints(), super::component::docs(component));
    let deprecated = component.deprecated.then(|| quote!(, deprecated));
    let list = Ident::new("list", Span::mixed_site());
    let doc = format!(" Serves an implementation of [`{ident}`].");
    quote! {
        #[doc = #doc]
        #client_attributes
        #[derive(::core::fmt::Debug)]
        #visibility struct #server<Implementation>(::std::sync::Arc<Implementation>);

        #[allow(dead_code #deprecated)]
        impl<Implementation: #ident> #server<Implementation> {
            /// Makes a component of `implementation`, to be given to `DistributedRuntime::serve`.
            #[must_use]
            pub fn new(implementation: Implementation) -> Self {
                Self::from_arc(::std::sync::Arc::new(implementation))
            }

            /// The same of an `implementation` that others have too.
            #[must_use]
            pub const fn from_arc(implementation: ::std::sync::Arc<Implementation>) -> Self {
                Self(implementation)
            }
        }

        #lints
        impl<Implementation: #ident> #krate::Component for #server<Implementation> {
            type Client = #client;
            #docs
        }

        #lints
        impl<Implementation: #ident> #krate::Endpoints for #server<Implementation> {
            fn mount(#list: &mut #krate::__private::Mount<Self>) {
                #statements
            }
        }
    }
}
