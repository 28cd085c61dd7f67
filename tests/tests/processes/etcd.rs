//! A cluster with etcd.

use std::time::Duration;

use dynamo_harness::{Etcd, Program, Signal, within};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    AT_ONCE, LIMIT, TTL, check_greeting, client_of, etcd_config, keys, on_etcd, start, wait_for_keys,
    wait_for_more,
};

/// Etcd looks for leases that have ended twice a second.
const EXPIRY: Duration = Duration::from_secs(4);

fn server(etcd: &Etcd) -> Program {
    on_etcd(Program::example_full("hello_server"), etcd)
}

fn client(etcd: &Etcd) -> Program {
    on_etcd(Program::example_full("hello_client"), etcd).env("DYN_SDK_INSTANCE_WAIT_SECS", "0.5")
}

/// The value of `"Name" : value` in the output of etcdctl.
fn field<'a>(fields: &'a str, name: &str) -> &'a str {
    let start = format!("\"{name}\" : ");
    fields
        .lines()
        .find_map(|line| line.strip_prefix(&start))
        .unwrap_or_else(|| panic!("no {name} in {fields}"))
}

#[tokio::test]
async fn the_record_is_that_of_dynamo_and_goes_at_sigterm() {
    let etcd = Etcd::start().await;
    let mut server = start(server(&etcd).env("DYN_TCP_RPC_HOST", "127.0.0.1")).await;
    let fields = etcd.etcdctl(&["get", "v1/instances", "--prefix", "--write-out=fields"]).await;
    let key = field(&fields, "Key").trim_matches('"').to_owned();
    let id = key.strip_prefix("v1/instances/demo/hello/greet/").unwrap_or_else(|| panic!("{key}"));
    let number = u64::from_str_radix(id, 16).unwrap();
    assert_eq!(id, format!("{number:x}"), "lower case, no padding");
    assert_eq!(field(&fields, "Lease"), number.to_string(), "the lease is the instance");
    let value: Value =
        serde_json::from_str(&etcd.etcdctl(&["get", &key, "--print-value-only"]).await).unwrap();
    let transport = value["transport"]["tcp"].as_str().unwrap();
    let (address, path) = transport.split_once('/').unwrap();
    assert!(address.parse::<std::net::SocketAddr>().unwrap().ip().is_loopback());
    assert_eq!(path, format!("{id}/demo/hello/greet"));
    let expected = json!({
        "type": "Endpoint", "namespace": "demo", "component": "hello", "endpoint": "greet", "instance_id": number,
        "transport": {"tcp": transport}, "device_type": "cpu", "request_plane_codec": "msgpack",
    });
    assert_eq!(value, expected);
    assert_eq!(keys(&etcd).await, [key]);

    server.signal(Signal::TERM);
    wait_for_keys(&etcd, 0, Duration::from_secs(1)).await;
    assert_eq!(server.wait(AT_ONCE).await.code(), Some(0));
    assert_eq!(etcd.etcdctl(&["lease", "list"]).await.trim(), "found 0 leases");
}

/// Contract 4: until the end of the lease, the client says that nobody is there; the next server takes over.
#[tokio::test]
async fn the_record_of_a_killed_server_ends_with_its_lease() {
    let etcd = Etcd::start().await;
    let mut first = start(server(&etcd)).await;
    let client = client(&etcd).spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
    first.kill().await;
    assert_eq!(keys(&etcd).await.len(), 1, "nobody took it away");
    client.wait_for_line("NotDelivered", AT_ONCE).await;
    wait_for_keys(&etcd, 0, EXPIRY).await;
    wait_for_more(&client, "NoInstances", 1, LIMIT).await;
    let _second = start(server(&etcd)).await;
    wait_for_more(&client, "\"world\"", 1, LIMIT).await;
}

#[tokio::test]
async fn a_restart_of_etcd_is_not_noticed_by_calls() {
    let mut etcd = Etcd::start().await;
    let server = start(server(&etcd)).await;
    let client = client(&etcd).spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
    let before = keys(&etcd).await;
    etcd.restart().await;
    wait_for_more(&client, "\"world\"", 2, LIMIT).await;
    sleep(TTL * 2).await;
    assert_eq!(keys(&etcd).await, before);
    wait_for_more(&client, "\"world\"", 1, LIMIT).await;
    let errors: Vec<_> = client.stdout().into_iter().filter(|line| !line.starts_with("Ok(")).collect();
    assert_eq!(errors, [""; 0]);
    drop(server);
}

/// Both come up by themselves.
#[tokio::test]
async fn etcd_may_start_three_seconds_after_the_processes() {
    let mut etcd = Etcd::start().await;
    etcd.stop().await;
    let (server, client) = (server(&etcd).spawn(), client(&etcd).spawn());
    let wait = Duration::from_secs(3);
    let (says, ()) = tokio::join!(server.wait_for_line("waiting for etcd", wait), sleep(wait));
    assert!(says.contains("WARN") && says.contains("ETCD_ENDPOINTS") && says.contains(&etcd.url()), "{says}");
    etcd.start_again().await;
    server.wait_for_line("registered", Duration::from_secs(5)).await;
    client.wait_for_line("\"world\"", LIMIT).await;
    check_greeting(&client_of(etcd_config(&etcd)).await).await;
}

#[tokio::test]
async fn a_signal_ends_the_wait_for_etcd() {
    let mut etcd = Etcd::start().await;
    etcd.stop().await;
    for signal in [Signal::TERM, Signal::INT] {
        let mut process = server(&etcd).spawn();
        process.wait_for_line("waiting for etcd", AT_ONCE).await;
        process.signal(signal);
        let signalled = Instant::now();
        assert_eq!(process.wait(AT_ONCE).await.code(), Some(0));
        assert!(signalled.elapsed() < Duration::from_secs(1), "{:?}", signalled.elapsed());
    }
}

/// The same when etcd is frozen, and nothing is refused.
#[tokio::test]
async fn a_signal_ends_the_wait_for_an_etcd_that_is_silent() {
    let mut etcd = Etcd::start().await;
    etcd.pause().await;
    let mut process = server(&etcd).spawn();
    process.wait_for_line("settings", AT_ONCE).await;
    process.signal(Signal::TERM);
    assert_eq!(process.wait(AT_ONCE).await.code(), Some(0));
}

#[tokio::test]
async fn an_etcd_that_is_not_there_is_waited_for_and_then_given_up() {
    let mut etcd = Etcd::start().await;
    etcd.stop().await;
    let start = Instant::now();
    let mut process = server(&etcd).env("ETCD_STARTUP_CONNECT_TIMEOUT_SECONDS", "2").spawn();
    process.wait_for_line("waiting for etcd", AT_ONCE).await;
    assert_eq!(process.wait(LIMIT).await.code(), Some(3));
    let took = start.elapsed();
    assert!(Duration::from_secs(2) <= took && took < Duration::from_secs(4), "{took:?}");
    let said = process.stderr().pop().unwrap();
    for expected in
        ["error: etcd", "ETCD_ENDPOINTS", &etcd.url(), "within 2 s", "ETCD_STARTUP_CONNECT_TIMEOUT_SECONDS"]
    {
        assert!(said.contains(expected), "no {expected} in: {said}");
    }
}

/// What answers, but is no etcd with our credentials, is not waited for.
#[tokio::test]
async fn wrong_credentials_end_the_process_at_once() {
    let etcd = Etcd::start().await;
    etcd.etcdctl(&["user", "add", "root:secret"]).await;
    etcd.etcdctl(&["user", "grant-role", "root", "root"]).await;
    etcd.etcdctl(&["auth", "enable"]).await;
    let program = server(&etcd).env("ETCD_AUTH_USERNAME", "root").env("ETCD_AUTH_PASSWORD", "hunter1");
    let start = Instant::now();
    let finished = program.run(LIMIT).await;
    assert_eq!(finished.status.code(), Some(3), "{}", finished.stderr);
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    assert!(finished.stderr.contains("ETCD_AUTH_PASSWORD") && !finished.stderr.contains("hunter"));
}

/// Leaving is bounded, also when nobody is there to leave.
#[tokio::test]
async fn a_server_leaves_although_etcd_is_gone() {
    let mut etcd = Etcd::start().await;
    let mut server = start(server(&etcd)).await;
    etcd.stop().await;
    server.signal(Signal::TERM);
    let status = within(Duration::from_secs(14), "the end", server.wait(LIMIT)).await;
    assert_eq!(status.code(), Some(0));
    assert!(server.stderr().iter().any(|line| line.contains("WARN")));
}
