//! A thousand instances, a thousand clients.

use dynamo_harness::{Etcd, eventually, within};
use dynamo_sdk::address::{EndpointName, InstanceId};
use dynamo_sdk::config::DiscoveryBackend;
use dynamo_sdk::discovery::{self, Bucket, Discovery, Key, Record};
use dynamo_sdk::{ComponentClient, DistributedRuntime, LocalCluster};
use tokio::time::Instant;

use crate::runtime::{AT_ONCE, ProbeClient, local, owned, two_threads};

fn record(n: u64, transport: &str) -> Record {
    let key = Key::new(Bucket::Instances, format!("demo/probe/count/{n:x}"));
    let value = format!(
        r#"{{"type":"Endpoint","namespace":"demo","component":"probe","endpoint":"count","instance_id":{n},"transport":{{"{transport}":"127.0.0.1:1/{n:x}/demo/probe/count"}}}}"#
    );
    Record { key, value: value.into() }
}

#[tokio::test]
async fn a_client_with_a_thousand_instances_is_made_at_once() {
    let cluster = LocalCluster::new();
    let member = cluster.store().join(InstanceId::random());
    for n in 1..=1000 {
        member.register(record(n, "memory")).await.unwrap();
    }
    let start = Instant::now();
    let runtime = local(&cluster, owned());
    let probe = within(AT_ONCE, "the client", ProbeClient::connect(&runtime)).await.unwrap();
    assert_eq!(probe.instances(&EndpointName::from_static("count")).instances.len(), 1000);
    assert!(start.elapsed() < AT_ONCE);
}

/// One watch for all clients of a process, which ends with the last of them.
#[tokio::test]
async fn a_thousand_clients_share_one_watch_of_a_thousand_instances() {
    let etcd = Etcd::start().await;
    let config = || {
        let backend = two_threads().discovery_backend(DiscoveryBackend::Etcd);
        backend.etcd_endpoints(vec![etcd.url()]).build().unwrap()
    };
    let others = owned();
    let store = discovery::open(&others, &config(), InstanceId::random()).await.unwrap();
    for n in 1..=1000 {
        store.register(record(n, "tcp")).await.unwrap();
    }
    let watchers = async || etcd.metric("etcd_debugging_mvcc_watcher_total").await;
    let runtime = DistributedRuntime::new(owned(), config()).await.unwrap();
    let before = watchers().await;
    let start = Instant::now();
    let mut probes = vec![within(AT_ONCE, "the client", ProbeClient::connect(&runtime)).await.unwrap()];
    assert_eq!(probes[0].instances(&EndpointName::from_static("count")).instances.len(), 1000);
    for _ in 1..1000 {
        probes.push(ProbeClient::connect(&runtime).await.unwrap());
    }
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    eventually(AT_ONCE, "one watch", async || watchers().await == before + 1.0).await;
    drop(probes);
    eventually(AT_ONCE, "no watch", async || watchers().await == before).await;
    store.close().await;
    assert!(runtime.shutdown().await);
}
