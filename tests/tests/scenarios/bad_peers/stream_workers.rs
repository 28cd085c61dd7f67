//! Workers that read a stream of requests of ours, well and badly.

use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dynamo_harness::within;
use dynamo_rig::World;
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::address::InstanceId;
use dynamo_sdk::config::{Codec, ConfigBuilder};
use dynamo_sdk::discovery::{self, Key, Record};
use dynamo_sdk::error::{CallErrorKind, Stage};
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Component, Runtime};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::bad_peers::streams::{Answer, Bidi, BidiClient, Frame, captured};
use crate::bad_peers::wire::{ack, control, item, last, prologue, read_request, read_two_part, sentinel};
use crate::bad_peers::worker::{SOON, meeting};

const FAKE: InstanceId = InstanceId(0xfa4e);

/// A worker by hand, and a client that has nobody else.
struct Fake {
    listener: TcpListener,
    client: BidiClient,
    caller: DistributedRuntime,
    _discovery: Arc<dyn discovery::Discovery>,
    _runtime: Runtime,
    _meeting: World,
}

/// Where the worker is to call.
struct Homes {
    requests: Value,
    responses: Value,
}

async fn dial(home: &Value) -> TcpStream {
    let text = |name: &str| home[name].as_str().unwrap().to_owned();
    let mut stream = TcpStream::connect(text("address")).await.unwrap();
    let handshake = json!({ "subject": text("subject"), "stream_type": text("stream_type") });
    stream.write_all(&control(&handshake)).await.unwrap();
    stream
}

impl Fake {
    async fn new(codec: Codec, tune: fn(ConfigBuilder) -> ConfigBuilder) -> Self {
        let meeting = meeting().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let runtime = Runtime::from_current().unwrap();
        let config = meeting.config().build().unwrap();
        let discovery = discovery::open(&runtime, &config, FAKE).await.unwrap();
        let endpoint = Bidi::ID.endpoint(EndpointName::from_static("bidi"));
        let value = json!({
            "type": "Endpoint", "component": "bidi", "endpoint": "bidi", "namespace": "tests",
            "instance_id": FAKE.0, "request_plane_codec": codec.as_str(),
            "transport": { "tcp": format!("{}/any/path", listener.local_addr().unwrap()) },
        });
        let record = Record { key: Key::instance(&endpoint, FAKE), value: value.to_string().into() };
        discovery.register(record).await.unwrap();
        let caller = meeting.join(tune).await;
        let client = BidiClient::connect(&caller).await.unwrap();
        Self { listener, client, caller, _discovery: discovery, _runtime: runtime, _meeting: meeting }
    }

    /// Takes and acknowledges a call.
    async fn take(&self) -> (TcpStream, Homes) {
        within(SOON, "a request", async {
            let (mut stream, _) = self.listener.accept().await.unwrap();
            let (_, control, body) = read_request(&mut stream).await.unwrap();
            assert!(body.is_empty(), "a stream of requests has no body");
            assert_eq!(
                (&control["request_type"], &control["response_type"]),
                (&json!("many_in"), &json!("many_out"))
            );
            stream.write_all(&ack("")).await.unwrap();
            let home = |name: &str| {
                let home: Value = serde_json::from_str(control[name]["info"].as_str().unwrap()).unwrap();
                assert_eq!(home["context"], control["id"]);
                home
            };
            let homes = Homes {
                requests: home("request_stream_connection_info"),
                responses: home("connection_info"),
            };
            (stream, homes)
        })
        .await
    }

    async fn is_clean(&self) {
        dynamo_harness::eventually(SOON, "nobody to be awaited", async || {
            dynamo_rig::pending(&self.caller) == 0
        })
        .await;
    }
}

/// Frames from 0 on, and how many were taken.
fn frames(count: u64) -> (impl Stream<Item = Frame> + Send + 'static, Arc<AtomicU64>) {
    let taken = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&taken);
    let frames = stream::iter(0..count).map(move |frame| {
        counter.fetch_add(1, Ordering::Relaxed);
        Frame { frame }
    });
    (frames, taken)
}

/// What we send is what the real caller sent, byte for byte, and the answer of the real worker is understood.
#[tokio::test]
async fn our_requests_are_those_of_the_captured_caller() {
    let fake = Fake::new(Codec::MsgPack, |config| config).await;
    let worker = async {
        let (_kept, homes) = fake.take().await;
        let mut requests = dial(&homes.requests).await;
        let mut responses = dial(&homes.responses).await;
        let answer = captured("raw-caller-bidi/conn2-callhome.dialer-to-listener");
        let handshake = 24 + usize::try_from(u64::from_be_bytes(answer[..8].try_into().unwrap())).unwrap();
        responses.write_all(&answer[handshake..][..38]).await.unwrap();
        let mut words = Vec::new();
        requests.read_to_end(&mut words).await.unwrap();
        assert_eq!(words, captured("raw-caller-bidi/conn1-callhome.listener-to-dialer"));
        responses.write_all(&answer[handshake + 38..]).await.unwrap();
        let _ = responses.read(&mut [0; 64]).await;
    };
    let call = async {
        let items = fake.client.bidi(frames(3).0).await.unwrap();
        items.try_collect::<Vec<_>>().await.unwrap()
    };
    let (items, ()) = within(SOON, "the call", futures::future::join(call, worker)).await;
    let expected: Vec<Answer> =
        (0..3).map(|frame| Answer::Got(Frame { frame })).chain([Answer::Total(3)]).collect();
    assert_eq!(items, expected);
    fake.is_clean().await;
}

/// A stop is on both connections, as the captured caller had it.
#[tokio::test]
async fn our_stop_is_that_of_the_captured_caller() {
    let fake = Fake::new(Codec::MsgPack, |config| config).await;
    let worker = async {
        let (_kept, homes) = fake.take().await;
        let mut requests = dial(&homes.requests).await;
        let mut responses = dial(&homes.responses).await;
        responses.write_all(&prologue()).await.unwrap();
        let mut words = Vec::new();
        requests.read_to_end(&mut words).await.unwrap();
        let (stop, body) = read_two_part(&mut responses).await.unwrap();
        assert_eq!((&*stop, &*body), (&b"\"stop\""[..], &b""[..]));
        words
    };
    let call = async {
        let mut items = fake.client.bidi(frames(1).0.chain(stream::pending())).await.unwrap();
        assert!(futures::poll!(items.next()).is_pending());
        items.stop();
        items.next().await
    };
    let (item, words) = within(SOON, "the call", futures::future::join(call, worker)).await;
    assert!(item.is_none(), "{item:?}");
    assert_eq!(words, captured("raw-caller-bidi-cancel/conn1-callhome.listener-to-dialer"));
    fake.is_clean().await;
}

#[tokio::test]
async fn a_worker_may_call_for_the_requests_last() {
    let fake = Fake::new(Codec::Json, |config| config).await;
    let worker = async {
        let (_kept, homes) = fake.take().await;
        let mut responses = dial(&homes.responses).await;
        responses.write_all(&prologue()).await.unwrap();
        let mut requests = dial(&homes.requests).await;
        let mut words = Vec::new();
        requests.read_to_end(&mut words).await.unwrap();
        let count = words.windows(7).filter(|window| window == b"{\"frame").count();
        responses.write_all(&[item(json!({ "total": count })), last(), sentinel()].concat()).await.unwrap();
        let _ = responses.read(&mut [0; 64]).await;
    };
    let call = async {
        let items = fake.client.bidi(frames(1000).0).await.unwrap();
        items.try_collect::<Vec<_>>().await.unwrap()
    };
    let (items, ()) = within(SOON, "the call", futures::future::join(call, worker)).await;
    assert_eq!(items, [Answer::Total(1000)]);
}

#[tokio::test]
async fn a_worker_that_stops_reading_requests_still_completes_its_response() {
    let fake = Fake::new(Codec::Json, |config| config).await;
    let worker = async {
        let (_kept, homes) = fake.take().await;
        let mut requests = dial(&homes.requests).await;
        let mut responses = dial(&homes.responses).await;
        responses.write_all(&prologue()).await.unwrap();
        let first = read_two_part(&mut requests).await.unwrap();
        assert_eq!(first.1, b"{\"frame\":0}");
        drop(requests);
        responses.write_all(&[item(json!({ "total": 1 })), last(), sentinel()].concat()).await.unwrap();
        let _ = responses.read(&mut [0; 64]).await;
    };
    let (frames, taken) = frames(u64::MAX);
    let call = async {
        let items = fake.client.bidi(frames).await.unwrap();
        items.try_collect::<Vec<_>>().await.unwrap()
    };
    let (items, ()) = within(SOON, "the call", futures::future::join(call, worker)).await;
    assert_eq!(items, [Answer::Total(1)]);
    assert!(taken.load(Ordering::Relaxed) > 0);
}

/// Nothing is asked of the stream before the worker has called for it.
#[tokio::test]
async fn a_worker_that_never_calls_for_the_requests_gets_none() {
    const LIMIT: Duration = Duration::from_millis(200);
    let refusal = json!({ "error": "Generate Error: no", "typed_error": {
        "error_type": "InvalidArgument", "class": "InvalidRequest", "reason": "request.invalid", "message": "no" } });
    for start in [Some(control(&refusal)), Some(prologue()), None] {
        let fake = Fake::new(Codec::Json, |config| config.first_item_timeout(LIMIT)).await;
        let (frames, taken) = frames(3);
        let worker = async {
            let (kept, homes) = fake.take().await;
            let mut responses = None;
            if let Some(start) = &start {
                let stream = responses.insert(dial(&homes.responses).await);
                stream.write_all(start).await.unwrap();
            }
            // A connection for the wrong direction is not the one.
            let mut crossed = homes.requests.clone();
            crossed["stream_type"] = json!("response");
            let mut stranger = dial(&crossed).await;
            assert_eq!(stranger.read(&mut [0; 1]).await.unwrap_or_default(), 0);
            (kept, responses)
        };
        let call = async {
            match fake.client.bidi(frames).into_future().await {
                Ok(mut items) => items.next().await.unwrap().unwrap_err(),
                Err(error) => error,
            }
        };
        let (error, _kept) = within(SOON, "the end", futures::future::join(call, worker)).await;
        match error.kind() {
            CallErrorKind::Endpoint(error) => assert_eq!((error.message(), start.is_some()), ("no", true)),
            CallErrorKind::TimedOut { stage: Stage::FirstItem, limit: LIMIT } => {}
            _ => panic!("{error:?}"),
        }
        assert_eq!(taken.load(Ordering::Relaxed), 0);
        fake.is_clean().await;
    }
}
