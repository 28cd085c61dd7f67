//! Measures what a slow reader costs: one side makes items of 64 KiB without end, the other takes one a second, once for
//! the items of a response and once for a stream of requests. Prints the resident memory of both processes.
//!
//! Run with: `cargo run --release -p dynamo-tests --example slow_reader -- 60`, with `DYN_REQUEST_PLANE=nats` and
//! `NATS_SERVER` for the other plane. The program starts its worker itself.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::disallowed_methods, reason = "a tool that starts itself a second time has arguments")]

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dynamo_sdk::BoxError;
use dynamo_sdk::prelude::*;

const SIZE: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_secs(1);

/// The argument that makes the program the worker.
const WORKER: &str = "worker";

#[component(namespace = "measure")]
struct Slow {
    made: Arc<AtomicU64>,
}

#[endpoints]
impl Slow {
    /// Items without end.
    #[endpoint]
    async fn items(&self) -> impl Stream<Item = String> {
        endless(&self.made)
    }

    /// How many items have been made.
    #[endpoint]
    async fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Reads one request a second, and says how many it has read.
    #[endpoint]
    async fn absorb(&self, texts: RequestStream<String>) -> impl Stream<Item = Result<u64, CallError>> {
        texts.enumerate().then(|(count, text)| async move {
            tokio::time::sleep(PAUSE).await;
            text.map(|_| count as u64 + 1)
        })
    }
}

fn endless(made: &Arc<AtomicU64>) -> impl Stream<Item = String> + use<> {
    let made = Arc::clone(made);
    stream::repeat_with(move || {
        made.fetch_add(1, Ordering::Relaxed);
        "x".repeat(SIZE)
    })
}

/// The resident memory of a process in KiB.
fn resident(process: &str) -> Result<u64, BoxError> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// The second process, which ends with this one.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<(), BoxError> {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == WORKER {
        runtime.serve(Slow { made: Arc::default() }).await?;
        return Ok(());
    }
    let seconds: u64 = argument.parse().unwrap_or(60);
    let child =
        Command::new(std::env::current_exe()?).arg(WORKER).stdin(Stdio::null()).spawn().map(Worker)?;
    let worker = child.0.id().to_string();
    let client = SlowClient::connect(&runtime).await?;
    client.wait_ready(1, Duration::from_secs(20)).await?;

    let given = Arc::new(AtomicU64::new(0));
    let mut items = client.items().await?;
    let mut counts = client.absorb(endless(&given)).await?;
    println!("seconds | items read, made | requests read, made | caller KiB | worker KiB");
    let (start, mut read, mut absorbed) = (Instant::now(), 0_u64, 0);
    while start.elapsed() < Duration::from_secs(seconds) {
        let next = start + PAUSE * u32::try_from(read + 1)?;
        tokio::time::sleep_until(next.into()).await;
        items.try_next().await?.ok_or("the items ended")?;
        read += 1;
        // What has come; a request is answered a second after it was read.
        if let Some(Some(count)) = futures::FutureExt::now_or_never(counts.try_next()).transpose()? {
            absorbed = count;
        }
        if read <= 5 || read % 5 == 0 {
            let (made, given) = (client.made().await?, given.load(Ordering::Relaxed));
            let (caller, worker) = (resident("self")?, resident(&worker)?);
            println!("{read:7} | {read:10}, {made:4} | {absorbed:13}, {given:4} | {caller:10} | {worker:10}");
        }
    }
    Ok(())
}
