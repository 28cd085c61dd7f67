//! The contract of `dynamo_sdk::discovery`, sentence by sentence, on every backend; then what only one of them can do.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cluster;
mod etcd;
mod file;

use std::collections::{BTreeMap, BTreeSet};

use cluster::{Cluster, Seen, record};
use dynamo_harness::{AT_ONCE, within};
use dynamo_sdk::discovery::{Bucket, DiscoveryEvent, Key, LeaseState};
use dynamo_sdk::error::ErrorKind;
use tokio::time::Instant;

macro_rules! contract {
    ($($test:ident)+) => {
        contract!(@ memory Memory $($test)+);
        contract!(@ files Files $($test)+);
        contract!(@ etcds Etcds $($test)+);
    };
    (@ $module:ident $cluster:ident $($test:ident)+) => {
        mod $module {
            use super::cluster::{Cluster as _, $cluster};
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test($cluster::start().await).await;
                }
            )+
        }
    };
}

contract! {
    a_record_is_visible_to_a_fresh_watcher_once_register_returns
    a_key_cannot_be_registered_twice
    a_watch_is_a_snapshot_and_then_changes
    nothing_is_lost_or_doubled_between_the_snapshot_and_the_changes
    a_member_that_leaves_in_order_disappears_at_once
    a_member_that_dies_disappears_within_its_lease_period
    a_lost_lease_is_taken_again_and_all_records_with_it
    a_bucket_does_not_see_another_and_a_prefix_ends_at_a_name
    removing_a_foreign_record_changes_nothing
    a_thousand_records_are_listed_within_two_seconds
}

/// Contract 1.
async fn a_record_is_visible_to_a_fresh_watcher_once_register_returns(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    for n in 0..5 {
        worker.register(record(n)).await.unwrap();
        let mut watch = client.watch(Bucket::Instances).await.unwrap();
        let first = within(AT_ONCE, "a snapshot", watch.next()).await;
        let Some(DiscoveryEvent::Snapshot(records)) = first else { panic!("{first:?}") };
        assert!(records.contains(&record(n)), "{records:?}");
    }
}

/// Contract 1.
async fn a_key_cannot_be_registered_twice(cluster: impl Cluster) {
    let (one, other) = (cluster.join().await, cluster.join().await);
    one.register(record(1)).await.unwrap();
    let mut changed = record(1);
    changed.value = "{}".into();
    for (member, record) in
        [(&one, record(1)), (&other, record(1)), (&one, changed.clone()), (&other, changed.clone())]
    {
        let error = member.register(record).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
        assert!(error.to_string().contains("v1/instances/demo/echo/say/1"), "{error}");
    }
    one.deregister(&changed.key).await.unwrap();
    other.register(changed.clone()).await.unwrap();
    let mut seen = Seen::new(&one).await;
    seen.until(AT_ONCE, "the new value", |records| records.get(&changed.key) == Some(&changed.value)).await;
}

/// Contract 2.
async fn a_watch_is_a_snapshot_and_then_changes(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    let mut watch = client.watch(Bucket::Instances).await.unwrap();
    let mut next = async || within(AT_ONCE, "an event", watch.next()).await.unwrap();
    assert_eq!(next().await, DiscoveryEvent::Snapshot(vec![]));
    worker.register(record(1)).await.unwrap();
    assert_eq!(next().await, DiscoveryEvent::Put(record(1)));
    worker.deregister(&record(1).key).await.unwrap();
    assert_eq!(next().await, DiscoveryEvent::Removed(record(1).key));
}

/// Contract 3: a watch begins while records come and go.
async fn nothing_is_lost_or_doubled_between_the_snapshot_and_the_changes(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    let busy = async {
        for n in 0..60 {
            worker.register(record(n)).await.unwrap();
            if n % 3 == 0 {
                worker.deregister(&record(n).key).await.unwrap();
            }
        }
    };
    let watching = async {
        let mut watches = Vec::new();
        for _ in 0..5 {
            watches.push(Seen::new(&client).await);
            tokio::task::yield_now().await;
        }
        watches
    };
    let ((), mut watches) = tokio::join!(busy, watching);
    let expected: BTreeMap<_, _> =
        (0..60).filter(|n| n % 3 != 0).map(record).map(|r| (r.key, r.value)).collect();
    for seen in &mut watches {
        seen.until(AT_ONCE, "all records", |records| *records == expected).await;
        assert_eq!(seen.doubled, 0, "a put or removal that changes nothing");
    }
}

/// Contract 4.
async fn a_member_that_leaves_in_order_disappears_at_once(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    worker.register(record(1)).await.unwrap();
    worker.register(record(2)).await.unwrap();
    let mut own = worker.watch(Bucket::Instances).await.unwrap();
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "two records", |records| records.len() == 2).await;
    worker.close().await;
    seen.until(AT_ONCE, "no record", BTreeMap::is_empty).await;
    within(AT_ONCE, "the end of the watch", async { while own.next().await.is_some() {} }).await;
    worker.close().await;
    assert_eq!(*worker.lease().borrow(), LeaseState::Closed);
    assert_eq!(worker.register(record(3)).await.unwrap_err().kind(), ErrorKind::ShuttingDown);
    assert_eq!(worker.watch(Bucket::Instances).await.unwrap_err().kind(), ErrorKind::ShuttingDown);
}

/// Contract 4.
async fn a_member_that_dies_disappears_within_its_lease_period(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    worker.register(record(1)).await.unwrap();
    client.register(record(2)).await.unwrap();
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "two records", |records| records.len() == 2).await;
    drop(worker);
    seen.until(cluster.lease_period() * 2, "one record", |records| records.len() == 1).await;
    assert!(seen.records.contains_key(&record(2).key), "the living stay");
}

/// Contract 6, 7.
async fn a_lost_lease_is_taken_again_and_all_records_with_it(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    for n in 0..3 {
        worker.register(record(n)).await.unwrap();
    }
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "three records", |records| records.len() == 3).await;
    let before = seen.records.clone();
    let mut lease = worker.lease();
    assert_eq!(*lease.borrow_and_update(), LeaseState::Held);
    cluster.lose_lease(&worker).await;
    if cluster.shows_loss() {
        seen.until(AT_ONCE, "the loss", |records| records.len() < 3).await;
    }
    seen.until(cluster.lease_period() + AT_ONCE, "the return", |records| *records == before).await;
    let mut fresh = Seen::new(&client).await;
    fresh.until(cluster.lease_period() + AT_ONCE, "the return", |records| *records == before).await;
    within(AT_ONCE, "the lease", lease.wait_for(|state| *state == LeaseState::Held)).await.unwrap();
}

/// Contract 8.
async fn a_bucket_does_not_see_another_and_a_prefix_ends_at_a_name(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    let mut keys = BTreeSet::new();
    for bucket in Bucket::ALL {
        for path in ["demo/echo/gen/1", "demo/echo/generate/1", "demo/Odd %name_ä/gen/1"] {
            let mut record = record(1);
            record.key = Key::new(bucket, path);
            keys.insert(record.key.clone());
            worker.register(record).await.unwrap();
        }
    }
    for bucket in Bucket::ALL {
        let mut seen = Seen::in_bucket(&client, bucket).await;
        seen.until(AT_ONCE, "three records", |records| records.len() == 3).await;
        assert!(seen.records.keys().all(|key| key.bucket() == bucket && keys.contains(key)));
        assert_eq!(seen.records.keys().filter(|key| key.matches("demo/echo/gen")).count(), 1);
    }
}

async fn removing_a_foreign_record_changes_nothing(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    worker.register(record(1)).await.unwrap();
    client.deregister(&record(1).key).await.unwrap();
    client.deregister(&record(2).key).await.unwrap();
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "the record", |records| records.len() == 1).await;
}

async fn a_thousand_records_are_listed_within_two_seconds(cluster: impl Cluster) {
    let (worker, client) = (cluster.join().await, cluster.join().await);
    for n in 0..1000 {
        worker.register(record(n)).await.unwrap();
    }
    let start = Instant::now();
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "a thousand records", |records| records.len() == 1000).await;
    assert!(start.elapsed() < AT_ONCE);
}
