//! What a call costs, end to end: in process and over TCP between two runtimes of one process, one caller and many.
//!
//! Prints one line for each kind of work: its name, microseconds of wall time and of CPU time per call (or per item). To
//! compare two builds, run their binaries in turn several times and take the ratios of the rounds.
//!
//! ```sh
//! cargo bench -p dynamo-sdk --bench call             # all work
//! cargo bench -p dynamo-sdk --bench call -- unary    # what contains `unary`
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark ends by panicking and prints figures"
)]

use std::time::Duration;

use dynamo_sdk::config::DiscoveryBackend;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, Runtime};
use futures::future::join_all;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;

/// How long each kind of work is measured, after a tenth of that to warm up.
const ROUND: Duration = Duration::from_secs(2);

/// Items of a stream.
const ITEMS: usize = 128;

#[component(namespace = "bench")]
struct Bench;

#[endpoints]
impl Bench {
    #[endpoint]
    async fn echo(&self, text: String) -> String {
        text
    }

    #[endpoint]
    async fn items(&self, text: String) -> impl Stream<Item = String> {
        stream::repeat(text).take(ITEMS)
    }
}

/// CPU time of the process so far.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
}

async fn unary(client: &BenchClient) -> usize {
    assert_eq!(client.echo("x".repeat(256)).await.unwrap().len(), 256);
    1
}

async fn streaming(client: &BenchClient) -> usize {
    let items = client.items("x".repeat(32)).await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(items.len(), ITEMS);
    items.len()
}

/// Runs `work` with so many callers for `time`; how often it was done.
async fn run<F: Future<Output = usize>>(callers: usize, time: Duration, work: impl Fn() -> F) -> usize {
    let end = Instant::now() + time;
    let caller = async || {
        let mut done = 0;
        while Instant::now() < end {
            done += work().await;
        }
        done
    };
    join_all((0..callers).map(|_| caller())).await.into_iter().sum()
}

async fn measure<F: Future<Output = usize>>(name: &str, callers: usize, work: impl Fn() -> F) {
    let wanted = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect::<Vec<_>>();
    if !wanted.iter().all(|part| name.contains(part.as_str())) {
        return;
    }
    run(callers, ROUND / 10, &work).await;
    let (start, cpu_before) = (Instant::now(), cpu());
    let done = run(callers, ROUND, &work).await;
    let (wall, cpu) = (start.elapsed(), cpu() - cpu_before);
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(u32::try_from(done).unwrap());
    println!("{name:24} {:9.2} us wall {:9.2} us cpu", each(wall), each(cpu));
}

async fn all(prefix: &str, client: &BenchClient) {
    client.wait_ready(1, Duration::from_secs(10)).await.unwrap();
    for callers in [1, 64] {
        measure(&format!("{prefix}-unary-{callers}"), callers, || unary(client)).await;
        measure(&format!("{prefix}-stream-{callers}"), callers, || streaming(client)).await;
    }
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let config = || {
        Config::builder()
            .discovery_backend(DiscoveryBackend::File)
            .file_kv(directory.path().to_owned())
            .shutdown_converge(Duration::ZERO)
            .build()
            .unwrap()
    };
    // Each side has a local runtime, which it ends when it shuts down.
    let (runtime, other) = (Runtime::new(&config()).unwrap(), Runtime::new(&config()).unwrap());
    runtime.clone().block_on(async {
        let server = DistributedRuntime::new(runtime.clone(), config()).await.unwrap();
        let serving = server.serve(Bench).start().await.unwrap();
        all("process", &BenchClient::connect(&server).await.unwrap()).await;
        let caller = DistributedRuntime::new(other.clone(), config()).await.unwrap();
        all("tcp", &BenchClient::connect(&caller).await.unwrap()).await;
        serving.shutdown().await;
        caller.shutdown().await;
        server.shutdown().await;
    });
}
