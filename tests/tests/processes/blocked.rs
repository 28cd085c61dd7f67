//! Signals when the start of a server blocks its thread.

use dynamo_harness::{Process, Program, Signal};
use tokio::time::Instant;

use crate::{AT_ONCE, Directory, LIMIT};

/// A server that never comes up, and whose thread is taken.
async fn loading(directory: &Directory, blocks: &str) -> Process {
    let server = directory
        .used_by(Program::example_full("blocking_start"))
        .arg(blocks)
        .env("DYN_RUNTIME_GRACEFUL_SHUTDOWN_TIMEOUT_SECS", "1")
        .env("DYN_SDK_SHUTDOWN_GRACE_SECS", "0.5");
    let server = server.spawn();
    server.wait_for_line("loading", LIMIT).await;
    server
}

#[tokio::test]
async fn a_start_that_blocks_does_not_hold_up_the_process() {
    for (blocks, who) in [("on_start", "#[on_start] of demo.loader"), ("main", "`main`")] {
        let directory = Directory::new();
        let mut server = loading(&directory, blocks).await;
        server.signal(Signal::TERM);
        let signalled = Instant::now();
        assert_eq!(server.wait(LIMIT).await.code(), Some(4), "{blocks}");
        assert!(signalled.elapsed() < AT_ONCE * 2, "{:?}", signalled.elapsed());
        let said = server.stderr();
        let waits = |line: &&String| line.contains("waiting for") && line.contains(who);
        assert!(said.iter().find(waits).is_some(), "{blocks}: {said:#?}");
    }
}
