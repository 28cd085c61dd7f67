//! The list of what a peer can do wrong, with what the other side makes of it and how long that takes, as it is in
//! docs/interop.md. Nothing of it leaves a task, a registration or a socket behind.

use std::fmt::Write as _;
use std::time::Duration;

use dynamo_harness::{documented, eventually, has_process_for_itself};
use dynamo_rig::gauge;
use dynamo_sdk::prelude::*;

use crate::bad_peers::list_of_callers;
use crate::bad_peers::list_of_workers;
use crate::bad_peers::worker::SOON;

/// The limit of each stage in these tests; the settings have longer ones.
pub(crate) const LIMIT: Duration = Duration::from_millis(200);

/// One thing that a peer does.
pub(crate) struct Case {
    /// Of WIRE.md.
    pub(crate) section: &'static str,
    pub(crate) what: &'static str,
    pub(crate) expected: &'static str,
    pub(crate) found: String,
    pub(crate) took: Duration,
}

/// Counts the files that this process has open, sockets among them. Zero where it runs other tests too.
fn open_files() -> usize {
    if has_process_for_itself() { std::fs::read_dir("/dev/fd").unwrap().count() } else { 0 }
}

/// What there is of tasks, registrations and files, to be the same again.
pub(crate) struct Before {
    tasks: u64,
    files: usize,
}

impl Before {
    pub(crate) fn new(runtime: &DistributedRuntime) -> Self {
        Self { tasks: gauge(runtime, "tasks"), files: open_files() }
    }

    /// Waits until nothing is left. One connection for requests may stay open, with a socket and a task at each end.
    pub(crate) async fn again(&self, runtime: &DistributedRuntime) {
        eventually(SOON, "no task, registration or socket to be left", async || {
            gauge(runtime, "awaited") == 0
                && gauge(runtime, "in_flight") == 0
                && gauge(runtime, "tasks") <= self.tasks + 1
                && open_files() <= self.files + 2
        })
        .await;
    }
}

fn table(title: &str, cases: &[Case]) -> String {
    let mut text = format!("| {title} | WIRE.md | what comes of it | ms |\n|---|---|---|---:|\n");
    for case in cases {
        let ms = case.took.as_secs_f64() * 1000.0;
        writeln!(text, "| {} | {} | {} | {ms:.1} |", case.what, case.section, case.found).unwrap();
    }
    text
}

fn check(cases: &[Case]) {
    let wrong = cases.iter().filter(|case| case.found != case.expected || case.took > LIMIT * 5);
    let wrong: Vec<_> = wrong
        .map(|case| format!("{}: {} in {:?}, expected {}", case.what, case.found, case.took, case.expected))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without the time, which is another one every time.
fn essence(line: &str) -> String {
    let cells: Vec<_> = line.split('|').collect();
    cells.split_last_chunk::<2>().map_or(line.to_owned(), |(first, _)| first.join("|"))
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the list is what the test is for")]
async fn every_case_of_the_list_ends_in_its_error_within_its_limit() {
    let workers = list_of_workers::run().await;
    let callers = list_of_callers::run().await;
    let text = format!(
        "{}\n{}",
        table("a worker towards our client", &workers),
        table("a caller towards our worker", &callers)
    );
    println!("{text}");
    check(&workers);
    check(&callers);
    documented("docs/interop.md", "bad peers", &text, essence);
}
