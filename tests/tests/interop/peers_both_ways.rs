//! Our processes and those of the real Dynamo 1.6.1, both ways, on every combination of discovery, plane and codec.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::IntoFuture;
use std::path::PathBuf;
use std::time::Duration;

use dynamo_harness::{Etcd, Finished, Nats, PEER, Process, Program, Python, Signal, eventually, within};
use dynamo_sdk::config::{DiscoveryBackend, RequestPlane};
use dynamo_sdk::prelude::*;
use dynamo_sdk::{ComponentId, Config, Runtime};
use serde_json::{Value, json};

const CHECKS: [&str; 7] = ["echo", "count", "cancel", "drop", "fail", "metadata", "types"];
const CODECS: [&str; 2] = ["msgpack", "json"];

/// Where both sides find each other, and over what they talk.
struct Place {
    name: &'static str,
    etcd: Option<Etcd>,
    nats: Option<Nats>,
    directory: tempfile::TempDir,
}

impl Place {
    async fn etcd() -> Self {
        Self { name: "etcd, tcp", etcd: Some(Etcd::start().await), nats: None, directory: directory() }
    }

    fn files() -> Self {
        Self { name: "file, tcp", etcd: None, nats: None, directory: directory() }
    }

    async fn nats() -> Self {
        let (etcd, nats) = tokio::join!(Etcd::start(), Nats::start());
        Self { name: "etcd, nats", etcd: Some(etcd), nats: Some(nats), directory: directory() }
    }

    fn file_kv(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// The settings, which are the same for both.
    fn settings(&self, program: Program, codec: &str) -> Program {
        let program = program
            .env("DYN_REQUEST_PLANE_CODEC", codec)
            .env("DYN_TCP_RPC_HOST", "127.0.0.1")
            .env("DYN_TCP_RESPONSE_STREAM_HOST", "127.0.0.1")
            .env("DYN_LOG", "warn");
        let program = match &self.nats {
            Some(nats) => program.env("DYN_REQUEST_PLANE", "nats").env("NATS_SERVER", nats.url()),
            None => program.env("DYN_REQUEST_PLANE", "tcp"),
        };
        match &self.etcd {
            Some(etcd) => {
                program.env("DYN_DISCOVERY_BACKEND", "etcd").env("ETCD_ENDPOINTS", etcd.endpoints())
            }
            None => program.env("DYN_DISCOVERY_BACKEND", "file").env("DYN_FILE_KV", self.file_kv()),
        }
    }

    /// A runtime of ours, in this process.
    async fn join(&self) -> DistributedRuntime {
        let mut config = Config::builder()
            .tcp_rpc_host(Some("127.0.0.1".to_owned()))
            .tcp_response_stream_host(Some("127.0.0.1".to_owned()))
            .file_kv(self.file_kv());
        config = match &self.nats {
            Some(nats) => config.request_plane(RequestPlane::Nats).nats_server(nats.url()),
            None => config.request_plane(RequestPlane::Tcp),
        };
        config = match &self.etcd {
            Some(etcd) => {
                config.discovery_backend(DiscoveryBackend::Etcd).etcd_endpoints(vec![etcd.endpoints()])
            }
            None => config.discovery_backend(DiscoveryBackend::File),
        };
        DistributedRuntime::new(Runtime::from_current().unwrap(), config.build().unwrap()).await.unwrap()
    }
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

async fn worker(program: Program) -> Process {
    let worker = program.spawn();
    worker.wait_for_line("READY", PEER).await;
    worker
}

/// Ends a worker in order, which both kinds are able to.
async fn end(mut worker: Process) {
    worker.signal(Signal::TERM);
    let status = worker.wait(PEER).await;
    assert!(status.success(), "{status}");
}

/// One line for each combination; fails when one of them does.
struct Table {
    title: &'static str,
    failed: Vec<String>,
}

impl Table {
    fn new(title: &'static str) -> Self {
        Self { title, failed: Vec::new() }
    }

    #[expect(clippy::print_stdout, reason = "the table is what the test is for")]
    fn add(&mut self, place: &Place, codec: &str, outcome: &Finished) {
        let passed = outcome.stdout.lines().filter_map(|line| line.strip_prefix("PASS ")).collect::<Vec<_>>();
        let verdict = if outcome.status.success() { "ok" } else { "FAILED" };
        println!("{} | {} | {codec} | {verdict} | {}", self.title, place.name, passed.join(" "));
        if !outcome.status.success() {
            self.failed.push(format!("{} with {codec}: {outcome:#?}", place.name));
        }
    }

    fn check(self) {
        assert!(self.failed.is_empty(), "{}", self.failed.join("\n"));
    }
}

async fn the_real_client_calls_our_worker(places: Vec<Place>) {
    let Some(python) = Python::find_with_scripts() else { return };
    let mut table = Table::new("real client -> our worker");
    for place in &places {
        for codec in CODECS {
            let ours = worker(place.settings(Program::example_full("interop_worker"), codec)).await;
            let client = CHECKS.iter().fold(python.script("client.py"), |script, check| script.arg(check));
            table.add(place, codec, &place.settings(client, codec).run(PEER).await);
            end(ours).await;
        }
    }
    table.check();
}

async fn our_client_calls_the_real_worker(places: Vec<Place>) {
    let Some(python) = Python::find_with_scripts() else { return };
    let mut table = Table::new("our client -> real worker");
    for place in &places {
        for codec in CODECS {
            let real = worker(place.settings(python.script("worker.py"), codec)).await;
            let client = Program::example_full("interop_client");
            table.add(place, codec, &place.settings(client, codec).run(PEER).await);
            end(real).await;
        }
    }
    table.check();
}

/// The real Rust and Python have no client of their own for it: it is ours that calls.
async fn our_client_sends_requests_to_the_real_worker(place: Place) {
    let Some(python) = Python::find_with_scripts() else { return };
    for codec in CODECS {
        let program = python.script("worker.py").env("INTEROP_ENDPOINTS", "bidi");
        let real = worker(place.settings(program, codec)).await;
        let runtime = place.join().await;
        let backend = runtime.client(ComponentId::from_static("interop", "backend")).await.unwrap();
        backend.wait_ready(1, PEER).await.unwrap();
        let bidi = |frames: RequestStream<Value>| {
            let call = backend.stream::<_, Value>("bidi", frames);
            within(PEER, "the start", call.into_future())
        };

        for count in [0, 3, 1000] {
            let frames = stream::iter(0..count).map(|frame| json!({ "frame": frame }));
            let answers = bidi(RequestStream::new(frames)).await.unwrap().try_collect::<Vec<_>>();
            let answers = within(PEER, "all answers", answers).await.unwrap();
            let mut expected: Vec<Value> =
                (0..count).map(|frame| json!({ "got": { "frame": frame } })).collect();
            expected.push(json!({ "total": count }));
            assert_eq!(answers, expected, "{codec}");
        }

        // One after the other, then a stop: what has come is the response.
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let frames = stream::poll_fn(move |task| receiver.poll_recv(task));
        let mut answers = bidi(RequestStream::new(frames)).await.unwrap();
        for frame in 0..10 {
            sender.send(json!(frame)).await.unwrap();
            let answer = within(PEER, "an answer", answers.try_next()).await.unwrap();
            assert_eq!(answer, Some(json!({ "got": frame })), "{codec}");
        }
        answers.stop();
        let rest = within(PEER, "the end", answers.collect::<Vec<_>>()).await;
        assert!(rest.iter().all(Result::is_ok), "{rest:?}");
        assert!(sender.is_closed(), "with the stop the requests end");

        // Given up in the middle: the worker goes on serving.
        let mut answers = bidi(RequestStream::new(stream::repeat(json!("x")))).await.unwrap();
        answers.try_next().await.unwrap().unwrap();
        drop(answers);
        let one = bidi(RequestStream::new(stream::iter([json!(1)]))).await.unwrap();
        let one = within(PEER, "one more call", one.try_collect::<Vec<_>>()).await.unwrap();
        assert_eq!(one, [json!({ "got": 1 }), json!({ "total": 1 })]);
        runtime.shutdown().await;
        end(real).await;
    }
}

#[tokio::test]
async fn our_client_sends_requests_to_the_real_worker_over_tcp() {
    our_client_sends_requests_to_the_real_worker(Place::files()).await;
}

#[tokio::test]
async fn our_client_sends_requests_to_the_real_worker_over_nats() {
    our_client_sends_requests_to_the_real_worker(Place::nats().await).await;
}

#[tokio::test]
async fn the_real_client_calls_our_worker_over_tcp() {
    the_real_client_calls_our_worker(vec![Place::etcd().await, Place::files()]).await;
}

#[tokio::test]
async fn our_client_calls_the_real_worker_over_tcp() {
    our_client_calls_the_real_worker(vec![Place::etcd().await, Place::files()]).await;
}

#[tokio::test]
async fn the_real_client_calls_our_worker_over_nats() {
    the_real_client_calls_our_worker(vec![Place::nats().await]).await;
}

#[tokio::test]
async fn our_client_calls_the_real_worker_over_nats() {
    our_client_calls_the_real_worker(vec![Place::nats().await]).await;
}

/// A client encodes as the instance wants it, whatever it wants itself.
#[tokio::test]
async fn each_side_speaks_the_codec_of_the_other() {
    let Some(python) = Python::find_with_scripts() else { return };
    let place = Place::files();
    let ours = worker(place.settings(Program::example_full("interop_worker"), "json")).await;
    let client = place.settings(python.script("client.py").arg("echo").arg("types"), "msgpack");
    let finished = client.run(PEER).await;
    assert!(finished.status.success(), "{finished:#?}");
    end(ours).await;
    let real = worker(place.settings(python.script("worker.py"), "json")).await;
    let finished = place.settings(Program::example_full("interop_client"), "msgpack").run(PEER).await;
    assert!(finished.status.success(), "{finished:#?}");
    end(real).await;
}

/// The real client lists our instance while it is there: under its id, its address, and no longer than that.
async fn our_instance_comes_and_goes(place: Place) {
    let Some(python) = Python::find_with_scripts() else { return };
    let watch = python.script("client.py").arg("watch").arg("echo").arg("60");
    let watcher = place.settings(watch, "msgpack").spawn();
    // The list as the script prints it: `[]`, or `[('0x…', 'tcp', '127.0.0.1:…', 'cpu')]`.
    watcher.wait_for_line(" []", PEER).await;
    let ours = worker(place.settings(Program::example_full("interop_worker"), "msgpack")).await;
    let line = watcher.wait_for_line("'tcp', '127.0.0.1:", PEER).await;
    assert!(line.contains("[('0x") && line.contains("/interop/backend/echo', 'cpu')]"), "{line}");
    end(ours).await;
    let last = || watcher.stdout().pop().unwrap_or_default();
    eventually(Duration::from_secs(2), "our instance to leave the list", async || last().ends_with(" []"))
        .await;
}

#[tokio::test]
async fn the_real_client_sees_our_instance_come_and_go_on_etcd() {
    our_instance_comes_and_goes(Place::etcd().await).await;
}

#[tokio::test]
async fn the_real_client_sees_our_instance_come_and_go_in_files() {
    our_instance_comes_and_goes(Place::files()).await;
}
