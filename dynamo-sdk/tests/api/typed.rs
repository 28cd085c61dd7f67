//! What all typed clients have in common.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dynamo_sdk::Client;
use dynamo_sdk::Component;
use dynamo_sdk::component::Double;
use dynamo_sdk::prelude::*;
use futures::executor::block_on;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, text: String) -> String {
        text
    }
}

#[component(namespace = "demo")]
#[derive(Default)]
struct Counter {
    calls: AtomicU32,
}

#[endpoints]
impl Counter {
    #[endpoint]
    async fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

#[dynamo_sdk::test]
async fn a_component_that_is_served_is_still_there_for_others(runtime: DistributedRuntime) {
    let counter = Arc::new(Counter::default());
    let _serving = runtime.serve_arc(Arc::clone(&counter)).start().await.unwrap();
    CounterClient::connect(&runtime).await.unwrap().count().await.unwrap();
    assert_eq!(counter.calls.load(Ordering::Relaxed), 1);
}

/// Anything that calls `say`, whichever way it was made.
async fn said(echo: EchoClient) -> String {
    echo.say("hello".to_owned()).await.unwrap()
}

#[test]
fn a_client_with_another_router_is_still_a_typed_one() {
    let echo = EchoClient::local(Echo).with_router(dynamo_sdk::router::Random::new());
    assert_eq!(block_on(said(echo)), "hello");
}

#[dynamo_sdk::test]
async fn code_over_any_component_makes_its_client(runtime: DistributedRuntime) {
    async fn instances<C: Component>(runtime: &DistributedRuntime, wanted: usize) -> usize {
        let client = C::Client::connect(runtime).await.unwrap();
        assert_eq!(*client.client().component(), C::ID);
        client.wait_ready(wanted, Duration::from_secs(5)).await.unwrap();
        client.instances(&"say".parse().unwrap()).instances.len()
    }
    assert_eq!(instances::<Echo>(&runtime, 0).await, 0);
    let serving = runtime.serve(Echo).start().await.unwrap();
    assert_eq!(instances::<Echo>(&runtime, 1).await, 1);
    serving.shutdown().await;
}

#[test]
fn a_client_made_of_another_one_calls_what_that_calls() {
    let upper = Double::new().unary("say", |text: String| async move { Ok(text.to_uppercase()) });
    let untyped: Client = EchoClient::from_double(upper).client().clone();
    assert_eq!(block_on(said(EchoClient::new(untyped))), "HELLO");
    assert_eq!(EchoClient::ID, Echo::ID);
}

/// A call is a future as it is: it can be spawned, raced and joined.
#[tokio::test]
async fn a_call_is_a_future() {
    let echo = EchoClient::local(Echo);
    let runtime = dynamo_sdk::Runtime::from_current().unwrap();
    let spawned = runtime.spawn(echo.say("spawned".to_owned()));
    let (one, two) = tokio::join!(echo.say("one".to_owned()), echo.say("two".to_owned()));
    assert_eq!((one.unwrap(), two.unwrap()), ("one".to_owned(), "two".to_owned()));
    assert_eq!(spawned.await.unwrap().unwrap().unwrap(), "spawned");
    let mut call = echo.say("raced".to_owned());
    assert!(format!("{call:?}").contains("raced"));
    let answer = tokio::select! {
        answer = &mut call => answer,
        () = std::future::pending() => unreachable!("nothing else ends"),
    };
    assert_eq!(answer.unwrap(), "raced");
}
