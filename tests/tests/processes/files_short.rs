//! A server with few open files.

use std::time::Duration;

use dynamo_harness::{LIMIT, Program, within};
use dynamo_sdk::prelude::*;
use futures::future::join_all;

use crate::{Directory, GREETING, greet, start, texts};

/// As `ulimit -n` says it, hard and soft.
const FILES: &str = "256";
const CALLS: usize = 400;

/// Every call that is acknowledged is answered.
#[tokio::test]
async fn a_server_that_is_short_of_files_refuses_calls_or_answers_them() {
    let directory = Directory::new();
    let program = Program::new("/bin/sh")
        .arg("-c")
        .arg(format!("ulimit -n {FILES}; exec \"$0\""))
        .arg(Program::example("hello_server").path());
    let server = start(directory.used_by(program)).await;
    server.wait_for_line("the limit on open files allows fewer calls", LIMIT).await;
    let hello = directory.client().await;
    let calls = join_all((0..CALLS).map(async |_| {
        let words = hello.greet(greet(Duration::from_millis(200))).await?;
        words.try_collect::<Vec<_>>().await
    }));
    let (mut answered, mut refused) = (0, 0);
    for call in within(2 * LIMIT, "the calls", calls).await {
        match call {
            Ok(words) => {
                assert_eq!(texts(words), GREETING);
                answered += 1;
            }
            Err(error) => {
                assert!(error.is_safe_to_retry(), "{error:?}");
                refused += 1;
            }
        }
    }
    assert!(
        answered >= 100 && refused > 0 && answered + refused == CALLS,
        "{answered} answered, {refused} refused"
    );
}
