//! Clients that hold their engines themselves: components without a runtime, and test doubles.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dynamo_sdk::LocalCluster;
use dynamo_sdk::address::InstanceId;
use dynamo_sdk::component::Double;
use dynamo_sdk::error::{CallErrorKind, ErrorKind, Stage};
use dynamo_sdk::prelude::*;
use futures::FutureExt;
use futures::executor::block_on;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Word {
    text: String,
}

/// A type that serde can write and not read back.
#[derive(Serialize, Deserialize)]
struct Stubborn {
    #[serde(serialize_with = "refuse")]
    text: String,
}

fn refuse<S: serde::Serializer>(_: &str, _: S) -> Result<S::Ok, S::Error> {
    Err(serde::ser::Error::custom("it does not travel"))
}

#[component(namespace = "demo")]
#[derive(Default)]
struct Echo {
    dropped: Arc<AtomicBool>,
}

struct Sets(Arc<AtomicBool>);

impl Drop for Sets {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, word: Word) -> Word {
        word
    }
    #[endpoint]
    async fn words(&self, word: Word) -> impl Stream<Item = Word> {
        let words: Vec<_> = word.text.split(' ').map(|text| Word { text: text.to_owned() }).collect();
        stream::iter(words)
    }
    #[endpoint]
    async fn tenant(&self, cx: Context, _request: ()) -> Option<String> {
        cx.metadata().get("tenant").cloned()
    }
    #[endpoint]
    async fn panics(&self) -> u32 {
        panic!("as it was told")
    }
    #[endpoint]
    async fn hangs(&self) -> u32 {
        let _sets = Sets(Arc::clone(&self.dropped));
        std::future::pending().await
    }
    #[endpoint]
    async fn stubborn(&self) -> Stubborn {
        Stubborn { text: String::new() }
    }
}

fn word(text: &str) -> Word {
    Word { text: text.to_owned() }
}

#[test]
fn a_component_is_called_without_a_runtime() {
    let echo = EchoClient::local(Echo::default());
    assert_eq!(block_on(echo.say(word("hello")).into_future()).unwrap(), word("hello"));
    let words = block_on(async { echo.words(word("one two")).await?.try_collect::<Vec<_>>().await });
    assert_eq!(words.unwrap(), [word("one"), word("two")]);
    assert!(echo.client().runtime().is_none());
    assert_eq!(echo.client().component(), &EchoClient::ID);
}

#[test]
fn metadata_reaches_the_handler_and_what_cannot_travel_fails() {
    let echo = EchoClient::local(Echo::default());
    let tenant = block_on(echo.tenant(()).metadata("tenant", "blue").into_future());
    assert_eq!(tenant.unwrap().as_deref(), Some("blue"));
    let error = block_on(echo.stubborn().into_future()).err().unwrap();
    assert!(error.endpoint_error().unwrap().message().contains("cannot be encoded"), "{error:?}");
}

#[test]
fn a_panic_is_an_error_and_the_next_call_is_answered() {
    let echo = EchoClient::local(Echo::default());
    let error = block_on(echo.panics().into_future()).unwrap_err();
    assert!(error.endpoint_error().unwrap().is_panic());
    assert!(block_on(echo.say(word("still there")).into_future()).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_timeout_ends_the_handler_and_so_does_dropping_the_call() {
    let dropped = Arc::new(AtomicBool::new(false));
    let echo = EchoClient::local(Echo { dropped: Arc::clone(&dropped) });
    let error = echo.hangs().timeout(Duration::from_secs(1)).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::TimedOut { stage: Stage::Deadline, .. }), "{error:?}");
    assert!(dropped.swap(false, Ordering::AcqRel));
    let mut call = echo.hangs().into_future();
    assert!((&mut call).now_or_never().is_none());
    assert!(!dropped.load(Ordering::Acquire));
    drop(call);
    assert!(dropped.load(Ordering::Acquire));
}

#[test]
fn there_is_no_instance_to_choose_or_to_wait_for() {
    let echo = EchoClient::local(Echo::default());
    let error = block_on(echo.say(word("x")).instance(InstanceId(7)).into_future()).unwrap_err();
    assert_eq!(error.kind(), &CallErrorKind::InvalidCall);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("holds the engines itself"), "{source}");
    assert!(block_on(echo.wait_ready(1, Duration::ZERO)).is_ok());
    assert_eq!(block_on(echo.wait_ready(2, Duration::ZERO)).unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn a_double_answers_in_the_place_of_the_component() {
    let double = Double::new()
        .unary("say", |request: Word| async move { Ok(word(&request.text.to_uppercase())) })
        .stream("words", |request: Word| stream::repeat_with(move || word(&request.text)).take(2));
    let echo = EchoClient::from_double(double);
    block_on(async {
        assert_eq!(echo.say(word("hello")).await.unwrap(), word("HELLO"));
        let words: Vec<_> = echo.words(word("again")).await.unwrap().try_collect().await.unwrap();
        assert_eq!(words, [word("again"), word("again")]);
    });
}

#[test]
fn what_the_double_has_not_is_named_and_its_failures_are_the_endpoint_s() {
    let double = Double::new()
        .unary("say", |_: Word| async {
            Err::<Word, _>(EndpointError::new(ErrorClass::CapacityExhausted, "full"))
        })
        .try_stream("words", |request: Word| {
            stream::iter([Ok(request), Err(EndpointError::internal("broke"))])
        });
    let echo = EchoClient::from_double(double);
    block_on(async {
        let missing = echo.hangs().await.unwrap_err();
        let missing = missing.endpoint_error().unwrap();
        assert_eq!(missing.class(), ErrorClass::NotFound);
        assert_eq!(
            missing.message(),
            "the double for demo.echo has no endpoint `hangs`; it has `say`, `words`"
        );
        let said = echo.say(word("x")).await.unwrap_err();
        assert_eq!(said.endpoint_error().unwrap().class(), ErrorClass::CapacityExhausted);
        let mut words = echo.words(word("first")).await.unwrap();
        assert_eq!(words.try_next().await.unwrap(), Some(word("first")));
        assert_eq!(words.try_next().await.unwrap_err().endpoint_error().unwrap().message(), "broke");
    });
}

#[component(namespace = "demo")]
struct Generic<T: Send + Sync + 'static>(T);

#[endpoints]
impl<T: ToString + Send + Sync + 'static> Generic<T> {
    #[endpoint]
    async fn text(&self) -> String {
        self.0.to_string()
    }
}

#[test]
fn a_generic_component_is_called_without_a_runtime() {
    assert_eq!(block_on(GenericClient::local(Generic(7)).text().into_future()).unwrap(), "7");
}

#[dynamo_sdk::test]
async fn the_runtimes_of_a_test_find_each_other(server: DistributedRuntime, client: DistributedRuntime) {
    server.serve(Echo::default()).start().await.unwrap().detach();
    let echo = EchoClient::connect(&client).await.unwrap();
    assert_eq!(echo.say(word("over there")).await.unwrap(), word("over there"));
    assert!(server.shutdown().await);
}

#[dynamo_sdk::test]
async fn a_cluster_of_its_own_may_grow_in_a_test(runtime: DistributedRuntime) {
    let cluster = LocalCluster::new();
    let join = || cluster.join(runtime.runtime().clone(), runtime.config().clone()).unwrap();
    let (server, client) = (join(), join());
    server.serve(Echo::default()).start().await.unwrap().detach();
    let echo = EchoClient::connect(&client).await.unwrap();
    assert_eq!(echo.say(word("hello")).await.unwrap(), word("hello"));
}

/// A stream that is always ready, with a destructor that panics.
struct Endless;

impl Stream for Endless {
    type Item = u32;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<u32>> {
        std::task::Poll::Ready(Some(1))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        panic!("a destructor that panics");
    }
}

#[component(namespace = "doubles")]
struct Busy;

#[endpoints]
impl Busy {
    #[endpoint]
    async fn endless(&self) -> impl Stream<Item = u32> {
        stream::repeat(1)
    }

    #[endpoint]
    async fn thorny(&self) -> impl Stream<Item = u32> {
        Endless
    }

    #[endpoint]
    async fn swallow(&self, requests: RequestStream<u32>) -> usize {
        requests.count().await
    }
}

/// On one thread: a stream that never waits must let timers run.
#[tokio::test]
async fn a_stream_of_this_process_that_is_always_ready_ends_at_its_limit() {
    let busy = BusyClient::local(Busy);
    let limit = Duration::from_millis(50);
    let items = busy.endless().timeout(limit).await.unwrap();
    let error = items.try_for_each(|_| std::future::ready(Ok(()))).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::TimedOut { stage: Stage::Deadline, .. }), "{error:?}");
    let items = busy.endless().await.unwrap();
    assert!(tokio::time::timeout(limit, items.count()).await.is_err());
    let sent = busy.swallow(stream::repeat(1)).timeout(limit).await.unwrap_err();
    assert!(matches!(sent.kind(), CallErrorKind::TimedOut { stage: Stage::Deadline, .. }), "{sent:?}");
    let doubled = Double::new().stream("endless", |(): ()| stream::repeat(1_u32));
    let items = BusyClient::from_double(doubled).endless().timeout(limit).await.unwrap();
    assert!(items.try_for_each(|_| std::future::ready(Ok(()))).await.is_err());
}

#[tokio::test]
async fn a_destructor_of_a_handler_that_panics_is_not_the_readers_problem() {
    let busy = BusyClient::local(Busy);
    let mut items = busy.thorny().await.unwrap();
    assert_eq!(items.next().await.unwrap().unwrap(), 1);
    drop(items);
    let error = busy.thorny().timeout(Duration::from_millis(50)).await.unwrap();
    assert!(error.try_for_each(|_| std::future::ready(Ok(()))).await.is_err());
}
