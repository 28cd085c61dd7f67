//! The two pools, the ways to make a runtime, and its end.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod scale;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use dynamo_harness::{AT_ONCE, LIMIT, SOON, eventually, within};
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::config::{ConfigBuilder, DiscoveryBackend};
use dynamo_sdk::error::ErrorKind;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, LocalCluster, Runtime};
use tokio::time::{Instant, sleep};

/// The longest time that a handler has begun to block its thread for, in milliseconds.
static LONGEST: AtomicU64 = AtomicU64::new(0);

#[component(namespace = "demo")]
struct Probe;

#[endpoints]
impl Probe {
    /// The name of the thread that the handler runs on.
    #[endpoint]
    async fn thread(&self) -> String {
        std::thread::current().name().unwrap_or_default().to_owned()
    }

    /// Takes its thread for a time.
    #[endpoint]
    async fn block(&self, millis: u64) -> u64 {
        LONGEST.fetch_max(millis, Ordering::AcqRel);
        std::thread::sleep(Duration::from_millis(millis));
        millis
    }

    /// Counts, with pauses of 20 ms.
    #[endpoint]
    async fn count(&self, to: u64) -> impl Stream<Item = u64> {
        stream::iter(0..to).then(async |n| {
            sleep(Duration::from_millis(20)).await;
            n
        })
    }
}

fn two_threads() -> ConfigBuilder {
    Config::builder().num_worker_threads(2_usize).shutdown_converge(Duration::ZERO)
}

/// A runtime on a store in memory.
fn local(cluster: &LocalCluster, runtime: Runtime) -> DistributedRuntime {
    cluster.join(runtime, two_threads().build().unwrap()).unwrap()
}

/// A runtime as a process of its own would have it: found in files, called over TCP.
async fn on_files(directory: &tempfile::TempDir, config: ConfigBuilder) -> DistributedRuntime {
    let backend = config.discovery_backend(DiscoveryBackend::File).file_kv(directory.path().to_owned());
    let config = backend.build().unwrap();
    DistributedRuntime::new(Runtime::new(&config).unwrap(), config).await.unwrap()
}

fn owned() -> Runtime {
    Runtime::new(&two_threads().build().unwrap()).unwrap()
}

/// Serves, calls, and leaves.
async fn works(runtime: DistributedRuntime) {
    let serving = runtime.serve(Probe).start().await.unwrap();
    let probe = ProbeClient::connect(&runtime).await.unwrap();
    let numbers = async { probe.count(3).await?.try_collect::<Vec<u64>>().await };
    assert_eq!(within(LIMIT, "a call", numbers).await.unwrap(), [0, 1, 2]);
    drop(serving);
    assert!(within(LIMIT, "the end", runtime.shutdown()).await);
    assert!(runtime.is_shutting_down());
    let refused = runtime.serve(Probe).start().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ShuttingDown);
}

/// The names of the threads of this process, as far as the system tells them: 15 letters.
#[cfg(target_os = "linux")]
fn threads(start: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with(start)).count()
}

/// Every test is a process of its own with nextest, and a thread among others without; so this one is alone with its
/// names only in the former.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_pools_are_two_with_threads_of_their_own() {
    let (primary, secondary) = (threads("dynamo-primary"), threads("dynamo-secondar"));
    let alone = std::env::args().any(|arg| arg == "--exact");
    let config = Config::builder().num_worker_threads(3_usize).secondary_threads(2_usize).build().unwrap();
    let runtime = Runtime::new(&config).unwrap();
    if alone {
        assert_eq!((primary, secondary), (0, 0));
        // Threads give themselves their names.
        let named = async || (threads("dynamo-primary"), threads("dynamo-secondar")) == (3, 2);
        eventually(AT_ONCE, "three and two threads", named).await;
    }
    let name = runtime.spawn(async { std::thread::current().name().map(str::to_owned) }).await.unwrap();
    assert_eq!(name.flatten().as_deref(), Some("dynamo-primary"));
    drop(runtime);
    if alone {
        eventually(LIMIT, "the threads to end", async || threads("dynamo-") == 0).await;
    }
}

#[tokio::test]
async fn handlers_run_on_the_primary_pool() {
    let directory = tempfile::tempdir().unwrap();
    let (server, caller) =
        (on_files(&directory, two_threads()).await, on_files(&directory, two_threads()).await);
    server.serve(Probe).start().await.unwrap().detach();
    let probe = ProbeClient::connect(&caller).await.unwrap();
    assert_eq!(within(AT_ONCE, "a call", probe.thread()).await.unwrap(), "dynamo-primary");
    assert!(server.shutdown().await && caller.shutdown().await);
}

/// Watches, and the phases of a shutdown, go on while every primary thread is taken.
#[tokio::test]
async fn blocked_primary_threads_stop_neither_watches_nor_shutdown() {
    let cluster = LocalCluster::new();
    let (blocked, other) = (local(&cluster, owned()), local(&cluster, owned()));
    let _blocked_serving = blocked.serve(Probe).start().await.unwrap();
    let watching = ProbeClient::connect(&blocked).await.unwrap();
    let mut list = watching.watch(&EndpointName::from_static("thread"));
    within(AT_ONCE, "one instance", list.wait_for(|list| list.instances.len() == 1)).await.unwrap();
    let release = Arc::new(AtomicBool::new(false));
    let tasks = [(); 4].map(|()| {
        let release = Arc::clone(&release);
        blocked.runtime().spawn(async move {
            while !release.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(10));
            }
        })
    });
    let serving = other.serve(Probe).start().await.unwrap();
    within(AT_ONCE, "two instances", list.wait_for(|list| list.instances.len() == 2)).await.unwrap();
    serving.shutdown().await;
    within(AT_ONCE, "one instance", list.wait_for(|list| list.instances.len() == 1)).await.unwrap();

    let (leaving, id) = (blocked.clone(), blocked.instance_id());
    let seen = ProbeClient::connect(&other).await.unwrap();
    let mut list = seen.watch(&EndpointName::from_static("thread"));
    within(AT_ONCE, "the instance", list.wait_for(|list| list.get(id).is_some())).await.unwrap();
    let leave = async {
        let clean = leaving.shutdown().await;
        assert!(clean);
    };
    let gone = async {
        within(AT_ONCE, "no instance", list.wait_for(|list| list.get(id).is_none())).await.unwrap();
        release.store(true, Ordering::Release);
    };
    within(LIMIT, "the end", async { tokio::join!(leave, gone) }).await;
    for task in tasks {
        within(AT_ONCE, "the task", task).await.unwrap();
    }
}

#[tokio::test]
async fn a_runtime_joins_the_one_it_is_made_on() {
    works(local(&LocalCluster::new(), Runtime::from_current().unwrap())).await;
    works(DistributedRuntime::in_memory().unwrap()).await;
    let error = std::thread::spawn(Runtime::from_current).join().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("Runtime::new"), "{error}");
}

#[test]
fn a_runtime_joins_the_one_it_is_given() {
    let own = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("own")
        .enable_all()
        .build()
        .unwrap();
    let runtime = Runtime::from_handle(own.handle().clone()).unwrap();
    let name = own.block_on(async {
        let name = runtime.spawn(async { std::thread::current().name().map(str::to_owned) });
        name.await.unwrap().flatten()
    });
    assert_eq!(name.as_deref(), Some("own"));
    own.block_on(works(local(&LocalCluster::new(), runtime)));
    // The pool of the caller is left alone.
    assert_eq!(own.block_on(async { 1 }), 1);
}

#[test]
fn a_runtime_may_have_a_single_thread() {
    let runtime = Runtime::single_threaded().unwrap();
    let distributed = local(&LocalCluster::new(), runtime.clone());
    runtime.block_on(works(distributed));
}

/// `block_on` needs no Tokio around it, and the last clone may go anywhere.
#[test]
fn a_runtime_needs_no_other_around_it() {
    let runtime = owned();
    runtime.block_on(works(local(&LocalCluster::new(), runtime.clone())));
}

/// Nothing is global.
#[tokio::test]
async fn many_runtimes_live_in_one_process() {
    let (red, blue) = (LocalCluster::new(), LocalCluster::new());
    let join = |cluster: &LocalCluster| local(cluster, Runtime::single_threaded().unwrap());
    let reds: Vec<_> = (0..10).map(|_| join(&red)).collect();
    let mut servings = Vec::new();
    for runtime in &reds {
        servings.push(runtime.serve(Probe).start().await.unwrap());
    }
    let outside = join(&blue);
    let probe = ProbeClient::connect(&outside).await.unwrap();
    assert_eq!(probe.instances(&EndpointName::from_static("count")).instances.len(), 0);
    let inside = join(&red);
    let probe = ProbeClient::connect(&inside).await.unwrap();
    probe.wait_ready(10, AT_ONCE).await.unwrap();
    for runtime in &reds {
        assert_eq!(
            within(AT_ONCE, "a call", probe.block(1).instance(runtime.instance_id())).await.unwrap(),
            1
        );
    }
    // The end of one is not that of another.
    assert!(reds[0].shutdown().await);
    for runtime in &reds[1..] {
        assert_eq!(
            within(AT_ONCE, "a call", probe.block(1).instance(runtime.instance_id())).await.unwrap(),
            1
        );
    }
    for runtime in reds.iter().chain([&inside, &outside]) {
        assert!(runtime.shutdown().await);
    }
}

/// Notes when it is dropped.
struct Noted(Arc<AtomicBool>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[tokio::test]
async fn a_shutdown_ends_and_awaits_the_tasks_of_the_runtime() {
    let runtime = local(&LocalCluster::new(), owned());
    let (waiting, busy) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (token, noted) = (runtime.runtime().child_token(), Noted(Arc::clone(&waiting)));
    drop(runtime.runtime().spawn(async move {
        std::future::pending::<()>().await;
        drop(noted);
    }));
    let noted = Noted(Arc::clone(&busy));
    let started = Arc::new(tokio::sync::Notify::new());
    let starting = Arc::clone(&started);
    drop(runtime.runtime().spawn(async move {
        starting.notify_one();
        std::thread::sleep(Duration::from_millis(500));
        drop(noted);
    }));
    within(AT_ONCE, "the task", started.notified()).await;
    assert!(!token.is_cancelled());
    assert!(within(LIMIT, "the end", runtime.shutdown()).await);
    assert!(token.is_cancelled());
    assert!(waiting.load(Ordering::Acquire) && busy.load(Ordering::Acquire), "no task is left");
    // Again, and by another clone: the same end.
    assert!(within(AT_ONCE, "the same end", runtime.clone().shutdown()).await);
}

#[tokio::test]
async fn a_task_that_never_ends_does_not_hold_up_the_shutdown() {
    let cluster = LocalCluster::new();
    let config = two_threads().shutdown_grace(Duration::from_millis(300)).build().unwrap();
    let runtime = cluster.join(owned(), config).unwrap();
    let release = Arc::new(AtomicBool::new(false));
    let held = Arc::clone(&release);
    let started = Arc::new(tokio::sync::Notify::new());
    let starting = Arc::clone(&started);
    let task = runtime.runtime().spawn(async move {
        starting.notify_one();
        while !held.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    within(AT_ONCE, "the start of the task", started.notified()).await;
    let start = Instant::now();
    assert!(!within(AT_ONCE, "the end", runtime.shutdown()).await, "work was left");
    assert!(start.elapsed() >= Duration::from_millis(300));
    release.store(true, Ordering::Release);
    within(AT_ONCE, "the task", task).await.unwrap();
}

/// Nor does a handler, and its caller is told.
#[tokio::test]
async fn a_handler_that_never_ends_does_not_hold_up_the_shutdown() {
    let config = two_threads()
        .graceful_shutdown_timeout(Duration::from_millis(200))
        .shutdown_grace(Duration::from_millis(200));
    let directory = tempfile::tempdir().unwrap();
    let (runtime, other) = (on_files(&directory, config).await, on_files(&directory, two_threads()).await);
    runtime.serve(Probe).start().await.unwrap().detach();
    let probe = ProbeClient::connect(&other).await.unwrap();
    probe.wait_ready(1, AT_ONCE).await.unwrap();
    let call = async { probe.block(3000).await };
    let end = async {
        let blocked = async || LONGEST.load(Ordering::Acquire) == 3000;
        eventually(LIMIT, "the handler to take its thread", blocked).await;
        let start = Instant::now();
        let clean = runtime.shutdown().await;
        (clean, start.elapsed())
    };
    let (outcome, (clean, took)) = within(LIMIT, "the end", async { tokio::join!(call, end) }).await;
    assert!(!clean && took < AT_ONCE, "{took:?}");
    assert!(outcome.is_err(), "{outcome:?}");
}

/// Not even in the middle of everything.
#[tokio::test]
async fn everything_may_be_dropped_in_async_code() {
    let cluster = LocalCluster::new();
    let (runtime, other) = (local(&cluster, owned()), local(&cluster, owned()));
    let serving = runtime.serve(Probe).start().await.unwrap();
    let probe = ProbeClient::connect(&other).await.unwrap();
    probe.wait_ready(1, AT_ONCE).await.unwrap();
    let mut stream = probe.count(1000).await.unwrap();
    assert_eq!(within(AT_ONCE, "an item", stream.try_next()).await.unwrap(), Some(0));
    drop(runtime);
    drop(serving);
    drop(probe);
    drop(other);
    drop(stream);
    drop(cluster);
    let short = owned();
    drop(local(&LocalCluster::new(), short));
}

/// The last clone of the runtime that a stream needs is the stream itself.
#[tokio::test]
async fn a_stream_outlives_the_client_that_made_it() {
    let directory = tempfile::tempdir().unwrap();
    let server = on_files(&directory, two_threads()).await;
    server.serve(Probe).start().await.unwrap().detach();
    let probe = ProbeClient::connect(&on_files(&directory, two_threads()).await).await.unwrap();
    probe.wait_ready(1, AT_ONCE).await.unwrap();
    let stream = probe.count(20).await.unwrap();
    drop(probe);
    let numbers: Vec<u64> = within(LIMIT, "the stream", stream.try_collect()).await.unwrap();
    assert_eq!(numbers.len(), 20);
    assert!(server.shutdown().await);
}

#[tokio::test]
async fn a_shutdown_returns_although_another_owner_has_ended_the_local_runtime() {
    let (cluster, local) = (LocalCluster::new(), Runtime::from_current().unwrap());
    let join =
        || cluster.join(local.clone(), Config::builder().shutdown_converge(Duration::ZERO).build().unwrap());
    let (first, second) = (join().unwrap(), join().unwrap());
    assert!(within(SOON, "the first shutdown", first.shutdown()).await);
    assert!(!within(SOON, "the second shutdown", second.shutdown()).await, "it cannot leave in order");
}
