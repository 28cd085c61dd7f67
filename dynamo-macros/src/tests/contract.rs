//! What `#[component]` writes on a trait, and what it says when something is wrong.

use proc_macro2::TokenStream;
use quote::quote;

use super::{assert_messages, assert_snapshot, component};

fn contract(item: &TokenStream) -> TokenStream {
    component(quote!(namespace = "demo"), item)
}

#[test]
fn a_contract_with_every_form() {
    let item = quote! {
        /// What speaks.
        #[deprecated(note = "use `Other`")]
        pub trait Backend: fmt::Debug {
            const LIMIT: Limit = Limit { of: 3 };
            /// Says it.
            #[endpoint]
            async fn say(&self, request: Say) -> Result<Said, CallError>;
            #[endpoint]
            async fn relayed(&self, cx: Context, request: Say) -> Result<ResponseStream<Said>, CallError>;
            #[cfg(unix)]
            #[deprecated]
            #[must_use]
            #[endpoint(name = "count-of")]
            async fn count(&self) -> io::Result<u64>;
            #[endpoint]
            async fn letters(&self, _: Say) -> impl Stream<Item = Result<char, OwnError>> + Send;
            #[endpoint]
            async fn words(&self, request: Say) -> Result<impl Stream<Item = Result<Said, CallError>>, OwnError>;
            fn plain(&self) -> u32 { self. }
        }
    };
    let code = component(quote!(namespace = "demo", name = "talker", crate = ::sdk), &item);
    let text = code.to_string();
    assert!(text.contains("fn plain (& self) -> u32 { self . }"), "{text}");
    let whole = syn::parse_str(&text.replace("self . }", "0 }")).expect("tokens");
    assert_snapshot("contract", whole);
}

#[test]
fn all_problems_of_a_contract_are_told_at_once() {
    assert_messages(
        component(
            quote!(namespace = "de mo"),
            &quote! {
                trait Backend {
                    type Model;
                    const LIMIT: u32;
                    fn other(&self);
                    #[endpoint]
                    async fn with_body(&self) -> Result<u32, CallError> { Ok(1) }
                    #[endpoint]
                    fn not_async(&mut self) -> Result<u32, CallError>;
                    #[endpoint]
                    async fn generic<T>(&self, request: T) -> Result<u32, CallError>;
                    #[endpoint]
                    async fn bare(&self) -> u32;
                    #[endpoint]
                    async fn nothing(&self);
                    #[endpoint]
                    async fn plain_items(&self) -> impl Stream<Item = u32>;
                    #[endpoint]
                    async fn boxed(&self) -> BoxStream<'static, Result<u32, CallError>>;
                    #[endpoint]
                    async fn unopened(&self) -> ResponseStream<u32>;
                    #[endpoint(stream)]
                    async fn alias(&self) -> Rows;
                    #[endpoint]
                    async fn itself(&self, request: Vec<Self>) -> Result<u32, CallError>;
                    #[endpoint]
                    async fn connect(&self) -> Result<u32, CallError>;
                    #[endpoint]
                    async fn good(&self) -> Result<u32, CallError>;
                    #[endpoint(name = "good")]
                    async fn again(&self) -> Result<u32, CallError>;
                }
            },
        ),
        &[
            "namespace name \"de mo\"",
            "a contract cannot have associated types",
            "a client cannot implement this constant",
            "a client cannot implement `other`: mark it with `#[endpoint]`, or give it a default body",
            "an endpoint of a contract cannot have a default body",
            "an endpoint must be async: write `async fn not_async`",
            "an endpoint must take `&self`: one component serves many requests at a time; put what changes",
            "an endpoint cannot be generic: its wire types are fixed; name the type, or use an `enum`",
            "remote calls can fail: return `Result<u32, CallError>`",
            "remote calls can fail: return `Result<(), CallError>`",
            "an endpoint of a contract must return `Result<T, E>`, `Result<ResponseStream<T>, E>`, `impl Stream",
            "an endpoint of a contract must return",
            "an endpoint of a contract must return",
            "an endpoint of a contract must return",
            "`Self` differs between implementations",
            "`BackendClient::connect` is a constructor of the client",
            "the endpoint `good` exists already",
        ],
    );
    assert_messages(
        contract(&quote!(
            trait Backend {}
        )),
        &["this trait has no endpoint"],
    );
    assert_messages(
        contract(&quote!(
            unsafe trait Backend<T> {
                #[endpoint]
                async fn say(&self) -> Result<T, CallError>;
            }
        )),
        &["a contract cannot be `unsafe`", "a contract cannot be generic"],
    );
}

#[test]
fn a_trait_with_a_problem_comes_out_with_its_markers_removed() {
    let code = contract(&quote! {
        trait Backend {
            #[endpoint]
            async fn good(&self) -> Result<u32, CallError>;
            #[endpoint]
            async fn bare(&self) -> u32;
        }
    })
    .to_string();
    for part in ["trait Backend", "fn good", "fn bare", "struct BackendClient", "struct BackendServer"] {
        assert!(code.contains(part), "{part} is missing in {code}");
    }
    // Its client cannot implement it, and one error is enough.
    assert!(!code.contains("impl Backend for") && !code.contains("# [endpoint"), "{code}");
}

#[test]
fn a_cfg_is_on_the_declaration_the_mount_and_both_methods_of_the_client() {
    let code = contract(&quote! {
        trait Backend {
            #[cfg(unix)]
            #[endpoint]
            async fn say(&self) -> Result<u32, CallError>;
            #[cfg(not(unix))]
            #[endpoint(name = "say")]
            async fn say_elsewhere(&self) -> Result<u32, CallError>;
        }
    })
    .to_string();
    assert!(!code.contains("compile_error"), "{code}");
    assert_eq!(code.matches("# [cfg (unix)]").count(), 4, "{code}");
    assert_eq!(code.matches("# [cfg (not (unix))]").count(), 4, "{code}");
}

#[test]
fn a_contract_has_no_hooks() {
    let item = quote! {
        pub trait Backend {
            #[endpoint]
            async fn say(&self) -> Result<u32, CallError>;
            #[on_start]
            async fn warm_up(&self) {}
            #[cfg_attr(unix, health)]
            async fn health(&self) -> bool { true }
        }
    };
    assert_messages(contract(&item), &["a contract cannot have hooks", "a contract cannot have hooks"]);
}
