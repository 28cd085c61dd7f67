//! Leaving in order, and in a hurry.

use std::iter::once;
use std::time::Duration;

use dynamo_examples::{HelloClient, Word};
use dynamo_harness::{Process, Program, Signal, within};
use dynamo_sdk::ComponentId;
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;
use tokio::time::Instant;

use crate::{AT_ONCE, Directory, GREETING, LIMIT, client_of, greet, start, texts};

/// Between two words of a greeting that is in flight. There are five.
const PAUSE: Duration = Duration::from_millis(600);
/// For greetings that do not end by themselves.
const EVER: Duration = Duration::from_secs(600);

/// A greeting of which the first word has come.
async fn in_flight(hello: &HelloClient, pause: Duration) -> (Word, ResponseStream<Word>) {
    let mut words = within(LIMIT, "a stream", hello.greet(greet(pause))).await.unwrap();
    let first = within(LIMIT, "the first word", words.try_next()).await.unwrap().unwrap();
    (first, words)
}

/// A server with a greeting in flight that would take for ever.
async fn with_an_endless_call(directory: &Directory, program: Program) -> (Process, ResponseStream<Word>) {
    let server = start(program).await;
    let hello = directory.client().await;
    let words = within(LIMIT, "a stream", hello.greet(greet(EVER))).await.unwrap();
    (server, words)
}

async fn the_record_goes_at_once_and_the_stream_ends_complete(signal: Signal) {
    let directory = Directory::new();
    let mut server = start(directory.program("hello_server")).await;
    let hello = directory.client().await;
    let (first, rest) = in_flight(&hello, PAUSE).await;
    server.signal(signal);
    let signalled = Instant::now();
    directory.wait_for_records(0, AT_ONCE).await;
    let gone = signalled.elapsed();
    // Complete: the stream would end with an error without its end mark.
    let rest = within(LIMIT, "the rest", rest.try_collect::<Vec<_>>()).await.unwrap();
    let ended = signalled.elapsed();
    assert_eq!(texts(once(first).chain(rest).collect()), GREETING);
    assert!(gone < PAUSE && PAUSE * 2 < ended, "gone after {gone:?}, the stream ended after {ended:?}");
    assert_eq!(server.wait(AT_ONCE).await.code(), Some(0));
    let log = server.stderr();
    assert!(!log.iter().any(|line| line.contains("WARN") || line.contains("ERROR")), "{log:#?}");
}

#[tokio::test]
async fn sigterm_removes_the_record_at_once_and_lets_a_stream_end() {
    the_record_goes_at_once_and_the_stream_ends_complete(Signal::TERM).await;
}

#[tokio::test]
async fn sigint_does_the_same() {
    the_record_goes_at_once_and_the_stream_ends_complete(Signal::INT).await;
}

/// Who does not know yet that it is leaving is still served.
#[tokio::test]
async fn a_leaving_server_accepts_for_a_moment_and_then_refuses() {
    let directory = Directory::new();
    let program = directory.program("hello_server").env("DYN_SDK_SHUTDOWN_CONVERGE_SECS", "1");
    let (mut server, words) = with_an_endless_call(&directory, program).await;
    let config = directory.config().max_attempts(1_u32);
    let late = client_of(config).await;
    let to = words.instance().unwrap();
    server.signal(Signal::TERM);
    server.wait_for_line("deregistered", AT_ONCE).await;
    // The client was told nothing of it in the same moment, or has it in its list still; either way it is no failure
    // of the endpoint.
    let refused = late.greet(greet(Duration::ZERO)).instance(to).await;
    if let Err(error) = refused {
        assert!(error.is_safe_to_retry(), "{error:?}");
    }
    drop(words);
    assert_eq!(server.wait(LIMIT).await.code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    for second in [Signal::TERM, Signal::INT] {
        let directory = Directory::new();
        let (mut server, words) = with_an_endless_call(&directory, directory.program("hello_server")).await;
        server.signal(Signal::TERM);
        server.wait_for_line("deregistered", AT_ONCE).await;
        server.signal(second);
        let signalled = Instant::now();
        assert_eq!(server.wait(AT_ONCE).await.code(), Some(5));
        assert!(signalled.elapsed() < Duration::from_secs(1), "{:?}", signalled.elapsed());
        // A truncated stream never looks complete.
        let error = within(AT_ONCE, "the end", words.try_collect::<Vec<_>>()).await.unwrap_err();
        assert_eq!((error.kind(), error.items()), (&CallErrorKind::ConnectionLost, 0), "{error:?}");
    }
}

/// Drain 1 s, then it is stopped, and tells its caller.
#[tokio::test]
async fn a_handler_that_outlives_the_drain_is_stopped() {
    let directory = Directory::new();
    let program = directory.program("hello_server").env("DYN_RUNTIME_GRACEFUL_SHUTDOWN_TIMEOUT_SECS", "1");
    let (mut server, words) = with_an_endless_call(&directory, program).await;
    server.signal(Signal::TERM);
    let signalled = Instant::now();
    let error = within(LIMIT, "the end", words.try_collect::<Vec<_>>()).await.unwrap_err();
    assert!(signalled.elapsed() > Duration::from_secs(1), "{:?}", signalled.elapsed());
    // The end frame says why: this is no lost connection.
    assert!(error.endpoint_error().is_some(), "{error:?}");
    assert_eq!(server.wait(AT_ONCE).await.code(), Some(0));
    assert!(signalled.elapsed() < Duration::from_secs(1) + AT_ONCE, "{:?}", signalled.elapsed());
}

/// A handler that blocks its thread for ever cannot hold up the process; its exit code says that work was left.
#[tokio::test]
async fn a_handler_that_heeds_nothing_does_not_hold_up_the_process() {
    let directory = Directory::new();
    let program = directory
        .used_by(Program::example_full("stubborn"))
        .env("DYN_RUNTIME_GRACEFUL_SHUTDOWN_TIMEOUT_SECS", "1")
        .env("DYN_SDK_SHUTDOWN_GRACE_SECS", "0.5");
    let mut server = start(program).await;
    let hello = directory.client().await;
    let stubborn =
        hello.client().runtime().unwrap().client(ComponentId::from_static("demo", "stubborn")).await.unwrap();
    let call = async { stubborn.call::<(), u64>("block", ()).await };
    let end = async {
        server.wait_for_line("blocked", LIMIT).await;
        server.signal(Signal::TERM);
        let signalled = Instant::now();
        let status = server.wait(LIMIT).await;
        (status.code(), signalled.elapsed())
    };
    let (outcome, (code, took)) = tokio::join!(call, end);
    assert_eq!(code, Some(4));
    // 0.25 to converge, 1 to drain, 0.5 each after stop, kill and for the tasks.
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(outcome.is_err());
}

/// A program whose standard error nobody reads any more: every line fails.
fn unheard(program: &Program) -> Program {
    let path = program.path().to_owned();
    Program::new("/bin/bash").arg("-c").arg("exec \"$0\" 2> >(exec true)").arg(path)
}

#[tokio::test]
async fn a_process_whose_log_nobody_reads_heeds_its_signals() {
    let directory = Directory::new();
    let mut server = directory.used_by(unheard(&Program::example("hello_server"))).spawn();
    directory.wait_for_records(1, LIMIT).await;
    let hello = directory.client().await;
    let words = within(LIMIT, "a stream", hello.greet(greet(EVER))).await.unwrap();
    server.signal(Signal::TERM);
    directory.wait_for_records(0, LIMIT).await;
    server.signal(Signal::TERM);
    assert_eq!(server.wait(AT_ONCE).await.code(), Some(5));
    drop(words);
    let wrong = unheard(&Program::example("hello_server")).env("DYN_TCP_POOL_SIZE", "many");
    assert_eq!(wrong.spawn().wait(LIMIT).await.code(), Some(2));
}
