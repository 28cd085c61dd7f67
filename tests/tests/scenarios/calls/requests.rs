//! Streams of requests: what arrives, who waits for whom, and how either side ends.

use std::future::IntoFuture;
use std::time::Duration;

use dynamo_harness::{SOON, eventually, within};
use dynamo_sdk::component::Double;
use dynamo_sdk::error::CancelCause;
use dynamo_sdk::prelude::*;
use dynamo_sdk::server::ServingState;
use tokio::sync::mpsc;

use crate::calls::flow::{FlowBench, Source, Total};
use dynamo_rig::Picky;
use dynamo_rig::{Setup, Tune};

/// The receiving end of a channel as a stream.
fn received<T>(receiver: mpsc::Receiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async move {
        let item = receiver.recv().await?;
        Some((item, receiver))
    })
}

pub(crate) async fn each_request_is_answered_before_the_next_is_made(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    for far in [false, true] {
        let (sender, receiver) = mpsc::channel(1);
        let call = if far {
            bench.flow.relay(received(receiver)).into_future()
        } else {
            bench.flow.echo(received(receiver)).into_future()
        };
        let mut items = within(SOON, "the start", call).await.unwrap();
        for number in 0..100 {
            sender.send(number).await.unwrap();
            assert_eq!(within(SOON, "an answer", items.try_next()).await.unwrap(), Some(number));
        }
        drop(sender);
        assert_eq!(within(SOON, "the end", items.try_next()).await.unwrap(), None);
    }
}

pub(crate) async fn many_requests_have_one_response(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let total = bench.flow.sum(stream::iter(1..=10)).await.unwrap();
    assert_eq!(total, Total { count: 10, sum: 55 });
    let local = crate::calls::flow::FlowClient::from_double(
        Double::new()
            .unary("sum", |numbers: RequestStream<u64>| async move {
                Ok(Total { count: numbers.count().await as u64, sum: 0 })
            })
            .stream("echo", |numbers: RequestStream<u64>| numbers.map(|number| number.unwrap() + 1)),
    );
    assert_eq!(local.sum(stream::iter(1..=10)).await.unwrap(), Total { count: 10, sum: 0 });
    let items = local.echo(stream::iter([1, 2])).await.unwrap();
    assert_eq!(items.try_collect::<Vec<_>>().await.unwrap(), [2, 3]);
}

pub(crate) async fn no_request_at_all_is_a_stream_of_them(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    assert_eq!(bench.flow.sum(stream::empty()).await.unwrap(), Total { count: 0, sum: 0 });
    let mut items = bench.flow.echo(stream::empty()).await.unwrap();
    assert_eq!(within(SOON, "the end", items.try_next()).await.unwrap(), None);
}

pub(crate) async fn ten_thousand_requests_have_ten_thousand_items(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let items = bench.flow.echo(stream::iter(0..10_000)).await.unwrap();
    let items = within(SOON * 4, "all items", items.try_collect::<Vec<_>>()).await.unwrap();
    assert_eq!(items, (0..10_000).collect::<Vec<_>>());
}

pub(crate) async fn a_request_of_two_mebibytes_arrives(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let texts = [2, 1].map(|mebibytes| "x".repeat(mebibytes << 20));
    let mut items = bench.flow.hold(stream::iter(texts)).await.unwrap();
    assert_eq!(within(SOON, "its length", items.try_next()).await.unwrap(), Some(2 << 20));
}

pub(crate) async fn the_end_of_the_requests_leaves_the_response_alone(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let items = bench.flow.afterwards(stream::iter(0..1000)).await.unwrap();
    let cx = items.context().clone();
    let items = within(SOON, "all items", items.try_collect::<Vec<_>>()).await.unwrap();
    assert_eq!(items, (1..=1000).collect::<Vec<_>>());
    assert_eq!(bench.journal.lines(), ["1000 requests, stopped: false"]);
    assert!(!cx.is_stopped());
}

pub(crate) async fn a_response_may_end_before_the_requests(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let source = Source::default();
    let items = bench.flow.brief(source.of(stream::iter(5..))).await.unwrap();
    let mut items = std::pin::pin!(items);
    let got: Vec<u64> = within(SOON, "all items", items.as_mut().try_collect()).await.unwrap();
    assert_eq!(got, [5, 6, 11]);
    assert!(source.is_gone(), "with the response the requests end, before it is dropped");
}

pub(crate) async fn a_handler_may_drop_its_requests_and_answer_on(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let source = Source::default();
    let mut items = bench.flow.enough(source.of(stream::iter(7..))).await.unwrap();
    for expected in 7..1007 {
        assert_eq!(within(SOON, "an item", items.try_next()).await.unwrap(), Some(expected));
    }
    let reading = async {
        while !source.is_gone() {
            items.try_next().await.unwrap();
        }
    };
    within(SOON, "the requests to end", reading).await;
    assert!(items.try_next().await.unwrap().is_some(), "the response goes on");
}

/// Back-pressure: whoever does not read stops the stream of requests, also two hops away.
async fn holds_back(bench: &FlowBench, far: bool) {
    const SIZE: usize = 64 * 1024;
    let source = Source::default();
    let texts = source.of(stream::repeat_with(|| "x".repeat(SIZE)));
    let call =
        if far { bench.flow.hold_far(texts).into_future() } else { bench.flow.hold(texts).into_future() };
    let mut items = within(SOON, "the start", call).await.unwrap();
    assert_eq!(within(SOON, "the first item", items.try_next()).await.unwrap(), Some(SIZE as u64));
    let (mut before, mut still) = (0, 0);
    let waiting = eventually(SOON * 2, "the requests to wait", async || {
        let given = source.given();
        still = if given == before { still + 1 } else { 0 };
        before = given;
        still == 20
    });
    // The requests go out while the response is read.
    tokio::select! {
        item = items.next() => panic!("{item:?}"),
        () = waiting => {}
    }
    let hops = if far { 2 } else { 1 };
    // What the sockets of a connection hold, and a batch at each end.
    let most = if bench.is_remote() { hops * 16 * 1024 * 1024 / SIZE as u64 } else { 2 };
    assert!(before <= most, "{before} requests of {SIZE} bytes over {hops} hops");
    items.stop();
    assert_eq!(within(SOON, "the end", items.try_next()).await.unwrap(), None);
    // The first of two hops does not see a stop, which ends it and with it the second.
    bench.journal.sees(SOON, if far { "hold ended" } else { "hold ended stopped" }).await;
}

pub(crate) async fn a_handler_that_does_not_read_holds_its_caller_back(setup: Setup) {
    holds_back(&FlowBench::new(setup).await, false).await;
}

pub(crate) async fn a_handler_that_does_not_read_holds_the_first_of_two_hops_back(setup: Setup) {
    holds_back(&FlowBench::new(setup).await, true).await;
}

pub(crate) async fn a_slow_reader_holds_the_producer_behind_two_hops_back(setup: Setup) {
    const SIZE: usize = 64 * 1024;
    let bench = FlowBench::new(setup).await;
    let mut items = bench.flow.endless_far(SIZE).await.unwrap();
    for _ in 0..10 {
        items.try_next().await.unwrap().unwrap();
    }
    let (mut before, mut still) = (0, 0);
    eventually(SOON * 2, "the producer to wait", async || {
        let made = bench.journal.made();
        still = if made == before { still + 1 } else { 0 };
        before = made;
        still == 20
    })
    .await;
    let ahead = before - 10;
    let most = if bench.is_remote() { 2 * 16 * 1024 * 1024 / SIZE as u64 } else { 4 };
    assert!(ahead <= most, "{ahead} items ahead");
    for _ in 0..ahead + 100 {
        items.try_next().await.unwrap().unwrap();
    }
}

pub(crate) async fn dropping_the_call_ends_the_requests_and_the_handler(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let source = Source::default();
    let (_sender, receiver) = mpsc::channel::<String>(1);
    let first = stream::iter(["one".to_owned()]);
    let mut items = bench.flow.hold(source.of(first.chain(received(receiver)))).await.unwrap();
    assert_eq!(within(SOON, "an item", items.try_next()).await.unwrap(), Some(3));
    drop(items);
    assert!(source.is_gone());
    bench.journal.sees(SOON, "hold ended killed").await;

    // Before there is a response.
    let source = Source::default();
    let mut call = bench.flow.careless(source.of(stream::pending())).into_future();
    {
        let mut began = std::pin::pin!(bench.journal.sees(SOON, "careless began"));
        tokio::select! {
            outcome = &mut call => panic!("{outcome:?}"),
            _ = &mut began => {}
        }
    }
    drop(call);
    assert!(source.is_gone());
    bench.journal.sees(SOON, "careless ended killed").await;
}

pub(crate) async fn a_stop_is_the_end_of_the_requests_on_both_sides(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let source = Source::default();
    let (_sender, receiver) = mpsc::channel(1);
    let numbers = source.of(stream::iter([1, 2, 3]).chain(received(receiver)));
    let cx = Context::new();
    let call = bench.flow.afterwards(numbers).context(&cx).into_future();
    let stop = async {
        eventually(SOON, "three requests", async || source.given() == 3).await;
        cx.stop(CancelCause::Requested);
    };
    let (items, ()) = within(SOON, "the start", futures::future::join(call, stop)).await;
    let items: Vec<u64> = within(SOON, "the rest", items.unwrap().try_collect()).await.unwrap();
    let line = bench.journal.sees(SOON, "").await;
    assert!(line.ends_with("requests, stopped: true"), "{line}");
    let read: u64 = line.split(' ').next().unwrap().parse().unwrap();
    assert!(read <= 3, "{read}");
    assert_eq!(items, (1..=read).collect::<Vec<_>>());
    assert!(source.is_gone());
}

/// Nothing is taken from the stream before an instance has accepted the call, and it is not sent twice.
pub(crate) async fn requests_move_on_with_their_call_until_one_is_sent(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let (other, _serving, _) = bench.another().await;
    // In flight, so that the first worker drains for as long as the test needs it.
    let (_sender, receiver) = mpsc::channel(1);
    let numbers = stream::iter([1]).chain(received(receiver));
    let mut held = bench.flow.echo(numbers).instance(bench.server.instance_id()).await.unwrap();
    assert_eq!(held.try_next().await.unwrap(), Some(1));
    let mut state = bench.serving.state();
    let ended = bench.server.runtime().spawn(async { bench.serving.shutdown().await });
    within(SOON, "draining", state.wait_for(|state| *state >= ServingState::Draining)).await.unwrap();
    for _ in 0..20 {
        let total = bench.flow.sum(stream::iter([1, 2, 3])).await.unwrap();
        assert_eq!(total, Total { count: 3, sum: 6 });
    }
    // Until its record is gone, the first worker may still be asked, and answer.
    let (mut list, first) = (bench.flow.watch(&"echo".parse().unwrap()), bench.server.instance_id());
    within(SOON, "the record to go", list.wait_for(|list| list.get(first).is_none())).await.unwrap();
    let items = bench.flow.echo(stream::iter([1])).await.unwrap();
    assert_eq!(items.instance(), Some(other.instance_id()));
    drop(held);
    within(SOON, "the end", ended).await.unwrap();
}

pub(crate) async fn a_call_whose_requests_were_read_is_not_repeated(setup: Setup) {
    let tune: Tune = |config| {
        let limit = Duration::from_millis(200);
        config.graceful_shutdown_timeout(limit).shutdown_grace(limit)
    };
    let bench = FlowBench::tuned(setup, tune).await;
    let (_other, _serving, journal) = bench.another().await;
    // Round robin: of two calls in a row, one goes to the first worker.
    let calls = [0, 1].map(|_| {
        let numbers = stream::iter([1, 2]).chain(stream::pending());
        bench.flow.sum(numbers).idempotent().into_future()
    });
    let end = async {
        bench.journal.sees(SOON, "read 2").await;
        journal.sees(SOON, "read 2").await;
        let before = journal.lines();
        bench.serving.shutdown().await;
        before
    };
    let (call, other) = calls.into();
    let ended = futures::future::select(call, other);
    let (ended, before) = within(SOON * 3, "the end", futures::future::join(ended, end)).await;
    let (outcome, _other) = ended.factor_first();
    let error = outcome.unwrap_err();
    assert!(!error.is_safe_to_retry(), "{error:?}");
    assert_eq!(journal.lines(), before, "nobody else saw the requests");
}

pub(crate) async fn the_requests_are_part_of_the_call(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    let ids = stream::once(async { Context::current().map(|cx| cx.id().len() as u64).unwrap_or_default() });
    let total = bench.flow.sum(ids).request_id("0123456789").await.unwrap();
    assert_eq!(total, Total { count: 1, sum: 10 });
}

pub(crate) async fn calls_with_requests_leave_nothing(setup: Setup) {
    let bench = FlowBench::new(setup).await;
    bench.flow.one(1).await.unwrap();
    let both = [&bench.server, &bench.caller];
    let before = both.map(dynamo_rig::tasks);
    for round in 0..20 {
        let brief = Duration::from_millis(1 + round % 5);
        bench.flow.sum(stream::iter(0..round)).await.unwrap();
        let _ = tokio::time::timeout(brief, bench.flow.mute(stream::iter(0..)).into_future()).await;
        let _ = tokio::time::timeout(brief, bench.flow.echo(stream::pending()).into_future()).await;
        bench.flow.client().call::<u64, Total>("sum", 1).await.unwrap_err();
        bench.flow.picky(stream::iter([Picky(0)])).await.unwrap_err();
        let mut items = bench.flow.echo(stream::iter(0..)).await.unwrap();
        items.next().await.unwrap().unwrap();
        drop(items);
        let mut items = bench.flow.echo(stream::iter([1]).chain(stream::pending())).await.unwrap();
        items.next().await.unwrap().unwrap();
        items.stop();
        while items.next().await.is_some() {}
    }
    eventually(SOON, "nothing to be left", async || {
        both.iter().all(|runtime| dynamo_rig::in_flight(runtime) == 0 && dynamo_rig::pending(runtime) == 0)
            && both.iter().zip(before).all(|(runtime, before)| dynamo_rig::tasks(runtime) <= before + 2)
    })
    .await;
}
