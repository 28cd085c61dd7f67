//! The list of what a peer can do wrong, with what the other side makes of it and how long that takes, as it is in
//! docs/interop.md. Nothing of it leaves a task, a registration or a socket behind.

use std::fmt::Write as _;
use std::time::Duration;

use dynamo_harness::{documented, eventually, has_process_for_itself};
use dynamo_sdk::prelude::*;

use crate::bad_peers::list_of_callers;
use crate::bad_peers::list_of_workers;
use crate::bad_peers::worker::SOON;

/// The limit of each stage in these tests; the settings have longer ones.
pub(crate) const LIMIT: Duration = Duration::from_millis(200);

/// Chapters and anchors of docs/wire.
pub(crate) mod at {
    pub(crate) const ROUTING: &str = "discovery.md#routing";
    pub(crate) const CONNECTIONS: &str = "request-plane.md#tcp-connections";
    pub(crate) const FRAME: &str = "request-plane.md#request-frame";
    pub(crate) const CONTROL: &str = "request-plane.md#control-message";
    pub(crate) const ACK: &str = "request-plane.md#acknowledgement";
    pub(crate) const AFTER_ACK: &str = "request-plane.md#after-the-acknowledgement";
    pub(crate) const NATS: &str = "request-plane.md#nats";
    pub(crate) const TWO_PART: &str = "response-plane.md#two-part-frame";
    pub(crate) const TALK: &str = "response-plane.md#conversation";
    pub(crate) const ACCEPTS: &str = "response-plane.md#what-a-caller-accepts";
    pub(crate) const CANCEL: &str = "response-plane.md#cancellation";
    pub(crate) const TIMEOUTS: &str = "response-plane.md#timeouts";
    pub(crate) const DIAL: &str = "response-plane.md#dial-failures";
    pub(crate) const ITEM: &str = "payloads.md#item-wrapper";
    pub(crate) const HEADERS: &str = "headers.md";
}

/// One thing that a peer does.
pub(crate) struct Case {
    /// Chapter and anchor in docs/wire.
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
        Self { tasks: dynamo_rig::tasks(runtime), files: open_files() }
    }

    /// Waits until nothing is left. One connection for requests may stay open, with a socket and a task at each end.
    pub(crate) async fn again(&self, runtime: &DistributedRuntime) {
        eventually(SOON, "no task, registration or socket to be left", async || {
            dynamo_rig::pending(runtime) == 0
                && dynamo_rig::in_flight(runtime) == 0
                && dynamo_rig::tasks(runtime) <= self.tasks + 1
                && open_files() <= self.files + 2
        })
        .await;
    }
}

fn table(title: &str, cases: &[Case]) -> String {
    let mut text = format!("| {title} | wire | what comes of it | ms |\n|---|---|---|---:|\n");
    for case in cases {
        let ms = case.took.as_secs_f64() * 1000.0;
        writeln!(text, "| {} | [{at}](wire/{at}) | {} | {ms:.1} |", case.what, case.found, at = case.section)
            .unwrap();
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
