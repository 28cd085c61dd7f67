//! One machine, no server.

use std::fs;
use std::time::Duration;

use dynamo_harness::{Program, Signal};
use dynamo_sdk::ComponentClient as _;
use tokio::time::Instant;

use crate::{AT_ONCE, Directory, LIMIT, TTL, check_greeting, records_in, start, wait_for_more};

#[tokio::test]
async fn hello_world_needs_nothing_prints_its_stream_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    // Where the directory is by default. This is no variable of ours.
    let program = Program::example("hello_world").env("TMPDIR", temporary.path());
    let start = Instant::now();
    let finished = program.run(LIMIT).await;
    let took = start.elapsed();
    assert_eq!(finished.status.code(), Some(0), "{finished:?}");
    assert_eq!(finished.stdout, "> hello\n> one\n> word\n> after\n> the\n> other");
    assert!(took < AT_ONCE, "{took:?}");
    assert!(!finished.stderr.contains("WARN") && !finished.stderr.contains("ERROR"), "{}", finished.stderr);
    let store = temporary.path().join("dynamo_store_kv");
    assert!(store.is_dir(), "the default directory is used");
    assert_eq!(records_in(&store), [""; 0]);
}

#[tokio::test]
async fn a_server_and_a_client_find_each_other() {
    let directory = Directory::new();
    let _server = start(directory.program("hello_server")).await;
    let client = directory.program("hello_client").spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
    let words: Vec<String> = client.stdout().into_iter().take(5).collect();
    let expected =
        ["nice", "to", "meet", "you,", "world"].map(|text| format!("Ok(Word {{ text: {text:?} }})"));
    assert_eq!(words, expected);
}

#[tokio::test]
async fn a_client_may_come_first() {
    let directory = Directory::new();
    let client = directory.program("hello_client").env("DYN_SDK_INSTANCE_WAIT_SECS", "0.5").spawn();
    client.wait_for_line("NoInstances", LIMIT).await;
    let _server = directory.program("hello_server").spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
}

#[tokio::test]
async fn a_call_waits_for_the_first_instance() {
    let directory = Directory::new();
    // Longer than a server takes to start on a machine that is busy.
    let wait = LIMIT.as_secs().to_string();
    let client = directory.program("hello_client").env("DYN_SDK_INSTANCE_WAIT_SECS", wait).spawn();
    client.wait_for_line("settings", LIMIT).await;
    let _server = directory.program("hello_server").spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
    assert!(!client.stdout().iter().any(|line| line.contains("NoInstances")), "{:?}", client.stdout());
}

/// Contract 4: a typed error at once, no record after its lifetime, and the next server takes over.
#[tokio::test]
async fn a_killed_server_is_an_error_at_once_and_the_next_one_takes_over() {
    let directory = Directory::new();
    let mut server = start(directory.program("hello_server")).await;
    let client = directory.program("hello_client").env("DYN_SDK_INSTANCE_WAIT_SECS", "0.5").spawn();
    client.wait_for_line("\"world\"", LIMIT).await;
    server.kill().await;
    let killed = Instant::now();
    client.wait_for_line("NotDelivered", AT_ONCE).await;
    // The client is the only one left to see that the server is dead.
    directory.wait_for_records(0, TTL + AT_ONCE).await;
    assert!(killed.elapsed() < TTL + AT_ONCE, "{:?}", killed.elapsed());
    wait_for_more(&client, "NoInstances", 1, LIMIT).await;
    let _second = directory.program("hello_server").spawn();
    wait_for_more(&client, "\"world\"", 1, LIMIT).await;
}

/// While another instance lives, nobody notices.
#[tokio::test]
async fn calls_go_to_the_other_server_when_one_is_killed() {
    let directory = Directory::new();
    let (mut one, _two) =
        tokio::join!(start(directory.program("hello_server")), start(directory.program("hello_server")));
    let hello = directory.client().await;
    check_greeting(&hello).await;
    one.kill().await;
    for _ in 0..20 {
        check_greeting(&hello).await;
    }
}

/// Contract 4: the record of a server that is paused for long is taken away, and is back when it goes on.
#[tokio::test]
async fn a_server_that_was_frozen_registers_again() {
    let directory = Directory::new();
    let mut server = start(directory.program("hello_server")).await;
    let hello = directory.client().await;
    check_greeting(&hello).await;
    server.pause().await;
    directory.wait_for_records(0, TTL + AT_ONCE).await;
    server.resume();
    directory.wait_for_records(1, TTL + AT_ONCE).await;
    check_greeting(&hello).await;
}

#[tokio::test]
async fn a_client_ends_on_a_signal_and_leaves_nothing() {
    let directory = Directory::new();
    // The call in flight waits for an instance, and the end does not wait for the call.
    let wait = (LIMIT * 4).as_secs().to_string();
    let mut client = directory.program("hello_client").env("DYN_SDK_INSTANCE_WAIT_SECS", wait).spawn();
    client.wait_for_line("settings", LIMIT).await;
    client.signal(Signal::TERM);
    assert_eq!(client.wait(LIMIT).await.code(), Some(0));
    assert_eq!(directory.records(), [""; 0]);
}

/// What is no record of ours is left alone, and does not hurt.
#[tokio::test]
async fn rubbish_in_the_directory_is_skipped() {
    let directory = Directory::new();
    let bucket = directory.path().join("v1/instances");
    fs::create_dir_all(&bucket).unwrap();
    fs::write(bucket.join("demo%2Fhello%2Fgreet%2F1"), b"no json \xff").unwrap();
    fs::write(bucket.join("README"), b"hello").unwrap();
    let _server = start(directory.program("hello_server")).await;
    let hello = directory.client().await;
    hello.wait_ready(1, Duration::from_secs(2)).await.unwrap();
    check_greeting(&hello).await;
}
