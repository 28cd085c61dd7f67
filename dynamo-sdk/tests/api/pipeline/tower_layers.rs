//! Layers of `tower` as nodes of a pipeline.

use std::future::{Ready, pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dynamo_sdk::engine::AsyncEngine;
use dynamo_sdk::engine::SingleIn;
use dynamo_sdk::engine::engine_fn;
use dynamo_sdk::error::ErrorClass;
use dynamo_sdk::pipeline::{Source, call_error};
use dynamo_sdk::prelude::*;
use tower::load_shed::error::Overloaded;
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;
use tower::timeout::error::Elapsed;
use tower::{ServiceBuilder, ServiceExt, service_fn};

#[derive(Clone)]
struct Attempts(usize);

impl Policy<Context<u32>, u32, CallError> for Attempts {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Context<u32>, result: &mut Result<u32, CallError>) -> Option<Ready<()>> {
        self.0 = self.0.checked_sub(usize::from(result.is_err()))?;
        result.is_err().then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Context<u32>) -> Option<Context<u32>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn a_retry_of_tower_tries_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let flaky = engine_fn(move |request: SingleIn<u32>| {
        let call = count.fetch_add(1, Ordering::Relaxed);
        async move {
            if call < 2 { Err(EndpointError::unavailable("not yet").into()) } else { Ok(*request.payload()) }
        }
    });
    let pipeline = Source::open().layer(RetryLayer::new(Attempts(3))).sink(flaky);
    assert_eq!(pipeline.generate(Context::of(7)).await.unwrap(), 7);
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    // An error that is ours comes through as it is.
    let broken = engine_fn(|_: SingleIn<u32>| async { Err(EndpointError::not_found("nobody").into()) });
    let pipeline = Source::<u32, u32>::open().layer(RetryLayer::new(Attempts(1))).sink(broken);
    let error = pipeline.generate(Context::of(7)).await.unwrap_err();
    assert_eq!(error.endpoint_error().unwrap().class(), ErrorClass::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_tower_has_the_meaning_it_is_given() {
    let slow = engine_fn(|_: SingleIn<u32>| pending::<Result<u32, CallError>>());
    let deadline = |error: dynamo_sdk::BoxError| match error.downcast::<Elapsed>() {
        Ok(_) => EndpointError::deadline_exceeded("a second").into(),
        Err(error) => call_error(error),
    };
    let layer = TimeoutLayer::new(Duration::from_secs(1));
    let given = Source::open().layer_with(layer.clone(), deadline).sink(slow);
    let error = given.generate(Context::of(1)).await.unwrap_err();
    assert_eq!(error.endpoint_error().unwrap().class(), ErrorClass::DeadlineExceeded);
    let slow = engine_fn(|_: SingleIn<u32>| pending::<Result<u32, CallError>>());
    let unknown = Source::open().layer(layer).sink(slow);
    let error = unknown.generate(Context::of(1)).await.unwrap_err();
    assert_eq!(error.endpoint_error().unwrap().class(), ErrorClass::Internal);
}

#[tokio::test]
async fn a_limit_of_tower_holds_over_all_requests() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let waits = engine_fn(move |request: SingleIn<u32>| {
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.map(|permit| permit.forget()).ok();
            Ok(*request.payload())
        }
    });
    let limits = ServiceBuilder::new().load_shed().concurrency_limit(1);
    let pipeline = Source::open()
        .layer_with(limits, |error| match error.downcast::<Overloaded>() {
            Ok(_) => EndpointError::overloaded("one runs already").into(),
            Err(error) => call_error(error),
        })
        .sink(waits);
    let mut first = Box::pin(pipeline.generate(Context::of(1)));
    assert!(futures::poll!(first.as_mut()).is_pending());
    let error = pipeline.generate(Context::of(2)).await.unwrap_err();
    assert_eq!(error.endpoint_error().unwrap().class(), ErrorClass::CapacityExhausted);
    opened.add_permits(2);
    assert_eq!(first.await.unwrap(), 1);
    assert_eq!(pipeline.generate(Context::of(3)).await.unwrap(), 3);
}

#[tokio::test]
async fn a_service_is_an_engine_and_an_engine_a_service() {
    use dynamo_sdk::pipeline::{EngineService, ServiceEngine};
    let service =
        service_fn(|request: Context<u32>| async move { Ok::<_, CallError>(request.payload() + 1) });
    let pipeline = Source::open().sink(ServiceEngine::with(service, call_error));
    assert_eq!(pipeline.generate(Context::of(1)).await.unwrap(), 2);
    assert_eq!(EngineService::new(pipeline).oneshot(Context::of(2)).await.unwrap(), 3);
}
