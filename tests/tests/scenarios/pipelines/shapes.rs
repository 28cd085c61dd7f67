//! Engines of the four shapes behind endpoints, called as engines.

use dynamo_harness::{SOON, within};
use dynamo_sdk::engine::engine_fn;
use dynamo_sdk::engine::{AsyncEngine, ManyIn, ManyOut, SingleIn};
use dynamo_sdk::error::ErrorClass;
use dynamo_sdk::handles::{CallAs, SegmentSink, ServeAs, call_sink};
use dynamo_sdk::pipeline::Source;
use dynamo_sdk::prelude::*;

use crate::pipelines::cut::Cut;
use dynamo_rig::World;

/// Serves `engine` and calls it over the network with what `request` says.
async fn through<In, Out>(
    (server, caller): &(DistributedRuntime, DistributedRuntime),
    name: &str,
    engine: impl AsyncEngine<Context<In>, Out>,
    request: In,
) -> Out
where
    In: ServeAs<Out> + CallAs<Out>,
    Out: Send + 'static,
{
    let endpoint = |runtime: &DistributedRuntime| {
        runtime.namespace("shapes").unwrap().component(name).unwrap().endpoint("generate").unwrap()
    };
    endpoint(server).serve(engine).start().await.unwrap().detach();
    let sink: SegmentSink<In, Out> = endpoint(caller).sink().await.unwrap();
    within(SOON, name, sink.generate(Context::of(request))).await.unwrap()
}

/// A1 to A4 of the pipeline: one and many requests, one and many responses.
pub(crate) async fn an_engine_of_every_shape_answers(cut: Cut) {
    let world = World::new(cut.setup()).await;
    let pair = world.pair(|config| config).await;

    let single_single = engine_fn(|request: SingleIn<u64>| async move { Ok(request.payload() * 2) });
    assert_eq!(through(&pair, "one_one", single_single, 21_u64).await, 42);

    let single_many = engine_fn(|request: SingleIn<u64>| async move {
        let (n, cx) = request.into_parts();
        Ok(ResponseStream::new(stream::iter(0..n).map(Ok), cx))
    });
    let items: ManyOut<u64> = through(&pair, "one_many", single_many, 1_000_u64).await;
    assert_eq!(items.try_collect::<Vec<_>>().await.unwrap(), (0..1_000).collect::<Vec<_>>());

    let many_single = engine_fn(|request: ManyIn<u64>| async move {
        let (numbers, _) = request.into_parts();
        numbers.try_fold(0, |sum, n| async move { Ok(sum + n) }).await
    });
    let sum: u64 =
        through(&pair, "many_one", many_single, RequestStream::new(stream::iter(1..=100_u64))).await;
    assert_eq!(sum, 5_050);

    let many_many = engine_fn(|request: ManyIn<String>| async move {
        let (words, cx) = request.into_parts();
        Ok(ResponseStream::new(words.map_ok(|word| word.to_uppercase()), cx))
    });
    let words = RequestStream::new(stream::iter(["one", "two"]).map(str::to_owned));
    let words: ManyOut<String> = through(&pair, "many_many", many_many, words).await;
    assert_eq!(words.try_collect::<Vec<_>>().await.unwrap(), ["ONE", "TWO"]);
}

/// A wrong shape is an error with a class, on every way.
pub(crate) async fn a_call_of_another_shape_is_an_error(cut: Cut) {
    let world = World::new(cut.setup()).await;
    let (server, caller) = world.pair(|config| config).await;
    let endpoint = |runtime: &DistributedRuntime| {
        runtime.namespace("shapes").unwrap().component("one").unwrap().endpoint("generate").unwrap()
    };
    let engine = engine_fn(|request: SingleIn<u64>| async move { Ok(*request.payload()) });
    let _serving = endpoint(&server).serve(engine).start().await.unwrap();
    let wrong: SegmentSink<RequestStream<u64>, u64> = endpoint(&caller).sink().await.unwrap();
    let request = Context::of(RequestStream::new(stream::iter([1_u64])));
    let error = within(SOON, "the refusal", wrong.generate(request)).await.unwrap_err();
    let error = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}"));
    assert_eq!(error.class(), ErrorClass::InvalidRequest);
}

#[component(namespace = "shapes")]
struct Typed;

#[endpoints]
impl Typed {
    #[endpoint]
    async fn who(&self, cx: Context, text: String) -> String {
        format!("{text} {} {:?}", cx.id(), cx.metadata())
    }

    #[endpoint]
    async fn words(&self, text: String) -> impl Stream<Item = String> {
        stream::iter(text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }
}

/// The methods of a typed client as sinks, with their own options.
pub(crate) async fn a_typed_client_ends_a_pipeline(cut: Cut) {
    let world = World::new(cut.setup()).await;
    let (server, caller) = world.pair(|config| config).await;
    let _serving = server.serve(Typed).start().await.unwrap();
    let client = TypedClient::connect(&caller).await.unwrap();
    client.wait_ready(1, SOON).await.unwrap();
    let typed = client.clone();
    let who = Source::open().sink(call_sink(move |text: String| typed.who(text).metadata("by", "me")));
    let request = Context::of("asks".to_owned());
    let wanted = format!("asks {} {{\"by\": \"me\"}}", request.id());
    assert_eq!(within(SOON, "who", who.generate(request)).await.unwrap(), wanted);
    let words = Source::open().sink(call_sink(move |text: String| client.words(text).timeout(SOON)));
    let words = words.generate(Context::of("two words".to_owned())).await.unwrap();
    assert_eq!(words.try_collect::<Vec<_>>().await.unwrap(), ["two", "words"]);
}
