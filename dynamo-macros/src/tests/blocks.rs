//! Components and their blocks of endpoints.

use proc_macro2::TokenStream;
use quote::quote;

use super::{assert_messages, assert_snapshot, component, endpoints};
use crate::attr::grammar::Attribute;
use crate::driver::run;

/// A component and its block, as two expansions in one file. `krate` goes on both.
fn expand(
    arguments: &TokenStream,
    krate: &TokenStream,
    item: &TokenStream,
    block: TokenStream,
) -> TokenStream {
    let component = component(quote!(#arguments #krate), item);
    let endpoints = endpoints(krate.clone(), block);
    quote!(#component #endpoints)
}

#[test]
fn a_generic_component_with_clients_and_every_form_of_request_and_response() {
    let item = quote! {
        /// Works.
        #[derive(Debug)]
        pub(crate) struct Worker<B: Backend> where B::Model: Send {
            backend: B,
            /// Cuts texts.
            #[client]
            pub tokenizer: tokens::TokenizerClient,
            #[cfg(feature = "cache")]
            #[client]
            cache: CacheClient,
        }
    };
    let block = quote! {
        impl<B: Backend> Worker<B> where B::Model: Send {
            #[endpoint]
            async fn load(&self) {}
            /// Counts.
            #[endpoint(name = "count-of")]
            pub(crate) async fn count(&self, cx: Context, Query { text }: Query) -> u64 { 0 }
            #[cfg(feature = "slow")]
            #[deprecated(note = "use `fast`")]
            #[endpoint]
            async fn slow(&self, _query: Query) -> io::Result<impl Stream<Item = Result<Row, RowError>> + Send> { rows() }
            #[endpoint]
            async fn boxed(&self, query: Query) -> Pin<Box<dyn Stream<Item = Row> + Send + '_>> { rows() }
            #[endpoint]
            async fn relayed(&self, cx: Context, query: Query) -> Result<ResponseStream<Row>, CallError> { rows() }
            #[endpoint(stream)]
            async fn alias(&self, query: Query) -> Rows<'_> { rows() }
            #[endpoint(stream = Result<Row, RowError>)]
            async fn failing_alias(&self, query: Query) -> Rows<'_> { rows() }
            #[endpoint]
            async fn sum(&self, numbers: RequestStream<u64>) -> Result<u64, CallError> { rows() }
            #[endpoint]
            async fn chat(&self, cx: Context, turns: dynamo_sdk::RequestStream<Turn>) -> impl Stream<Item = Turn> { rows() }
            async fn helper(&self) {}
        }
    };
    assert_snapshot(
        "component",
        expand(&quote!(namespace = "demo", name = "gpu-worker",), &quote!(crate = ::sdk), &item, block),
    );
}

#[test]
fn a_client_in_the_wrong_place_says_where_it_belongs() {
    let expand = |item| component(quote!(namespace = "demo"), &item);
    let code = expand(quote!(
        struct Front(#[client] TokenizerClient);
    ));
    assert!(!code.to_string().contains("# [client]"), "{code}");
    assert_messages(
        code,
        &[
            "a client must be a named field, for the constructor to fill: write `struct Front { #[client] name: TokenizerClient, … }`",
        ],
    );
    assert_messages(
        expand(quote!(
            enum Front {
                One {
                    #[client]
                    tokenizer: TokenizerClient,
                },
            }
        )),
        &["`#[client]` marks a field of a `struct`: an `enum` has no constructor"],
    );
    assert_messages(
        expand(quote!(
            struct Front {
                #[client(tokenizer)]
                one: TokenizerClient,
                #[client]
                #[client]
                two: TokenizerClient,
                #[cfg_attr(unix, client)]
                three: TokenizerClient,
            }
        )),
        &[
            "`#[client]` takes no keys: the type of the field names the component",
            "this field is marked with `#[client]` already",
            "a marker cannot be conditional on its own: write `#[cfg(…)] #[client]`",
        ],
    );
    let code = expand(quote!(
        struct Front<'a> {
            #[client]
            tokenizer: TokenizerClient,
        }
    ));
    assert!(!code.to_string().contains("# [client]"), "{code}");
    assert_messages(
        run(
            Attribute::Client,
            quote!(),
            quote!(
                struct Front;
            ),
        ),
        &["`#[client]` marks a field of a `struct` with `#[component]`"],
    );
}

#[test]
fn what_is_wrong_leaves_the_rest_usable() {
    let block = quote! {
        impl Echo {
            fn new() -> Self { Self }
            #[endpoint]
            async fn good(&self) -> u32 { 1 }
            #[endpoint(nam = "x")]
            fn forgot_async(&mut self, request: Say) -> Said { said() }
            #[endpoint]
            async fn borrows(&self, text: &str) -> Said { said() }
        }
    };
    assert_snapshot(
        "fallback",
        expand(
            &quote!(),
            &quote!(),
            &quote!(
                struct Echo;
            ),
            block,
        ),
    );
}

#[test]
fn all_errors_of_a_block_are_reported_at_once() {
    let block = quote! {
        impl Echo {
            #[endpoint(steam, name = "x", name = "y")]
            fn one(self, request: &str) -> &[u8] { request.as_bytes() }
            #[endpoint(name = "Bad Name")]
            async unsafe fn two<T>(&self, a: T, b: u32, c: u32) {}
            #[endpoint]
            async fn three(request: Say, cx: Context) -> impl Iterator<Item = u32> {}
            #[endpoint(name = "same")]
            async fn four(&self) {}
            #[endpoint(name = "same")]
            async fn five(&self) {}
            #[endpoint]
            async fn connect(&self, requests: RequestStream<Say>) -> Self {}
        }
    };
    assert_messages(
        endpoints(quote!(crate = super::sdk), block),
        &[
            "`crate` takes a path that begins at the root",
            "`#[endpoint]` has no key `steam`, did you mean `stream`?",
            "`name` is given twice",
            "an endpoint must be async",
            "an endpoint must take `&self`: one component",
            "a request must own its data, which is decoded from the wire: write `String`",
            "a response must own its data, which is decoded from the wire: write `Vec<u8>`",
            "endpoint name \"Bad Name\": 'B' at position 0",
            "an endpoint cannot be `unsafe`",
            "an endpoint cannot be generic",
            "an endpoint takes `(&self)`,",
            "an endpoint must take `&self`: write `async fn three(&self, …)`",
            "the context comes first: `(&self, cx: Context, request: Say)`",
            "an endpoint must return `T`, `Result<T, E>` or a stream of them: for a stream",
            "`EchoClient::connect` is a constructor of the client",
            "the endpoint `same` exists already, as the method `four`",
        ],
    );
}

#[test]
fn all_problems_of_a_component_are_told_at_once() {
    assert_messages(
        component(
            quote!(namespace = "de mo", nam = 1, name, crate = "sdk"),
            &quote!(
                struct Echo;
            ),
        ),
        &[
            "`#[component]` has no key `nam`, did you mean `name`?",
            "`name` must be written `name = \"…\"`",
            "`crate` takes a path, not a string: write `crate = ::sdk`",
            "namespace name \"de mo\": ' ' at position 2",
        ],
    );
}

#[test]
fn an_attribute_in_the_wrong_place_says_where_it_belongs() {
    let block = quote!(impl Echo {});
    assert_messages(component(quote!(), &block), &["`#[component]` goes on the `struct` or the `enum`;"]);
    assert_messages(
        endpoints(
            quote!(),
            quote!(
                struct Echo;
            ),
        ),
        &["`#[endpoints]` goes on the `impl` block"],
    );
    assert_messages(endpoints(quote!(), block), &["this block has no endpoint"]);
    assert_messages(
        endpoints(quote!(), quote!(impl Default for Echo {})),
        &["`#[endpoints]` goes on a block of the type's own methods, `impl Echo { … }`"],
    );
    assert_messages(
        run(
            Attribute::Endpoint,
            quote!(),
            quote!(
                async fn say() {}
            ),
        ),
        &["`#[endpoint]` marks a method in the `impl` block of a component"],
    );
    assert_messages(
        endpoints(quote!(), quote!(impl Echo { #[cfg_attr(unix, endpoint)] async fn say(&self) {} })),
        &["a marker cannot be conditional on its own: write `#[cfg(unix)] #[endpoint]`"],
    );
}

#[test]
fn parameters_of_the_component_cannot_travel() {
    let block = quote! {
        impl<B: Backend> Worker<B> {
            #[endpoint]
            async fn take(&self, value: Vec<B>) {}
            #[endpoint]
            async fn give(&self) -> Option<Self> {}
            #[endpoint]
            async fn fine(&self) -> Result<other::B, B::Error> {}
        }
    };
    assert_messages(
        endpoints(quote!(), block),
        &["`B` is a parameter of the component", "`Self` is another type on the client"],
    );
}

#[test]
fn a_half_typed_body_costs_nothing_but_itself() {
    let block = quote! {
        impl Echo {
            #![allow(unused)]
            const LIMIT: Limit = Limit { of: 3 };
            #[endpoint]
            async fn say(&self, request: Say) -> Said { let x = self. }
            helpers! { a, b }
            #[endpoint]
            async fn after(&self) -> u32 { 1 }
        }
    };
    let code = endpoints(quote!(), block).to_string();
    for part in
        ["let x = self . }", "fn say (& self , request : Say) ->", "Limit { of : 3 }", "helpers ! { a , b }"]
    {
        assert!(code.contains(part), "{part} is missing in {code}");
    }
    assert!(code.contains("(\"say\"") && code.contains("(\"after\""), "{code}");
    assert!(!code.contains("compile_error") && !code.contains("# [endpoint]"), "{code}");
}

#[test]
fn a_cfg_reaches_the_mount_and_the_client() {
    let block = quote! {
        impl Echo {
            #[cfg(unix)]
            #[endpoint]
            async fn say(&self) {}
            #[cfg(not(unix))]
            #[endpoint(name = "say")]
            async fn say_elsewhere(&self) {}
            #[endpoint]
            #[cfg_attr(docs, doc(hidden), cfg(unix))]
            async fn hidden(&self) {}
        }
    };
    let code = endpoints(quote!(), block).to_string();
    assert!(!code.contains("compile_error"), "{code}");
    // Once on the method, once where it is mounted, once on the client.
    assert_eq!(code.matches("# [cfg (unix)]").count(), 3, "{code}");
    assert_eq!(code.matches("# [cfg (not (unix))]").count(), 3, "{code}");
    assert_eq!(code.matches("# [cfg_attr (docs , cfg (unix))]").count(), 1, "{code}");
    assert_eq!(code.matches("# [cfg_attr (docs , doc (hidden) , cfg (unix))]").count(), 2, "{code}");
}
