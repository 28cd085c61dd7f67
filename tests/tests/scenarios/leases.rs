//! Leases and lists of instances while handlers block, leases are lost, and etcd is away.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dynamo_harness::{AT_ONCE, Etcd, LIMIT, eventually, within};
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::config::DiscoveryBackend;
use dynamo_sdk::discovery::LeaseState;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, Runtime};
use tokio::time::{Instant, sleep};

const TTL: Duration = Duration::from_secs(2);
const BACK: Duration = Duration::from_secs(5);
/// Between two numbers of a count.
const PAUSE_MS: u64 = 100;

#[component(namespace = "demo")]
struct Sleeper;

#[endpoints]
impl Sleeper {
    /// Takes its thread for a time, as a handler should not.
    #[endpoint]
    async fn block(&self, millis: u64) -> u64 {
        std::thread::sleep(Duration::from_millis(millis));
        millis
    }

    /// Counts, with pauses.
    #[endpoint]
    async fn count(&self, to: u64) -> impl Stream<Item = u64> {
        stream::iter(0..to).then(async |n| {
            sleep(Duration::from_millis(PAUSE_MS)).await;
            n
        })
    }
}

/// A process on etcd: here with a runtime of its own, of two threads.
async fn join(etcd: &Etcd) -> DistributedRuntime {
    let config = Config::builder()
        .discovery_backend(DiscoveryBackend::Etcd)
        .etcd_endpoints(vec![etcd.url()])
        .etcd_lease_ttl(TTL)
        .etcd_keepalive_interval(Duration::from_secs(1))
        .etcd_keepalive_timeout(Duration::from_secs(1))
        .num_worker_threads(2_usize)
        // Handlers that block all threads may keep an acknowledgement back as well: it is the lease that is tested.
        .tcp_request_timeout(LIMIT)
        .build()
        .unwrap();
    DistributedRuntime::new(Runtime::new(&config).unwrap(), config).await.unwrap()
}

/// A server and a client, as two processes would be.
async fn pair(etcd: &Etcd) -> (DistributedRuntime, SleeperClient) {
    let server = join(etcd).await;
    server.serve(Sleeper).start().await.unwrap().detach();
    let client = SleeperClient::connect(&join(etcd).await).await.unwrap();
    client.wait_ready(1, LIMIT).await.unwrap();
    (server, client)
}

/// The record of `count`, with its versions and its lease; empty if there is none.
async fn record(etcd: &Etcd, server: &DistributedRuntime) -> String {
    let key = format!("v1/instances/demo/sleeper/count/{}", server.instance_id());
    let fields = etcd.etcdctl(&["get", &key, "--write-out=fields"]).await;
    let tells = ["Version", "CreateRevision", "Lease"];
    fields.lines().filter(|line| tells.iter().any(|field| line.contains(&format!("\"{field}\"")))).collect()
}

async fn leave(server: &DistributedRuntime, client: &SleeperClient) {
    assert!(within(LIMIT, "the server to leave", server.shutdown()).await);
    assert!(within(LIMIT, "the client to leave", client.client().runtime().unwrap().shutdown()).await);
}

/// The promise of the secondary pool.
#[tokio::test]
async fn handlers_that_block_all_threads_for_three_lease_periods_do_not_cost_the_lease() {
    let etcd = Etcd::start().await;
    let (server, client) = pair(&etcd).await;
    let before = record(&etcd, &server).await;
    assert!(before.contains(&format!("\"Lease\" : {}", server.instance_id().0)), "{before}");
    let millis = u64::try_from(TTL.as_millis()).unwrap() * 3;
    let answered = AtomicUsize::new(0);
    let block = async || {
        let answer = client.block(millis).await;
        answered.fetch_add(1, Ordering::Relaxed);
        answer
    };
    let watch = async {
        while answered.load(Ordering::Relaxed) < 2 {
            assert_eq!(record(&etcd, &server).await, before, "put once, and there all the time");
            sleep(Duration::from_millis(100)).await;
        }
    };
    let start = Instant::now();
    let calls = async { tokio::join!(block(), block(), watch) };
    let (one, two, ()) = within(LIMIT * 2, "the calls", calls).await;
    assert_eq!((one.unwrap(), two.unwrap()), (millis, millis));
    assert!(start.elapsed() >= TTL * 3);
    assert!(!server.discovery().lease().has_changed().unwrap());
    assert_eq!(within(AT_ONCE, "a call", client.block(0)).await.unwrap(), 0);
    leave(&server, &client).await;
}

/// Contract 6.
#[tokio::test]
async fn a_revoked_lease_is_taken_again_under_the_same_id() {
    let etcd = Etcd::start().await;
    let (server, client) = pair(&etcd).await;
    let lease = format!("\"Lease\" : {}", server.instance_id().0);
    let stream = client.count(30).await.unwrap();
    let mut state = server.discovery().lease();
    let before = record(&etcd, &server).await;
    etcd.etcdctl(&["lease", "revoke", &server.instance_id().to_string()]).await;
    let lost = state.wait_for(|state| matches!(state, LeaseState::Lost { .. }));
    within(TTL + AT_ONCE, "the loss to be noticed", lost).await.unwrap();
    within(BACK, "the lease", state.wait_for(|state| *state == LeaseState::Held)).await.unwrap();
    let after = record(&etcd, &server).await;
    assert!(after.contains(&lease) && after != before, "{after}");
    client.wait_ready(1, AT_ONCE).await.unwrap();
    assert_eq!(within(AT_ONCE, "a call", client.block(0)).await.unwrap(), 0);
    let numbers: Vec<u64> = within(LIMIT, "the stream", stream.try_collect()).await.unwrap();
    assert_eq!(numbers.len(), 30, "a stream in flight is not touched");
    leave(&server, &client).await;
}

#[tokio::test]
async fn an_outage_of_two_lease_periods_leaves_streams_and_lists_alone() {
    let mut etcd = Etcd::start().await;
    let (server, client) = pair(&etcd).await;
    let mut list = client.watch(&EndpointName::from_static("count"));
    let fewest = Arc::new(AtomicUsize::new(list.borrow_and_update().instances.len()));
    assert_eq!(fewest.load(Ordering::Relaxed), 1);
    let seen = Arc::clone(&fewest);
    let mut followed = list.clone();
    let follow = server.runtime().spawn(async move {
        while followed.changed().await.is_ok() {
            seen.fetch_min(followed.borrow_and_update().instances.len(), Ordering::Relaxed);
        }
    });
    // It lasts until after the outage.
    let stream = client.count(80).await.unwrap();
    let start = Instant::now();

    etcd.stop().await;
    within(AT_ONCE, "staleness", list.wait_for(|list| list.stale_since.is_some())).await.unwrap();
    while start.elapsed() < TTL * 2 {
        assert_eq!(
            within(AT_ONCE, "a call", client.block(0)).await.unwrap(),
            0,
            "the last list stays in use"
        );
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(fewest.load(Ordering::Relaxed), 1, "no list became empty");
    follow.abort();

    // With its data, etcd would prolong all leases.
    etcd.start_empty().await;
    eventually(BACK, "the record", async || !record(&etcd, &server).await.is_empty()).await;
    let back = list.wait_for(|list| list.stale_since.is_none() && list.instances.len() == 1);
    within(BACK, "a fresh list", back).await.unwrap();
    assert_eq!(within(AT_ONCE, "a call", client.block(0)).await.unwrap(), 0);
    let numbers: Vec<u64> = within(LIMIT, "the stream", stream.try_collect()).await.unwrap();
    assert_eq!(numbers, (0..80).collect::<Vec<_>>());
    leave(&server, &client).await;
}

/// The same with its data: nobody sees an empty list at any time.
#[tokio::test]
async fn a_restart_of_etcd_never_empties_a_list() {
    let mut etcd = Etcd::start().await;
    let (server, client) = pair(&etcd).await;
    let mut list = client.watch(&EndpointName::from_static("count"));
    etcd.stop().await;
    let mut stale = false;
    let follow = async {
        loop {
            let now = list.borrow_and_update().clone();
            assert_eq!(now.instances.len(), 1);
            stale |= now.stale_since.is_some();
            if stale && now.stale_since.is_none() {
                return;
            }
            list.changed().await.unwrap();
        }
    };
    let outage = async {
        sleep(TTL * 2).await;
        etcd.start_again().await;
    };
    within(LIMIT, "a fresh list", async { tokio::join!(follow, outage) }).await;
    // Two processes hold a lease, so at least one of the three renewals is for the server's. Without it the lease would
    // end before the client's had been renewed three times.
    eventually(LIMIT, "renewals after the restart", async || etcd.renewals().await >= 3.0).await;
    assert!(!record(&etcd, &server).await.is_empty());
    assert_eq!(list.borrow().instances.len(), 1);
    leave(&server, &client).await;
}
