//! What only etcd can do, or suffer.

use std::collections::BTreeMap;
use std::time::Duration;

use dynamo_harness::{Etcd, Proxy, eventually, knock, within};
use dynamo_sdk::discovery::{DiscoveryEvent, LeaseState};
use dynamo_sdk::error::ErrorKind;
use dynamo_sdk::{Config, Runtime};
use tokio::time::Instant;

use crate::discovery_contract::AT_ONCE;
use crate::discovery_contract::cluster::{Cluster, Etcds, Member, Seen, config, record};

/// Until a silent server is noticed: two intervals of the heartbeat, a list in vain, and some air.
const SILENCE: Duration = Duration::from_secs(4);

/// The record on the wire: the key as it is, the value as it is, the instance id as lease.
#[tokio::test]
async fn a_record_is_a_key_on_a_lease_with_the_id_of_the_instance() {
    let cluster = Etcds::start().await;
    let worker = cluster.join().await;
    worker.register(record(1)).await.unwrap();
    let fields = cluster.0.etcdctl(&["get", "v1/instances/demo/echo/say/1", "--write-out=fields"]).await;
    assert!(fields.contains(r#""Value" : "{\"type\":\"Endpoint\",\"instance_id\":1}""#), "{fields}");
    assert!(fields.contains(&format!(r#""Lease" : {}"#, worker.id.0)), "{fields}");
    worker.close().await;
    assert_eq!(cluster.0.etcdctl(&["get", "v1/", "--prefix"]).await, "");
    assert_eq!(cluster.0.etcdctl(&["lease", "list"]).await.trim(), "found 0 leases");
}

/// Contract 3 and 5.
#[tokio::test]
async fn what_happens_while_the_watch_is_cut_is_seen_once_when_it_heals() {
    let cluster = Etcds::start().await;
    let proxy = Proxy::start(cluster.0.addr()).await;
    let url = format!("http://{}", proxy.addr());
    let client = Member::open(config(&url).etcd_lease_ttl(Duration::from_secs(30))).await.unwrap();
    for n in ["1", "2", "3"] {
        cluster.0.etcdctl(&["put", &format!("v1/instances/demo/echo/say/{n}"), "old"]).await;
    }
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "three records", |records| records.len() == 3).await;
    let before = seen.records.clone();
    proxy.cut().await;
    seen.until_stale(AT_ONCE).await;
    assert_eq!(seen.records, before, "contract 5");
    cluster.0.etcdctl(&["del", "v1/instances/demo/echo/say/1"]).await;
    let put = cluster.0.etcdctl(&["put", "v1/instances/demo/echo/say/2", "new", "--write-out=json"]).await;
    let revision = put.split("\"revision\":").nth(1).unwrap();
    let revision: String = revision.chars().take_while(char::is_ascii_digit).collect();
    cluster.0.etcdctl(&["compact", &revision]).await;
    proxy.heal().await;
    let healed = Instant::now();
    let event = within(AT_ONCE, "the snapshot", seen.next()).await;
    assert!(healed.elapsed() < AT_ONCE && matches!(event, DiscoveryEvent::Snapshot(_)), "{event:?}");
    let expected: BTreeMap<_, _> = [(record(2).key, "new".into()), (record(3).key, "old".into())].into();
    assert_eq!(seen.records, expected);
    cluster.0.etcdctl(&["put", "v1/instances/demo/echo/say/4", "old"]).await;
    seen.until(AT_ONCE, "the next change", |records| records.len() == 3).await;
    assert_eq!(seen.doubled, 0);
}

/// The connection is there, but nothing comes.
#[tokio::test]
async fn a_silent_watch_is_noticed_and_heals() {
    let cluster = Etcds::start().await;
    let proxy = Proxy::start(cluster.0.addr()).await;
    let client = Member::open(config(&format!("http://{}", proxy.addr()))).await.unwrap();
    cluster.0.etcdctl(&["put", "v1/instances/demo/echo/say/1", "old"]).await;
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "a record", |records| records.len() == 1).await;
    proxy.stall();
    seen.until_stale(SILENCE).await;
    cluster.0.etcdctl(&["put", "v1/instances/demo/echo/say/2", "new"]).await;
    assert_eq!(seen.records.len(), 1);
    proxy.heal().await;
    seen.until(Duration::from_secs(3), "both records", |records| records.len() == 2).await;
}

#[tokio::test]
async fn one_silent_server_of_several_is_left_for_another() {
    let cluster = Etcds::start().await;
    let proxies = [Proxy::start(cluster.0.addr()).await, Proxy::start(cluster.0.addr()).await];
    let urls: Vec<_> = proxies.iter().map(|proxy| format!("http://{}", proxy.addr())).collect();
    let config = cluster.config().etcd_endpoints(urls).etcd_lease_ttl(Duration::from_secs(6));
    let worker = Member::open(config).await.unwrap();
    worker.register(record(1)).await.unwrap();
    let mut seen = Seen::new(&worker).await;
    seen.until(AT_ONCE, "the record", |records| records.len() == 1).await;
    for n in 2..4 {
        let used = proxies.iter().position(|proxy| proxy.open() > 0).unwrap();
        proxies[used].stall();
        cluster.0.etcdctl(&["put", &format!("v1/instances/demo/echo/say/{n}"), "{}"]).await;
        let expected = usize::try_from(n).unwrap();
        seen.until(SILENCE + AT_ONCE, "the new record", |records| records.len() == expected).await;
        let renewals = cluster.0.renewals().await;
        let renewed = async || cluster.0.renewals().await > renewals;
        eventually(SILENCE, "a renewal over the other server", renewed).await;
        assert_eq!(*worker.lease().borrow(), LeaseState::Held);
        proxies[used].heal().await;
        proxies[used].wait_open(0).await;
    }
}

/// Contract 5 and 6.
#[tokio::test]
async fn a_paused_etcd_leaves_the_list_stale_and_then_right() {
    let mut cluster = Etcds::start().await;
    let (worker, client) = (cluster.join().await, cluster.join().await);
    worker.register(record(1)).await.unwrap();
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "the record", |records| records.len() == 1).await;
    cluster.0.pause().await;
    seen.until_stale(SILENCE).await;
    let mut lease = worker.lease();
    let lost = lease.wait_for(|state| matches!(state, LeaseState::Lost { .. }));
    within(Etcds::TTL * 3, "the loss of the lease", lost).await.unwrap();
    assert_eq!(seen.records.len(), 1);
    cluster.0.resume();
    within(Duration::from_secs(10), "the lease", lease.wait_for(|state| *state == LeaseState::Held))
        .await
        .unwrap();
    seen.until(Duration::from_secs(5), "the record", |records| records.len() == 1).await;
    worker.register(record(2)).await.unwrap();
    seen.until(Duration::from_secs(5), "both records", |records| records.len() == 2).await;
}

#[tokio::test]
async fn leaving_is_bounded_in_time_also_when_etcd_is_silent() {
    let mut cluster = Etcds::start().await;
    let (worker, client) = (cluster.join().await, cluster.join().await);
    worker.register(record(1)).await.unwrap();
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "the record", |records| records.len() == 1).await;
    cluster.0.pause().await;
    within(Duration::from_secs(7), "the end", worker.close()).await;
    assert_eq!(*worker.lease().borrow(), LeaseState::Closed);
    cluster.0.resume();
    seen.until(Duration::from_secs(8), "the end of the lease", BTreeMap::is_empty).await;
}

#[tokio::test]
async fn records_are_back_five_seconds_after_etcd_is() {
    let mut cluster = Etcds::start().await;
    let (worker, client) = (cluster.join().await, cluster.join().await);
    for n in 0..3 {
        worker.register(record(n)).await.unwrap();
    }
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "the records", |records| records.len() == 3).await;
    let mut lease = worker.lease();
    cluster.0.stop().await;
    seen.until_stale(AT_ONCE).await;
    let lost = lease.wait_for(|state| matches!(state, LeaseState::Lost { .. }));
    within(Etcds::TTL * 3, "the loss of the lease", lost).await.unwrap();
    assert_eq!(seen.records.len(), 3, "contract 5");
    // Etcd prolongs all leases when it starts; without its data they are gone for certain.
    cluster.0.start_empty().await;
    let up = Instant::now();
    eventually(Duration::from_secs(5), "the records", async || {
        cluster.0.etcdctl(&["get", "v1/", "--prefix", "--keys-only"]).await.matches("v1/").count() == 3
    })
    .await;
    seen.until(Duration::from_secs(5), "the records", |records| records.len() == 3).await;
    within(Duration::from_secs(5), "no staleness", async {
        while seen.stale {
            seen.next().await;
        }
    })
    .await;
    assert!(up.elapsed() < Duration::from_secs(5), "{:?}", up.elapsed());
}

/// The lease goes on over a restart, and no watcher sees anything but the same list.
#[tokio::test]
async fn a_restart_of_etcd_costs_nothing() {
    let mut cluster = Etcds::start().await;
    let worker = Member::open(cluster.config().etcd_lease_ttl(Duration::from_secs(10))).await.unwrap();
    worker.register(record(1)).await.unwrap();
    let mut seen = Seen::new(&worker).await;
    seen.until(AT_ONCE, "the record", |records| records.len() == 1).await;
    cluster.0.restart().await;
    worker.register(record(2)).await.unwrap();
    seen.until(Duration::from_secs(5), "both records", |records| records.len() == 2).await;
    assert_eq!(*worker.lease().borrow(), LeaseState::Held);
    let fields = cluster.0.etcdctl(&["get", "v1/instances/demo/echo/say/1", "--write-out=fields"]).await;
    assert!(fields.contains(r#""Version" : 1"#), "{fields}");
}

#[tokio::test]
async fn blocked_primary_threads_do_not_cost_the_lease() {
    let cluster = Etcds::start().await;
    let runtime = Runtime::new(&Config::builder().num_worker_threads(2_usize).build().unwrap()).unwrap();
    let worker = Member::open_on(runtime, cluster.config()).await.unwrap();
    worker.register(record(1)).await.unwrap();
    let end = std::time::SystemTime::now() + Etcds::TTL * 3;
    let blocked = [(); 4].map(|()| {
        worker.runtime.spawn(async move {
            while std::time::SystemTime::now() < end {
                std::thread::sleep(Duration::from_millis(50));
            }
        })
    });
    for task in blocked {
        task.await.unwrap();
    }
    let fields = cluster.0.etcdctl(&["get", "v1/instances/demo/echo/say/1", "--write-out=fields"]).await;
    assert!(fields.contains(r#""Version" : 1"#), "{fields}");
    assert!(fields.contains(&format!(r#""Lease" : {}"#, worker.id.0)), "{fields}");
    assert!(!worker.lease().has_changed().unwrap());
}

#[tokio::test]
async fn a_process_may_start_before_etcd() {
    let mut etcd = Etcd::start().await;
    etcd.stop().await;
    let (joined, ()) = tokio::join!(Member::open(config(&etcd.url())), async {
        within(AT_ONCE, "an attempt to connect", knock(etcd.addr())).await;
        etcd.start_again().await;
    });
    joined.unwrap().register(record(1)).await.unwrap();
}

#[tokio::test]
async fn a_missing_etcd_is_an_error_that_says_where_and_a_shutdown_ends_the_wait() {
    let mut etcd = Etcd::start().await;
    etcd.stop().await;
    let soon = config(&etcd.url()).etcd_startup_connect_timeout(Duration::from_secs(1));
    let error = within(Duration::from_secs(4), "the error", Member::open(soon)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    let text = format!("{error:?}");
    assert!(
        text.contains("ETCD_ENDPOINTS") && text.contains(&etcd.url()) && text.contains("refused"),
        "{text}"
    );

    let runtime = Runtime::from_current().unwrap();
    let token = runtime.token();
    let (joined, ()) = tokio::join!(Member::open_on(runtime, config(&etcd.url())), async {
        within(AT_ONCE, "an attempt to connect", knock(etcd.addr())).await;
        token.cancel();
    });
    assert_eq!(joined.err().unwrap().kind(), ErrorKind::ShuttingDown);
}

/// A restart makes etcd forget all logins, as time would.
#[tokio::test]
async fn wrong_credentials_are_refused_at_once_and_right_ones_last() {
    let mut cluster = Etcds::start().await;
    cluster.0.etcdctl(&["user", "add", "root:secret"]).await;
    cluster.0.etcdctl(&["user", "grant-role", "root", "root"]).await;
    cluster.0.etcdctl(&["auth", "enable"]).await;
    let login = |password: &str| {
        let user = Some("root".to_owned());
        cluster.config().etcd_auth_username(user).etcd_auth_password(Some(password.into()))
    };
    for config in [login("wrong"), cluster.config()] {
        let error = within(AT_ONCE, "the error", Member::open(config)).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
        let text = format!("{error:?}");
        assert!(text.contains("ETCD_AUTH_USERNAME") && !text.contains("wrong"), "{text}");
    }
    let worker = Member::open(login("secret")).await.unwrap();
    worker.register(record(1)).await.unwrap();
    let mut seen = Seen::new(&worker).await;
    seen.until(AT_ONCE, "the record", |records| records.len() == 1).await;
    cluster.0.restart().await;
    worker.register(record(2)).await.unwrap();
    seen.until(Duration::from_secs(5), "both records", |records| records.len() == 2).await;
    cluster.0.etcdctl(&["--user", "root:secret", "user", "add", "other:pw"]).await;
    worker.deregister(&record(1).key).await.unwrap();
    seen.until(Duration::from_secs(5), "one record", |records| records.len() == 1).await;
    worker.close().await;
}
