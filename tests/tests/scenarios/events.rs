//! What is promised about events, on every event plane; then what only one of them can do.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod component;
mod nats;
mod place;
mod zmq;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use dynamo_harness::{eventually, within};
use dynamo_sdk::ComponentId;
use dynamo_sdk::address::{ComponentName, EndpointId, EndpointName, NamespaceName, TopicName};
use dynamo_sdk::events::{EventError, EventScope};
use dynamo_sdk::events::{EventPublisher, EventSubscription};
use dynamo_sdk::prelude::*;
use futures::FutureExt;
use place::{Beat, LIMIT, Place, handle, meet, next, publish};
use serde_json::{Value, json};

macro_rules! conformance {
    ($($test:ident)+) => {
        conformance!(@ memory in_memory $($test)+);
        conformance!(@ over_zmq zmq $($test)+);
        conformance!(@ over_nats nats $($test)+);
    };
    (@ $module:ident $plane:ident $($test:ident)+) => {
        mod $module {
            use super::place::Place;
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(Place::$plane().await).await;
                }
            )+
        }
    };
}

conformance! {
    events_arrive_in_order_and_say_who_and_when
    a_scope_and_a_topic_hear_themselves_and_nothing_else
    a_late_subscriber_hears_what_comes_after_and_misses_nothing
    several_publishers_are_told_apart
    several_subscribers_hear_the_same
    a_slow_reader_loses_the_oldest_and_is_told_how_many
    what_is_of_another_type_is_one_error_and_the_next_event_arrives
    a_publisher_that_goes_is_no_gap_and_the_next_one_is_found
    names_that_only_dynamo_allows_are_heard_and_kept_apart
    publishing_without_subscribers_succeeds_and_an_oversized_event_fails
    the_end_of_the_runtime_is_the_end_of_the_stream
    a_dropped_call_leaves_nothing
}

async fn events_arrive_in_order_and_say_who_and_when(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    let met = meet(&publisher, &mut beats).await;
    let before = SystemTime::now() - Duration::from_millis(1);
    publish(&publisher, 0..500).await;
    for n in 0..500 {
        let event = next(&mut beats).await;
        assert_eq!((event.payload.n, event.sequence), (n, met + 1 + n));
        assert_eq!((event.publisher, event.missed_before), (publisher.id(), 0));
        assert!(event.published_at >= before && event.published_at <= SystemTime::now(), "{event:?}");
    }
    assert_eq!(beats.counts().malformed, 0);
    place.end([worker, reader]).await;
}

async fn a_scope_and_a_topic_hear_themselves_and_nothing_else(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let endpoint: EndpointId = "demo.worker.say".parse().unwrap();
    let scopes: [EventScope; 5] = [
        endpoint.namespace.clone().into(),
        endpoint.component_id().into(),
        endpoint.clone().into(),
        ComponentId::from_static("demo", "work").into(),
        NamespaceName::from_static("dem").into(),
    ];
    let topics = ["load", "load-2", "lo"].map(TopicName::from_static);
    let (mut publishers, mut subscriptions) = (Vec::new(), Vec::new());
    for (scope, topic) in scopes.iter().flat_map(|scope| topics.iter().map(move |topic| (scope, topic))) {
        let (scope, topic) = (scope.clone(), topic.clone());
        subscriptions
            .push(EventSubscription::<Beat>::new(&reader, scope.clone(), topic.clone()).await.unwrap());
        publishers.push(EventPublisher::<Beat>::new(&worker, scope, topic).await.unwrap());
    }
    for (publisher, subscription) in publishers.iter().zip(&mut subscriptions) {
        meet(publisher, subscription).await;
    }
    for (n, publisher) in (0..).zip(&publishers) {
        publish(publisher, n..n + 1).await;
    }
    for ((n, publisher), subscription) in (0..).zip(&publishers).zip(&mut subscriptions) {
        let event = next(subscription).await;
        assert_eq!((event.payload.n, event.publisher), (n, publisher.id()));
        assert_eq!((subscription.scope(), subscription.topic()), (publisher.scope(), publisher.topic()));
        assert!(subscription.next().now_or_never().is_none());
    }
    place.end([worker, reader]).await;
}

async fn a_late_subscriber_hears_what_comes_after_and_misses_nothing(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    publish(&publisher, 0..20).await;
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    publish(&publisher, 20..21).await;
    let met = meet(&publisher, &mut beats).await;
    assert!(met > 20, "{met}");
    publish(&publisher, 21..22).await;
    let event = next(&mut beats).await;
    assert_eq!((event.payload.n, event.sequence, event.missed_before), (21, met + 1, 0));
    place.end([worker, reader]).await;
}

async fn several_publishers_are_told_apart(place: Place) {
    let (one, two, reader) = (place.join().await, place.join().await, place.join().await);
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let publishers = [
        handle(&one).publisher::<Beat>("beat").await.unwrap(),
        handle(&two).publisher::<Beat>("beat").await.unwrap(),
        handle(&two).publisher::<Beat>("beat").await.unwrap(),
    ];
    for publisher in &publishers {
        meet(publisher, &mut beats).await;
    }
    for n in 0..50 {
        for publisher in &publishers {
            publish(publisher, n..n + 1).await;
        }
    }
    let mut heard: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for _ in 0..150 {
        let event = next(&mut beats).await;
        assert_eq!(event.missed_before, 0, "{event:?}");
        heard.entry(event.publisher).or_default().push(event.payload.n);
    }
    assert_eq!(heard.len(), 3);
    assert!(heard.values().all(|numbers| numbers.iter().copied().eq(0..50)), "{heard:?}");
    place.end([one, two, reader]).await;
}

async fn several_subscribers_hear_the_same(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    let mut all = Vec::new();
    for runtime in [&reader, &reader, &worker] {
        let mut beats = handle(runtime).subscribe::<Beat>("beat").await.unwrap();
        meet(&publisher, &mut beats).await;
        all.push(beats);
    }
    publish(&publisher, 1000..1010).await;
    for beats in &mut all {
        let mut heard = Vec::new();
        while heard.last() != Some(&1009) {
            heard.push(next(beats).await.payload.n);
        }
        heard.retain(|n| (1000..2000).contains(n));
        assert!(heard.iter().copied().eq(1000..1010), "{heard:?}");
    }
    place.end([worker, reader]).await;
}

async fn a_slow_reader_loses_the_oldest_and_is_told_how_many(place: Place) {
    let worker = place.join().await;
    let reader = place.join_with(|config| config.event_queue(10_usize)).await;
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    let met = meet(&publisher, &mut beats).await;
    let before = beats.counts();
    publish(&publisher, 0..100).await;
    eventually(LIMIT, "all events to arrive", async || beats.counts().received == before.received + 100)
        .await;
    let first = next(&mut beats).await;
    assert_eq!((first.payload.n, first.sequence, first.missed_before), (90, met + 91, 90));
    for n in 91..100 {
        let event = next(&mut beats).await;
        assert_eq!((event.payload.n, event.missed_before), (n, 0));
    }
    let counts = beats.counts();
    assert_eq!((counts.lagged - before.lagged, publisher.dropped()), (90, 0));
    place.end([worker, reader]).await;
}

async fn what_is_of_another_type_is_one_error_and_the_next_event_arrives(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let publisher = handle(&worker).publisher::<Value>("beat").await.unwrap();
    eventually(LIMIT, "the first event", async || {
        publisher.publish(&json!({ "n": 0 })).await.unwrap();
        beats.counts().received > 0
    })
    .await;
    publisher.publish(&json!("a text")).await.unwrap();
    publisher.publish(&json!({ "n": 7 })).await.unwrap();
    let error = loop {
        match within(LIMIT, "an item", beats.next()).await.unwrap() {
            Ok(event) => assert_eq!(event.payload.n, 0),
            Err(error) => break error,
        }
    };
    let EventError::Undecodable { publisher: from, sequence, missed_before, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((*from, *missed_before), (publisher.id(), 0));
    assert!(error.to_string().contains(&format!("event {sequence} of publisher {from}")), "{error}");
    let event = next(&mut beats).await;
    assert_eq!((event.payload.n, event.sequence, event.missed_before), (7, sequence + 1, 0));
    place.end([worker, reader]).await;
}

async fn a_publisher_that_goes_is_no_gap_and_the_next_one_is_found(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let mut ids = Vec::new();
    for round in 0..3 {
        let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
        ids.push(publisher.id());
        meet(&publisher, &mut beats).await;
        publish(&publisher, round..round + 1).await;
        let event = next(&mut beats).await;
        assert_eq!((event.payload.n, event.missed_before), (round, 0));
        // Dropped or closed, it is gone.
        if round == 1 {
            publisher.close().await.unwrap();
        } else {
            drop(publisher);
        }
        eventually(LIMIT, "the publisher to be gone", async || beats.counts().publishers == 0).await;
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
    place.end([worker, reader]).await;
}

async fn names_that_only_dynamo_allows_are_heard_and_kept_apart(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let mut pairs = Vec::new();
    for (namespace, component, endpoint, topic) in [
        ("My-Ns", "A%b c", "\u{e4}>*", "a.b"),
        ("My-Ns", "A%b", "c", "\u{e4}>*.a.b"),
        ("my-ns", "A%25b%20c", "\u{e4}>*", "a%2Eb"),
    ] {
        let scope: EventScope = EndpointId {
            namespace: NamespaceName::from_wire(namespace).unwrap(),
            component: ComponentName::from_wire(component).unwrap(),
            endpoint: EndpointName::from_wire(endpoint).unwrap(),
        }
        .into();
        let topic = TopicName::from_wire(topic).unwrap();
        let beats = EventSubscription::<Beat>::new(&reader, scope.clone(), topic.clone()).await.unwrap();
        pairs.push((EventPublisher::<Beat>::new(&worker, scope, topic).await.unwrap(), beats));
    }
    for (publisher, beats) in &mut pairs {
        meet(publisher, beats).await;
    }
    for (n, (publisher, _)) in (0..).zip(&pairs) {
        publish(publisher, n..n + 1).await;
    }
    for (n, (publisher, beats)) in (0..).zip(&mut pairs) {
        let event = next(beats).await;
        assert_eq!((event.payload.n, event.publisher), (n, publisher.id()));
        assert!(beats.next().now_or_never().is_none());
    }
    place.end([worker, reader]).await;
}

async fn publishing_without_subscribers_succeeds_and_an_oversized_event_fails(place: Place) {
    let worker = place.join_with(|config| config.max_event_size(1000_usize)).await;
    let publisher = handle(&worker).publisher::<str>("text").await.unwrap();
    publisher.publish("hello").await.unwrap();
    let error = publisher.publish(&"x".repeat(1000)).await.unwrap_err();
    assert_eq!(error.kind(), dynamo_sdk::error::ErrorKind::Invalid);
    assert!(error.to_string().contains("DYN_SDK_MAX_EVENT_SIZE"), "{error}");
    let mut texts = handle(&worker).subscribe::<String>("text").await.unwrap();
    eventually(LIMIT, "the first event", async || {
        publisher.publish("again").await.unwrap();
        texts.counts().received > 0
    })
    .await;
    let event = within(LIMIT, "an event", texts.recv()).await.unwrap().unwrap();
    assert_eq!((event.payload.as_str(), event.missed_before), ("again", 0));
    for bad in ["", "Text", "a.b", "a/b"] {
        let error = handle(&worker).publisher::<str>(bad).await.unwrap_err();
        assert_eq!(error.kind(), dynamo_sdk::error::ErrorKind::Invalid, "{bad}");
        assert!(handle(&worker).subscribe::<String>(bad).await.is_err(), "{bad}");
    }
    place.end([worker]).await;
}

async fn the_end_of_the_runtime_is_the_end_of_the_stream(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    meet(&publisher, &mut beats).await;
    assert!(within(LIMIT, "the shutdown", reader.shutdown()).await);
    while let Some(event) = within(LIMIT, "the end of the stream", beats.next()).await {
        event.unwrap();
    }
    let error = handle(&reader).subscribe::<Beat>("beat").await.unwrap_err();
    assert_eq!(error.kind(), dynamo_sdk::error::ErrorKind::ShuttingDown);
    // A publisher outlives nothing, and does not mind.
    publish(&publisher, 0..3).await;
    assert!(within(LIMIT, "the shutdown", worker.shutdown()).await);
    drop(publisher);
    place.end([]).await;
}

async fn a_dropped_call_leaves_nothing(place: Place) {
    let (worker, reader) = (place.join().await, place.join().await);
    let tasks = |runtime: &DistributedRuntime| dynamo_rig::tasks(runtime);
    let (mut keep, publisher) = (
        handle(&reader).subscribe::<Beat>("kept").await.unwrap(),
        handle(&worker).publisher::<Beat>("kept").await.unwrap(),
    );
    meet(&publisher, &mut keep).await;
    let before = [&worker, &reader].map(tasks);
    for _ in 0..10 {
        let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
        let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
        meet(&publisher, &mut beats).await;
        publish(&publisher, 0..10).await;
        // Given up half-way.
        let (here, there) = (handle(&reader), handle(&worker));
        let _ = futures::poll!(&mut here.subscribe::<Beat>("beat").boxed());
        let _ = futures::poll!(&mut there.publisher::<Beat>("beat").boxed());
    }
    eventually(LIMIT, "nothing to be left", async || [&worker, &reader].map(tasks) == before).await;
    if let Some(records) = place.records("event_channels") {
        assert_eq!(records.len(), 1, "{records:?}");
    }
    place.end([worker, reader]).await;
}
