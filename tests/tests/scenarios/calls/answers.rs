//! What comes back.

use dynamo_harness::{SOON, eventually, within};
use dynamo_sdk::prelude::*;
use futures::FutureExt;
use futures::stream::FusedStream;

use dynamo_rig::{Bench, Setup};
use dynamo_rig::{Say, Then, plan, typed_error};

pub(crate) async fn a_request_has_one_response(setup: Setup) {
    let bench = Bench::new(setup).await;
    for text in ["", "hello", "h\u{e9}llo \u{4e2d}"] {
        let said = bench.lab.echo(Say { text: text.into() }).await.unwrap();
        assert_eq!(said.text, text);
    }
}

pub(crate) async fn a_bare_value_and_nothing_are_responses(setup: Setup) {
    let bench = Bench::new(setup).await;
    assert_eq!(bench.lab.fail(false).await.unwrap(), 7);
    bench.lab.unit().await.unwrap();
    assert_eq!(bench.journal.lines(), ["unit"]);
}

pub(crate) async fn an_error_keeps_its_class_reason_message_public_detail_and_cause(setup: Setup) {
    let bench = Bench::new(setup).await;
    let error = bench.lab.fail(true).await.unwrap_err();
    assert!(!error.is_safe_to_retry());
    let Some(error) = error.endpoint_error() else { panic!("{error:?}") };
    assert_eq!(error, &typed_error());
    assert!(!error.is_panic());
}

pub(crate) async fn a_stream_has_no_one_or_ten_thousand_items(setup: Setup) {
    let bench = Bench::new(setup).await;
    for n in [0, 1, 10_000] {
        let items: Vec<u64> = bench.lab.count(n).await.unwrap().try_collect().await.unwrap();
        assert_eq!(items, (0..n).collect::<Vec<_>>());
    }
}

pub(crate) async fn a_fallible_stream_ends_with_its_error(setup: Setup) {
    let bench = Bench::new(setup).await;
    for n in [0, 3] {
        let items: Vec<_> = bench.lab.play(plan("p", n, Then::Fail)).await.unwrap().collect().await;
        assert_eq!(items.len() as u64, n + 1);
        let error = items.last().unwrap().as_ref().unwrap_err();
        assert_eq!(error.endpoint_error(), Some(&typed_error()));
        assert!(items.iter().take(n as usize).all(Result::is_ok));
    }
}

pub(crate) async fn a_stream_that_refuses_to_start_says_why(setup: Setup) {
    let bench = Bench::new(setup).await;
    // Invalid requests fail the call itself. Other classes are the one item of the stream, for the sake of Dynamo's
    // callers.
    let error = bench.lab.refuse(true).await.unwrap_err();
    let error = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}"));
    assert_eq!((error.class(), error.message()), (ErrorClass::InvalidRequest, "no such thing"));
    let items: Vec<_> = bench.lab.refuse(false).await.unwrap().collect().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].as_ref().unwrap_err().endpoint_error(), Some(&typed_error()));
}

pub(crate) async fn a_stream_may_borrow_from_the_component(setup: Setup) {
    let bench = Bench::new(setup).await;
    let words: Vec<_> = bench.lab.borrowed().await.unwrap().try_collect().await.unwrap();
    assert_eq!(words, ["one", "two", "three"]);
}

pub(crate) async fn items_and_requests_of_two_mebibytes_arrive(setup: Setup) {
    let bench = Bench::new(setup).await;
    let text = "\u{4e2d}x".repeat(2 * 1024 * 1024 / 4);
    let items = bench.lab.large(Say { text: text.clone() }).await.unwrap();
    let items: Vec<String> = within(SOON, "the items", items.try_collect()).await.unwrap();
    for (i, item) in items.iter().enumerate() {
        assert_eq!(item, &format!("{i}{text}"));
    }
    assert_eq!(items.len(), 3);
}

/// Items of a memory plane are made on demand; over TCP the sockets and one batch are ahead.
pub(crate) async fn a_slow_reader_holds_the_producer_back(setup: Setup) {
    const SIZE: usize = 64 * 1024;
    let bench = Bench::new(setup).await;
    let mut items = bench.lab.endless(SIZE).await.unwrap();
    for _ in 0..10 {
        items.try_next().await.unwrap().unwrap();
    }
    let (mut before, mut still) = (0, 0);
    eventually(SOON, "the producer to wait", async || {
        let made = bench.journal.made();
        still = if made == before { still + 1 } else { 0 };
        before = made;
        still == 20
    })
    .await;
    let ahead = before - 10;
    let most = if bench.is_remote() { 16 * 1024 * 1024 / SIZE as u64 } else { 2 };
    assert!(ahead <= most, "{ahead} items ahead");
    // It goes on when somebody reads.
    for _ in 0..ahead + 100 {
        items.try_next().await.unwrap().unwrap();
    }
}

pub(crate) async fn a_finished_stream_says_so_a_hundred_times(setup: Setup) {
    let bench = Bench::new(setup).await;
    for then in [Then::End, Then::Fail, Then::Panic] {
        let mut items = bench.lab.play(plan("p", 2, then)).await.unwrap();
        while let Some(Ok(_)) = items.next().await {}
        for _ in 0..100 {
            assert!(items.next().now_or_never().expect("no waiting after the end").is_none());
        }
        assert!(items.is_terminated());
    }
}
