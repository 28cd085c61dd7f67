//! What is said about endpoints that read a stream of requests and are wrong.

use quote::quote;

use super::{assert_messages, component, endpoints};

#[test]
fn a_contract_hands_a_stream_of_requests_on() {
    let item = quote! {
        pub trait Backend {
            #[endpoint]
            async fn chat(&self, turns: RequestStream<Turn>) -> Result<ResponseStream<Turn>, CallError>;
        }
    };
    let code = component(quote!(namespace = "demo"), &item).to_string();
    for part in [
        "async fn chat (& self , request : RequestStream < Turn >)",
        "Self :: chat (self , request)",
        "pub fn chat (& self , turns : impl :: dynamo_sdk :: engine :: IntoRequests < Turn >)",
    ] {
        assert!(code.contains(part), "{part} in {code}");
    }
}

#[test]
fn wrong_streams_of_requests_are_told_with_the_remedy() {
    let block = quote! {
        impl Worker {
            #[endpoint]
            async fn untyped(&self, requests: RequestStream) {}
            #[endpoint]
            async fn unnamed(&self, requests: impl Stream<Item = u8>) {}
            #[endpoint]
            async fn unnamed_item(&self, requests: RequestStream<impl Serialize>) {}
            #[endpoint]
            async fn borrowed(&self, requests: RequestStream<&str>) {}
            #[endpoint]
            async fn nested(&self, requests: RequestStream<RequestStream<u8>>) {}
            #[endpoint]
            async fn response(&self, requests: ResponseStream<u8>) {}
            #[endpoint]
            async fn fallible(&self, requests: RequestStream<Result<u8, CallError>>) {}
            #[endpoint]
            async fn beside(&self, requests: RequestStream<u8>, more: u8) {}
            #[endpoint]
            async fn returned(&self) -> RequestStream<u8> {}
            #[endpoint(canary = 1)]
            async fn probed(&self, requests: RequestStream<u8>) {}
            // Data of the user's own.
            #[endpoint]
            async fn outcomes(&self, requests: RequestStream<Result<u8, String>>) {}
        }
    };
    assert_messages(
        endpoints(quote!(), block),
        &[
            "missing item type of the request stream: write `RequestStream<T>`",
            "a stream of requests must be a `RequestStream<T>`",
            "a request needs a concrete type, which the caller names too",
            "a request must own its data, which is decoded from the wire: write `String`",
            "a request must be a value or a stream of values: write `T` or `RequestStream<T>`",
            "a request must be a value or a stream of values: write `T` or `RequestStream<T>`",
            "`RequestStream<T>` already yields `Result<T, CallError>`",
            "a stream of requests cannot have a request beside it",
            "a stream of responses must be `impl Stream<Item = T>` or `ResponseStream<T>`",
            "a canary is a single request, but this endpoint takes a stream: write a `#[health]` hook",
        ],
    );
}
