//! The NATS request plane, with discovery on etcd.

use std::time::Duration;

use dynamo_harness::{Etcd, Nats, Program, Signal, eventually};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{AT_ONCE, LIMIT, keys, on_etcd, start, wait_for_keys, wait_for_more};

const EXPIRY: Duration = Duration::from_secs(4);

fn program(example: &str, etcd: &Etcd, nats: &Nats) -> Program {
    on_etcd(Program::example_full(example), etcd)
        .env("DYN_REQUEST_PLANE", "nats")
        .env("NATS_SERVER", nats.url())
        .env("DYN_SDK_INSTANCE_WAIT_SECS", "0.5")
}

async fn servers() -> (Etcd, Nats) {
    tokio::join!(Etcd::start(), Nats::start())
}

/// All subscriptions of all clients, as the monitoring port shows them.
async fn subscriptions(nats: &Nats) -> Vec<String> {
    let clients = nats.monitor("/connz?subs=1").await;
    let lists = clients["connections"].as_array().unwrap().iter();
    let subjects = lists.filter_map(|client| client["subscriptions_list"].as_array()).flatten();
    subjects.map(|subject| subject.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_record_and_the_subscription_are_those_of_dynamo_and_calls_work() {
    let (etcd, nats) = servers().await;
    let mut server = start(program("hello_server", &etcd, &nats)).await;
    let key = keys(&etcd).await.pop().unwrap();
    let id = key.strip_prefix("v1/instances/demo/hello/greet/").unwrap().to_owned();
    let value: Value =
        serde_json::from_str(&etcd.etcdctl(&["get", &key, "--print-value-only"]).await).unwrap();
    let subject = value["transport"]["nats_tcp"].as_str().unwrap();
    assert_eq!(subject, format!("demo_hello.greet-{id}"));
    let shown = subscriptions(&nats).await;
    assert!(shown.iter().any(|shown| shown == subject), "no {subject} in {shown:?}");

    let client = program("hello_client", &etcd, &nats).spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
    let expected =
        ["nice", "to", "meet", "you,", "world"].map(|text| format!("Ok(Word {{ text: {text:?} }})"));
    assert_eq!(client.stdout().into_iter().take(5).collect::<Vec<_>>(), expected);

    server.signal(Signal::TERM);
    wait_for_keys(&etcd, 0, Duration::from_secs(1)).await;
    assert_eq!(server.wait(LIMIT).await.code(), Some(0));
    eventually(AT_ONCE, "the subscription to end", async || {
        !subscriptions(&nats).await.iter().any(|shown| shown == subject)
    })
    .await;
}

/// The stream goes on on its own connection, and ends with its end mark.
#[tokio::test]
async fn sigterm_lets_a_greeting_end() {
    let (etcd, nats) = servers().await;
    let mut server = start(program("hello_server", &etcd, &nats)).await;
    let client = program("hello_client", &etcd, &nats).spawn();
    client.wait_for_line("\"nice\"", LIMIT).await;
    server.signal(Signal::TERM);
    client.wait_for_line("\"world\"", AT_ONCE).await;
    assert_eq!(server.wait(LIMIT).await.code(), Some(0));
    client.wait_for_line("NoInstances", LIMIT).await;
    let errors: Vec<_> = client.stdout().into_iter().filter(|line| line.starts_with("Err(")).collect();
    assert_eq!(errors, [""; 0]);
}

/// Nobody listens any more, which is an error at once.
#[tokio::test]
async fn a_killed_server_is_an_error_at_once_and_the_next_one_takes_over() {
    let (etcd, nats) = servers().await;
    let mut server = start(program("hello_server", &etcd, &nats)).await;
    let client = program("hello_client", &etcd, &nats).spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
    server.kill().await;
    client.wait_for_line("NotDelivered", AT_ONCE).await;
    wait_for_keys(&etcd, 0, EXPIRY).await;
    wait_for_more(&client, "NoInstances", 1, LIMIT).await;
    let _second = start(program("hello_server", &etcd, &nats)).await;
    wait_for_more(&client, "\"world\"", 1, LIMIT).await;
}

#[tokio::test]
async fn a_restart_of_nats_is_survived() {
    let (etcd, mut nats) = servers().await;
    let _server = start(program("hello_server", &etcd, &nats)).await;
    let client = program("hello_client", &etcd, &nats).spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
    nats.restart().await;
    wait_for_more(&client, "\"world\"", 2, LIMIT).await;
}

#[tokio::test]
async fn nats_may_start_after_the_processes() {
    let (etcd, mut nats) = servers().await;
    nats.stop().await;
    let server = program("hello_server", &etcd, &nats).spawn();
    let client = program("hello_client", &etcd, &nats).spawn();
    let wait = Duration::from_secs(3);
    let (says, ()) = tokio::join!(server.wait_for_line("waiting for NATS", wait), sleep(wait));
    assert!(says.contains("NATS_SERVER") && says.contains(&nats.url()), "{says}");
    nats.start_again().await;
    server.wait_for_line("registered", LIMIT).await;
    client.wait_for_line("\"world\"", LIMIT).await;
}

#[tokio::test]
async fn a_nats_that_is_not_there_is_waited_for_and_then_given_up() {
    let (etcd, mut nats) = servers().await;
    nats.stop().await;
    let start = Instant::now();
    let limited = program("hello_server", &etcd, &nats).env("NATS_STARTUP_CONNECT_TIMEOUT_SECONDS", "2");
    let finished = limited.run(LIMIT).await;
    assert_eq!(finished.status.code(), Some(3), "{}", finished.stderr);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let said = finished.stderr.lines().last().unwrap();
    assert!(said.contains("NATS_SERVER") && said.contains(&nats.url()), "{said}");
    assert_eq!(keys(&etcd).await, [""; 0]);

    let mut process = program("hello_server", &etcd, &nats).spawn();
    process.wait_for_line("waiting for NATS", AT_ONCE).await;
    process.signal(Signal::TERM);
    assert_eq!(process.wait(AT_ONCE).await.code(), Some(0));
}
