//! What `#[endpoints]` adds: `impl Endpoints` with one statement per endpoint, and the methods of the client.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, Visibility, parse_quote};

use super::{SCHEMAS, blocks as parts, subscription as subscribe};
use crate::attr::sdk_path::SdkPath;
use crate::read::endpoints::{Endpoint, Endpoints, Shape};
use crate::read::hook::{Hook, When};
use crate::read::options::{OnDisconnect, Options};
use crate::read::response::{Item, Response, Stream};
use crate::syntax::attributes;

/// Where the method is that handles an endpoint.
#[derive(Clone, Copy)]
pub(super) enum Handler<'a> {
    /// On the component itself.
    Component,
    /// In this trait, which what the component holds implements.
    Implementation(&'a Ident),
}

/// The code of a block of endpoints.
pub(crate) fn endpoints(endpoints: &Endpoints) -> TokenStream {
    let Endpoints { krate, component, at, generics, client, list, hooks, deprecated, .. } = endpoints;
    let subscriptions = endpoints.subscriptions.iter().map(|one| subscribe::statement(krate, one));
    let hooks: TokenStream = hooks.iter().map(hook).chain(subscriptions).collect();
    let statements: TokenStream = list
        .iter()
        .filter(|endpoint| endpoint.sound)
        .filter_map(|endpoint| statement(krate, endpoint, Handler::Component))
        .collect();
    let methods: TokenStream = list.iter().filter_map(|endpoint| client_method(krate, endpoint)).collect();
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let at = Span::mixed_site().located_at(*at);
    let path = krate.at(at);
    let list = Ident::new("list", at);
    // Of a type that is no component there is no `Mount`: this is where a forgotten `#[component]` is told, at the name of the
    // type. The statements are then about nothing, and are not told as well.
    let head = quote_spanned!(at=> fn mount(#list: &mut #path::__private::Mount<Self>));
    let implemented = parts::implemented(endpoints, &path, at);
    let (constant, calls, beside) = parts::expand(endpoints);
    let lints = deprecated.then(|| quote!(#[allow(deprecated)]));
    let client_lints = client_lints(*deprecated);
    quote! {
        #lints
        impl #impl_generics #implemented for #component #where_clause {
            #constant
            #head {
                #statements
                #calls
                #hooks
            }
        }

        #beside

        #client_lints
        impl #client {
            #methods
        }
    }
}

/// Not every endpoint is called in the crate that has it, and a method of a private one may name private types.
pub(super) fn client_lints(deprecated: bool) -> TokenStream {
    let deprecated = deprecated.then(|| quote!(, deprecated));
    quote!(#[allow(dead_code, private_interfaces #deprecated)])
}

/// The statement that mounts one endpoint. All of it stands at the name of the method, and the types at the user's: that
/// is where rustc reports a future that is not `Send` and a type that cannot travel.
pub(super) fn statement(krate: &SdkPath, endpoint: &Endpoint, handler: Handler<'_>) -> Option<TokenStream> {
    let Endpoint { name, method, attributes, .. } = endpoint;
    let Shape { inputs, response } = endpoint.shape.as_ref()?;
    let span = Span::mixed_site().located_at(method.span());
    let cfg = attributes::copied(attributes, &["cfg"]);
    let list = Ident::new("list", Span::mixed_site());
    let handled = wire_request(endpoint.shape.as_ref()?);
    let request = endpoint.asked().map_or_else(|| parse_quote!(()), |(ty, _)| ty.clone());

    let context = inputs.context.then(|| quote_spanned!(span=> cx,));
    let payload = inputs.request.as_ref().map(|_| quote_spanned!(span=> request));
    let call = match handler {
        Handler::Component => quote_spanned!(span=> Self::#method(this, #context #payload)),
        Handler::Implementation(of) => quote_spanned!(span=> #of::#method(&*this.0, #context #payload)),
    };
    let cx = if inputs.context { quote_spanned!(span=> cx) } else { quote_spanned!(span=> _) };
    let payload = payload.unwrap_or_else(|| quote_spanned!(span=> _));

    let (kind, outcome) = kind(krate, &handled, response, span);
    let (kind, nodes) = match &endpoint.options.piped {
        None => (kind, None),
        Some(piped) => {
            let links = piped.links();
            let kind = piped_kind(krate, endpoint, &handled, &request, span)?;
            (kind, Some(quote_spanned!(span=> , |source| source #links)))
        }
    };
    let mount = quote_spanned! {span=>
        #list.#kind(#name #nodes).handler(|this, #cx, #payload, out| out.#outcome(#call))
    };
    let takes_context = inputs.context.then(|| quote_spanned!(span=> .takes_context()));
    let docs = attributes::docs(attributes).map(|docs| quote_spanned!(span=> .docs(#docs)));
    let schemas = SCHEMAS.then(|| schemas(krate, endpoint, span)).flatten();
    let options = setters(&endpoint.options, &request, span);
    Some(quote_spanned!(span=> #cfg #mount #takes_context #options #docs #schemas;))
}

/// Says how the schemas of the types are made. That needs the types themselves: which ones have a schema is decided where
/// they are named.
fn schemas(krate: &SdkPath, endpoint: &Endpoint, span: Span) -> Option<TokenStream> {
    let request = match endpoint.asked() {
        Some((ty, item)) => item.unwrap_or(ty).clone(),
        None => parse_quote!(()),
    };
    let response = answered(krate, endpoint)?;
    let schema = quote_spanned!(span=> #krate::__private::schema!);
    Some(quote_spanned!(span=> .schemas(#schema(#request), #schema(#response))))
}

/// The statement that registers a hook.
fn hook(hook: &Hook) -> TokenStream {
    let Hook { when, method, attributes, runtime, output } = hook;
    let span = Span::mixed_site().located_at(method.span());
    let cfg = attributes::copied(attributes, &["cfg"]);
    let list = Ident::new("list", Span::mixed_site());
    let register = Ident::new(when.name(), span);
    let passed = runtime.then(|| quote_spanned!(span=> , runtime));
    let given = match when {
        When::OnStart => passed.clone().or_else(|| Some(quote_spanned!(span=> , _))),
        _ => None,
    };
    let outcome = match (when, output) {
        (When::OnStop, _) => quote_spanned!(span=> done),
        (_, None) => quote_spanned!(span=> verdict),
        // Another type is told where it stands.
        (_, Some(ty)) => quote_spanned!(span=> verdict::<#ty>),
    };
    quote_spanned!(span=> #cfg #list.#register(|this #given, out| out.#outcome(Self::#method(this #passed)));)
}

/// The options that are given, as calls of their setters.
fn setters(options: &Options, request: &Type, span: Span) -> TokenStream {
    let Options { timeout, max_in_flight, on_disconnect, idempotent, cpu, canary, piped: _ } = options;
    let mut chain = TokenStream::new();
    if let Some(limit) = timeout {
        let limit = Literal::u64_unsuffixed(*limit);
        chain.extend(quote_spanned!(span=> .timeout_ms(#limit)));
    }
    if let Some((running, queue)) = max_in_flight {
        let queue = queue.as_ref().map_or_else(|| quote!(0), ToTokens::to_token_stream);
        chain.extend(quote_spanned!(span=> .max_in_flight(#running, #queue)));
    }
    match on_disconnect {
        Some(OnDisconnect::Stop) => chain.extend(quote_spanned!(span=> .stop_on_disconnect())),
        Some(OnDisconnect::Ignore) => chain.extend(quote_spanned!(span=> .ignore_disconnect())),
        None => {}
    }
    if *idempotent {
        chain.extend(quote_spanned!(span=> .idempotent()));
    }
    if *cpu {
        chain.extend(quote_spanned!(span=> .cpu()));
    }
    if let Some(canary) = canary {
        chain.extend(quote_spanned!(span=> .canary::<#request>(|| #canary)));
    }
    chain
}

/// The function that mounts what answers with `response`, with all its types, and the one that takes what the handler
/// gives.
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

/// The same for a handler behind operators.
fn piped_kind(
    krate: &SdkPath,
    endpoint: &Endpoint,
    handled: &Type,
    request: &Type,
    span: Span,
) -> Option<TokenStream> {
    let infallible = || quote_spanned!(span=> ::core::convert::Infallible);
    let answered = answered(krate, endpoint)?;
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

/// What a caller gets: the response, or an item of it.
fn answered(krate: &SdkPath, endpoint: &Endpoint) -> Option<TokenStream> {
    if let Some(ty) = endpoint.options.piped.as_ref().and_then(|piped| piped.response.as_ref()) {
        return Some(ty.to_token_stream());
    }
    Some(match &endpoint.shape.as_ref()?.response {
        Response::Value(ty) | Response::Fallible(ty, _) => ty.to_token_stream(),
        Response::Stream(stream) => wire_item(krate, stream),
    })
}

/// The method of the client that makes a call.
pub(super) fn client_method(krate: &SdkPath, endpoint: &Endpoint) -> Option<TokenStream> {
    let Endpoint { name, method, attributes, visibility, .. } = endpoint;
    let shape = endpoint.shape.as_ref()?;
    let mut copied = attributes::copied(attributes, &["doc", "cfg", "deprecated"]);
    if !attributes::has(attributes, "doc") {
        let doc = format!(" Calls the endpoint `{}`.", name.value());
        copied.extend(quote!(#[doc = #doc]));
    }
    // The client type says how far it can be seen; a method that says less of itself is meant for all who see it.
    let visibility = match visibility {
        Visibility::Inherited => quote!(pub),
        visibility => visibility.to_token_stream(),
    };
    let asked = endpoint.asked();
    let request = asked.map_or_else(|| parse_quote!(()), |(ty, _)| ty.clone());
    let (argument, value) = match asked {
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
    let response = answered(krate, endpoint)?;
    let (returned, call) = match &shape.response {
        Response::Value(_) | Response::Fallible(..) => (quote!(Call), quote!(call)),
        Response::Stream(_) => (quote!(StreamCall), quote!(stream)),
    };
    let idempotent = endpoint.options.idempotent.then(|| quote!(.idempotent()));
    Some(quote! {
        #copied
        #visibility fn #method(&self #argument) -> #krate::#returned<#request, #response> {
            self.0.#call(#name, #value) #idempotent
        }
    })
}

fn wire_request(shape: &Shape) -> Type {
    shape.inputs.request.as_ref().map_or_else(|| parse_quote!(()), |request| request.ty.clone())
}

fn wire_item(krate: &SdkPath, stream: &Stream) -> TokenStream {
    match &stream.item {
        Item::Plain(ty) | Item::Fallible(ty, _) => ty.to_token_stream(),
        Item::Of(ty) => {
            let span = Span::mixed_site().located_at(ty.span());
            let path = krate.at(span);
            quote_spanned!(span=> <#ty as #path::__private::Stream>::Item)
        }
    }
}
