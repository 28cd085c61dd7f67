//! Streams of requests that go wrong: which error each side sees, and what ends.

use std::future::IntoFuture;
use std::time::Duration;

use dynamo_harness::{SOON, eventually, within};
use dynamo_sdk::error::{CallErrorKind, Stage};
use dynamo_sdk::prelude::*;
use tokio::time::Instant;

use crate::calls::flow::{FlowBench, Source, Total};
use dynamo_rig::Picky;
use dynamo_rig::Setup;

fn invalid(error: &CallError, what: &str) {
    let said = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}"));
    assert_eq!(said.class(), ErrorClass::InvalidRequest, "{said:?}");
    assert!(said.message().contains(what), "{}", said.message());
}

pub(crate) async fn a_request_that_cannot_be_decoded_ends_the_call(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let values = || RequestStream::new(stream::iter([serde_json::json!(1), "two".into(), 3.into()]));
    let error = bench.flow.client().call::<_, Total>("sum", values()).await.unwrap_err();
    invalid(&error, "broke at item 1: it cannot be decoded as u64");
    assert!(!error.is_safe_to_retry(), "the handler ran");
    let lines = bench.journal.lines();
    assert!(lines.contains(&"read 1".to_owned()) && !lines.contains(&"read 3".to_owned()), "{lines:?}");
    // Part of the requests is not all of them, whatever the handler makes of it.
    let error = bench.flow.client().call::<_, u64>("careless", values()).await.unwrap_err();
    invalid(&error, "broke at item 1");
    bench.journal.sees(SOON, "careless ended killed").await;
    // Over any number of hops.
    let mut items = bench.flow.client().stream::<_, u64>("relay", values()).await.unwrap();
    let error = loop {
        match within(SOON, "the error", items.next()).await.unwrap() {
            Ok(number) => assert_eq!(number, 1),
            Err(error) => break error,
        }
    };
    invalid(&error, "broke at item 1");
}

pub(crate) async fn a_request_that_cannot_be_encoded_ends_the_call(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let error = bench.flow.picky(stream::iter([Picky(1), Picky(0), Picky(2)])).await.unwrap_err();
    assert_eq!(error.kind(), &CallErrorKind::Encode);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("item 1 of type"), "{source}");
    assert_eq!(bench.flow.picky(stream::iter([Picky(1), Picky(2)])).await.unwrap(), 3);
}

pub(crate) async fn a_request_over_the_limit_is_not_sent_and_ends_the_call(setup: Setup) {
    let bench = FlowBench::tuned(setup, |config| config.max_item_size(1000_usize)).await;
    if !bench.is_remote() {
        return;
    }
    let texts = ["short".to_owned(), "x".repeat(2000), "never".to_owned()];
    let source = Source::default();
    let call = async {
        let mut items = bench.flow.hold(source.of(stream::iter(texts))).await?;
        while let Some(length) = items.try_next().await? {
            assert_eq!(length, 5);
        }
        Ok::<_, CallError>(())
    };
    let error = within(SOON, "the error", call).await.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::PayloadTooLarge { size: 2001.., limit: 1000, .. }),
        "{error:?}"
    );
    assert_eq!((source.given(), source.is_gone()), (2, true));
    eventually(SOON, "no handler to be left", async || dynamo_rig::in_flight(&bench.server) == 0).await;
}

pub(crate) async fn requests_that_break_off_are_the_error_of_the_call(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let numbers = || {
        let lost = CallError::from(EndpointError::not_found("the rest"));
        RequestStream::fallible(stream::iter([Ok(1_u64), Ok(2), Err(lost)]))
    };
    for endpoint in ["sum", "careless"] {
        let error =
            bench.flow.client().call::<_, serde::de::IgnoredAny>(endpoint, numbers()).await.unwrap_err();
        let said = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!((said.class(), said.message()), (ErrorClass::NotFound, "the rest"));
    }
    bench.journal.sees(SOON, "careless ended killed").await;
}

pub(crate) async fn a_call_of_the_wrong_shape_is_refused(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let error = bench.flow.client().call::<u64, Total>("sum", 1).await.unwrap_err();
    invalid(&error, "takes a stream of requests");
    assert!(error.is_safe_to_retry());
    let source = Source::default();
    let numbers = RequestStream::new(source.of(stream::iter([1, 2])));
    let error = bench.flow.client().call::<_, u64>("one", numbers).await.unwrap_err();
    invalid(&error, "takes one request");
    assert!(error.is_safe_to_retry());
    assert_eq!(source.given(), 0);
    assert!(bench.journal.lines().is_empty());
    assert_eq!(bench.flow.one(3).await.unwrap(), 3);
}

pub(crate) async fn a_handler_that_is_mute_is_late_and_a_caller_that_is_not_asked_is_not(setup: Setup) {
    const LIMIT: Duration = Duration::from_millis(200);
    let bench = FlowBench::new(setup).await;
    // The requests are all there: it is the handler that lets the call wait.
    let start = Instant::now();
    let call = bench.flow.mute(stream::iter([1])).first_item_timeout(LIMIT).into_future();
    let error = within(SOON, "the limit", call).await.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::TimedOut { stage: Stage::FirstItem, limit: LIMIT, .. }),
        "{error:?}"
    );
    assert!(start.elapsed() >= LIMIT && start.elapsed() < LIMIT * 8, "{:?}", start.elapsed());
    bench.journal.sees(SOON, "mute ended killed").await;
    // The next request takes its time: nobody is late.
    let slowly = stream::iter([1, 2]).then(|number| async move {
        tokio::time::sleep(LIMIT * 2).await;
        number
    });
    let call = bench.flow.sum(slowly).first_item_timeout(LIMIT).into_future();
    assert_eq!(within(SOON, "the sum", call).await.unwrap(), Total { count: 2, sum: 3 });
    // A deadline is a deadline.
    let call = bench.flow.sum(stream::pending()).timeout(LIMIT).into_future();
    let error = within(SOON, "the deadline", call).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::TimedOut { stage: Stage::Deadline, .. }), "{error:?}");
}

pub(crate) async fn a_panic_in_the_requests_is_the_error_of_the_call(setup: Setup) {
    std::panic::set_hook(Box::new(|_| {}));
    let bench = FlowBench::new(setup).await;
    let numbers = stream::iter(0..3).map(|number| if number < 2 { number } else { panic!("as planned") });
    let error = bench.flow.sum(numbers).await.unwrap_err();
    assert!(
        error.kind() == &CallErrorKind::InvalidCall
            && std::error::Error::source(&error).unwrap().to_string().contains("panicked")
    );
    assert_eq!(bench.flow.one(3).await.unwrap(), 3);
}
