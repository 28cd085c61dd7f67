//! Events between our processes and those of the real Dynamo 1.6.1, both ways, on every event plane and discovery; and with
//! plain ZMQ sockets of libzmq.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use dynamo_harness::{Etcd, Nats, PEER, Process, Program, Python, within};
use dynamo_sdk::config::{DiscoveryBackend, EventPlane};
use dynamo_sdk::events::EventPublisher;
use dynamo_sdk::handles::EndpointHandle;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, Runtime};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;

/// How long the scripts run, unless they are ended before.
const SECONDS: &str = "60";

/// Where both sides meet, and over what.
struct Place {
    plane: EventPlane,
    etcd: Option<Etcd>,
    nats: Option<Nats>,
    records: TempDir,
}

impl Place {
    async fn new(plane: EventPlane, with_etcd: bool) -> Self {
        let etcd = if with_etcd { Some(Etcd::start().await) } else { None };
        let nats = if plane == EventPlane::Nats { Some(Nats::start().await) } else { None };
        Self { plane, etcd, nats, records: tempfile::tempdir().unwrap() }
    }

    /// The settings of the real one.
    fn theirs(&self, program: Program) -> Program {
        let program = program
            .env("DYN_TCP_RPC_HOST", "127.0.0.1")
            .env("DYN_TCP_RESPONSE_STREAM_HOST", "127.0.0.1")
            .env("DYN_EVENT_PLANE_HOST", "127.0.0.1")
            .env("DYN_LOG", "warn");
        let program = match &self.nats {
            Some(nats) => program.env("DYN_EVENT_PLANE", "nats").env("NATS_SERVER", nats.url()),
            // What is set when nothing is.
            None => program,
        };
        match &self.etcd {
            Some(etcd) => {
                program.env("DYN_DISCOVERY_BACKEND", "etcd").env("ETCD_ENDPOINTS", etcd.endpoints())
            }
            None => program.env("DYN_DISCOVERY_BACKEND", "file").env("DYN_FILE_KV", self.records.path()),
        }
    }

    /// A runtime of ours with the same settings.
    async fn ours(&self) -> DistributedRuntime {
        let config = Config::builder().shutdown_converge(Duration::ZERO);
        let config = match &self.nats {
            Some(nats) => config.event_plane(self.plane).nats_server(nats.url()),
            None => config,
        };
        let config = match &self.etcd {
            Some(etcd) => config.etcd_endpoints(vec![etcd.endpoints()]),
            None => {
                config.discovery_backend(DiscoveryBackend::File).file_kv(Some(self.records.path().to_owned()))
            }
        };
        let config = config.build().unwrap();
        assert_eq!(config.event_plane(), self.plane);
        DistributedRuntime::new(Runtime::from_current().unwrap(), config).await.unwrap()
    }
}

fn echo(runtime: &DistributedRuntime) -> EndpointHandle {
    runtime.namespace("interop").unwrap().component("backend").unwrap().endpoint("echo").unwrap()
}

/// What the real one says of the load of a worker.
#[derive(Debug, Deserialize)]
struct Load {
    worker_id: u64,
    dp_rank: u32,
    active_decode_blocks: Option<u64>,
    active_prefill_tokens: Option<u64>,
    kv_used_blocks: Option<u64>,
}

async fn we_hear_what_the_real_one_publishes(place: Place) {
    let Some(python) = Python::find() else { return };
    let ours = place.ours().await;
    let mut loads = echo(&ours).subscribe::<Load>("kv_metrics").await.unwrap();
    let mut passes = echo(&ours).subscribe::<Value>("forward-pass-metrics").await.unwrap();
    let theirs = place.theirs(python.events().arg("pub").arg(SECONDS)).spawn();
    let ready = theirs.wait_for_line("READY", PEER).await;
    let worker = u64::from_str_radix(ready.rsplit("0x").next().unwrap(), 16).unwrap();
    let hearing = async {
        let mut last: Option<Event<Load>> = None;
        for _ in 0..5 {
            let load = loads.recv().await.unwrap().unwrap();
            assert_eq!((load.payload.worker_id, load.payload.dp_rank), (worker, 0), "{load:?}");
            assert_eq!(load.payload.kv_used_blocks, load.payload.active_decode_blocks.map(|n| n + 1000));
            assert_eq!(load.payload.active_prefill_tokens, None);
            if let Some(last) = last {
                assert_eq!((load.publisher, load.missed_before), (last.publisher, 0));
                assert_eq!(load.sequence, last.sequence + 1);
                assert!(load.published_at > last.published_at);
            }
            last = Some(load);
        }
        let mut last = None;
        for _ in 0..5 {
            let pass = passes.recv().await.unwrap().unwrap();
            let counter = pass.payload["counter_id"].as_u64().unwrap();
            assert_eq!((counter, pass.missed_before), (pass.sequence + 1, 0), "{pass:?}");
            assert_eq!(pass.payload["wall_time"], 0.5);
            assert_eq!(pass.payload["scheduled_requests"]["num_prefill_requests"], counter);
            if let Some(last) = last {
                assert_eq!(counter, last + 1);
            }
            last = Some(counter);
        }
    };
    within(PEER, "five events of each kind", hearing).await;
    assert_eq!((loads.counts().malformed, passes.counts().malformed), (0, 0));
    drop(theirs);
    ours.shutdown().await;
}

/// Something that the real one takes for forward-pass metrics: it hands out payloads as they are.
#[derive(Clone, Debug, Serialize)]
struct Pass {
    version: u32,
    worker_id: &'static str,
    counter_id: u64,
    wall_time: f64,
}

impl Pass {
    fn new(counter_id: u64) -> Self {
        Self { version: 1, worker_id: "ours", counter_id, wall_time: 0.25 }
    }

    /// How it begins on the wire, and how it ends.
    fn hex(&self) -> String {
        let head = "84a776657273696f6e01a9776f726b65725f6964a46f757273aa636f756e7465725f6964";
        format!("{head}{:02x}a977616c6c5f74696d65cb3fd0000000000000", self.counter_id)
    }
}

/// Publishes until a program that listens has printed `lines` lines that follow one another.
async fn publish_until_heard(publisher: &EventPublisher<Pass>, listener: &Process, lines: usize) {
    let heard = || -> Vec<String> {
        let lines = listener.stdout();
        lines.iter().filter_map(|line| Some(line.strip_prefix("recv ")?.to_owned())).collect()
    };
    let publishing = async {
        for counter in 0..128 {
            publisher.publish(&Pass::new(counter)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
            if heard().len() >= lines {
                return;
            }
        }
        panic!("128 events, and {:?} was heard of them", heard());
    };
    within(PEER, "our events to be heard", publishing).await;
    let heard = heard();
    let first = (0..128).find(|counter| Pass::new(*counter).hex() == heard[0]);
    let first = first.unwrap_or_else(|| panic!("{} is none of ours", heard[0]));
    for (counter, line) in (first..).zip(&heard) {
        assert_eq!(*line, Pass::new(counter).hex());
    }
}

async fn the_real_one_hears_what_we_publish(place: Place) {
    let Some(python) = Python::find() else { return };
    let ours = place.ours().await;
    // One that is there before, and one that comes later.
    let before = echo(&ours).publisher::<Pass>("forward-pass-metrics").await.unwrap();
    let theirs = place.theirs(python.events().arg("sub").arg(SECONDS)).spawn();
    publish_until_heard(&before, &theirs, 5).await;
    drop(theirs);
    before.close().await.unwrap();
    let theirs = place.theirs(python.events().arg("sub").arg(SECONDS)).spawn();
    let after = echo(&ours).publisher::<Pass>("forward-pass-metrics").await.unwrap();
    publish_until_heard(&after, &theirs, 5).await;
    drop(theirs);
    ours.shutdown().await;
}

/// libzmq hears us, frame by frame: the script takes the parts of every message apart.
#[tokio::test]
async fn a_plain_socket_hears_what_we_publish() {
    let Some(python) = Python::find() else { return };
    let place = Place::new(EventPlane::Zmq, true).await;
    let ours = place.ours().await;
    let publisher = echo(&ours).publisher::<Value>("load").await.unwrap();
    let listener = place.theirs(python.plain_events().arg("sub").arg("load").arg(SECONDS));
    let listener = listener.spawn();
    let id = format!("{:016x}", publisher.id().0);
    let heard = async {
        for n in 0_u64.. {
            publisher.publish(&serde_json::json!({ "n": n, "text": "h\u{e9}llo" })).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            if listener.stdout().iter().filter(|line| line.contains("envelope")).count() >= 5 {
                return;
            }
        }
    };
    within(PEER, "five events", heard).await;
    let lines = listener.stdout();
    let mut numbers = Vec::new();
    for pair in lines.iter().filter(|line| !line.starts_with("channel")).collect::<Vec<_>>().chunks(2) {
        let [message, envelope] = pair else { break };
        let begin = format!("topic load publisher {id} sequence ");
        let sequence = message.strip_prefix(&begin).unwrap_or_else(|| panic!("{message}"));
        numbers.push(u64::from_str_radix(&sequence[..16], 16).unwrap());
        let number = numbers.last().unwrap();
        assert!(envelope.contains(&format!("'sequence': {number}")), "{envelope}");
        assert!(
            envelope.ends_with(&format!("payload {{'n': {number}, 'text': 'h\u{e9}llo'}}")),
            "{envelope}"
        );
    }
    assert!(numbers.len() >= 5 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    drop(listener);
    ours.shutdown().await;
}

#[tokio::test]
async fn we_hear_what_a_plain_socket_publishes() {
    let Some(python) = Python::find() else { return };
    let place = Place::new(EventPlane::Zmq, true).await;
    let ours = place.ours().await;
    let mut events = echo(&ours).subscribe::<Value>("load").await.unwrap();
    let publisher = place.theirs(python.plain_events().arg("pub").arg("load").arg(SECONDS));
    let publisher = publisher.spawn();
    let ready = publisher.wait_for_line("READY", PEER).await;
    let id = u64::from_str_radix(ready.strip_prefix("READY ").unwrap(), 16).unwrap();
    let hearing = async {
        for _ in 0..5 {
            let event = events.recv().await.unwrap().unwrap();
            assert_eq!((event.publisher.0, event.missed_before), (id, 0));
            assert_eq!(event.payload["hello"], event.sequence);
        }
    };
    within(PEER, "five events", hearing).await;
    assert_eq!((events.counts().malformed, events.counts().publishers), (0, 1));
    drop(publisher);
    ours.shutdown().await;
}

macro_rules! both_ways {
    ($($module:ident: $plane:ident, $etcd:literal;)+) => {
        $(mod $module {
            use super::{EventPlane, Place};

            #[tokio::test]
            async fn we_hear_what_the_real_one_publishes() {
                super::we_hear_what_the_real_one_publishes(Place::new(EventPlane::$plane, $etcd).await).await;
            }

            #[tokio::test]
            async fn the_real_one_hears_what_we_publish() {
                super::the_real_one_hears_what_we_publish(Place::new(EventPlane::$plane, $etcd).await).await;
            }
        })+
    };
}

both_ways! {
    zmq_and_files: Zmq, false;
    zmq_and_etcd: Zmq, true;
    nats_and_files: Nats, false;
    nats_and_etcd: Nats, true;
}
