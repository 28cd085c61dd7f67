//! Operators in front of the handlers of a component: `#[endpoint(pipeline = […])]`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dynamo_sdk::Component;
use dynamo_sdk::component::Double;
use dynamo_sdk::engine::{ManyOut, SingleIn};
use dynamo_sdk::pipeline::{Edge, operator};
use dynamo_sdk::prelude::*;

/// Counts what passes, whatever it is.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

#[operator]
impl Count {
    async fn generate(&self, request: SingleIn<String>, next: Edge<String, u32>) -> Result<u32, CallError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        next.generate(request).await
    }
}

/// Nobody without a name comes in.
#[operator]
async fn named(request: SingleIn<String>, next: Edge<String, u32>) -> Result<u32, EndpointError> {
    if request.metadata().contains_key("user") {
        Ok(next.generate(request).await?)
    } else {
        Err(EndpointError::unauthenticated("who are you?"))
    }
}

/// From text to words, and from lengths to text.
#[operator]
async fn tokenize(
    request: SingleIn<String>,
    next: Edge<Words, ManyOut<Length>>,
) -> Result<ManyOut<String>, CallError> {
    let cx = request.bare();
    let words = request.map(|text| Words(text.split(' ').map(str::to_owned).collect()));
    Ok(next
        .generate(words)
        .await?
        .transform(&cx, |items| items.map_ok(|length| format!("{} letters", length.0))))
}

/// What stays in the process needs no serde.
struct Words(Vec<String>);
struct Length(usize);

#[component(namespace = "demo")]
struct Words1 {
    factor: u32,
}

#[endpoints]
impl Words1 {
    /// Counts letters.
    #[endpoint(pipeline = [Count::default(), Named])]
    async fn letters(&self, text: String) -> Result<u32, EndpointError> {
        Ok(text.len() as u32 * self.factor)
    }

    #[endpoint(pipeline = [Tokenize], request = String, response = String, canary = "a canary".to_owned())]
    async fn lengths(&self, words: Words) -> impl Stream<Item = Length> {
        assert_eq!(Context::current().unwrap().stages(), ["Tokenize"]);
        stream::iter(words.0).map(|word| Length(word.len()))
    }
}

#[dynamo_sdk::test]
async fn requests_pass_the_operators_before_the_handler(runtime: DistributedRuntime) {
    let _serving = runtime.serve(Words1 { factor: 2 }).start().await.unwrap();
    let words = Words1Client::connect(&runtime).await.unwrap();
    assert_eq!(words.letters("four".into()).metadata("user", "me").await.unwrap(), 8);
    let error = words.letters("four".into()).await.unwrap_err();
    assert_eq!(error.endpoint_error().unwrap().class(), ErrorClass::Unauthenticated);
    let items: Vec<String> = words.lengths("two words".into()).await.unwrap().try_collect().await.unwrap();
    assert_eq!(items, ["3 letters", "5 letters"]);
}

#[tokio::test]
async fn callers_see_the_types_of_the_first_operator() {
    let local = Words1Client::local(Words1 { factor: 1 });
    let items: Vec<String> = local.lengths("a bc".into()).await.unwrap().try_collect().await.unwrap();
    assert_eq!(items, ["1 letters", "2 letters"]);
    let description = Words1::describe();
    let lengths = &description.endpoints[1];
    assert_eq!((&*lengths.request.name, &*lengths.response.name), ("String", "String"));
    let double = Double::new().stream("lengths", |text: String| stream::iter([text]));
    let double = Words1Client::from_double(double);
    assert_eq!(double.lengths("x".into()).await.unwrap().next().await.unwrap().unwrap(), "x");
}
