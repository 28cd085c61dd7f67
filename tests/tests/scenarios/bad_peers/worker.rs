//! A pair of ours, and a worker written by hand.

use std::net::SocketAddr;

pub(crate) use dynamo_harness::SOON;
use dynamo_harness::within;
use dynamo_rig::{Setup, World};
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::address::InstanceId;
use dynamo_sdk::config::{Codec, ConfigBuilder};
use dynamo_sdk::discovery::{self, Discovery, Key, Record};
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Component, Runtime};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::bad_peers::wire::{self, read_request};

/// What the peers talk to, or pretend to be.
#[component(namespace = "tests", name = "raw")]
pub(crate) struct Raw;

#[endpoints]
impl Raw {
    #[endpoint]
    pub(crate) async fn double(&self, request: u64) -> u64 {
        request * 2
    }

    #[endpoint]
    pub(crate) async fn numbers(&self, request: u64) -> impl Stream<Item = u64> {
        stream::iter(0..request)
    }
}

/// Where peers meet: a directory of file discovery.
pub(crate) async fn meeting() -> World {
    World::new(Setup::Tcp(Codec::Json)).await
}

/// A real worker, and a real caller of it.
pub(crate) struct Ours {
    pub(crate) runtime: DistributedRuntime,
    _caller: DistributedRuntime,
    pub(crate) client: RawClient,
    /// The request port.
    pub(crate) port: SocketAddr,
    /// The path of `double`.
    pub(crate) path: String,
    _serving: Serving,
}

impl Ours {
    /// A runtime that serves [`Raw`], and where its request port is.
    pub(crate) async fn serve(meeting: &World, tune: fn(ConfigBuilder) -> ConfigBuilder) -> Self {
        let (runtime, caller) = (meeting.join(tune).await, meeting.join(|config| config).await);
        let serving = runtime.serve(Raw).start().await.unwrap();
        let client = RawClient::connect(&caller).await.unwrap();
        let mut list = client.watch(&EndpointName::from_static("double"));
        let found = list.wait_for(|list| !list.instances.is_empty());
        let instance = within(SOON, "the instance", found).await.unwrap().instances[0].clone();
        let (port, path) = instance.transport.address().split_once('/').unwrap();
        Self {
            runtime,
            _caller: caller,
            client,
            port: port.parse().unwrap(),
            path: path.to_owned(),
            _serving: serving,
        }
    }

    pub(crate) async fn still_works(&self) {
        assert_eq!(within(SOON, "a call", self.client.double(4).into_future()).await.unwrap(), 8);
    }
}

/// A worker by hand, registered in discovery, and a caller of ours that has nobody else.
pub(crate) struct Fake {
    pub(crate) listener: TcpListener,
    pub(crate) client: RawClient,
    pub(crate) caller: DistributedRuntime,
    discovery: std::sync::Arc<dyn Discovery>,
    key: Key,
    /// The connection of the last request, which the next one will use as well.
    kept: std::sync::Mutex<Option<TcpStream>>,
    _runtime: Runtime,
    pub(crate) meeting: World,
}

pub(crate) const FAKE: InstanceId = InstanceId(0xfa4e);

/// What the worker says of itself.
fn record(listener: &TcpListener) -> Value {
    json!({
        "type": "Endpoint", "component": "raw", "endpoint": "numbers", "namespace": "tests",
        "instance_id": FAKE.0, "request_plane_codec": "json",
        "transport": { "tcp": format!("{}/any/path", listener.local_addr().unwrap()) },
    })
}

impl Fake {
    pub(crate) async fn new() -> Self {
        Self::tuned(|config| config).await
    }

    pub(crate) async fn tuned(tune: fn(ConfigBuilder) -> ConfigBuilder) -> Self {
        let meeting = meeting().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let runtime = Runtime::from_current().unwrap();
        let config = meeting.config().build().unwrap();
        let discovery = discovery::open(&runtime, &config, FAKE).await.unwrap();
        let endpoint = Raw::ID.endpoint(EndpointName::from_static("numbers"));
        let value = record(&listener);
        let key = Key::instance(&endpoint, FAKE);
        discovery.register(Record { key: key.clone(), value: value.to_string().into() }).await.unwrap();
        let caller = meeting.join(tune).await;
        let client = RawClient::connect(&caller).await.unwrap();
        Self {
            listener,
            client,
            caller,
            discovery,
            key,
            kept: Default::default(),
            _runtime: runtime,
            meeting,
        }
    }

    /// Registers again, with another record, and returns when the caller knows of it.
    pub(crate) async fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut list = self.client.watch(&EndpointName::from_static("numbers"));
        self.leave().await;
        within(SOON, "the end of the record", list.wait_for(|list| list.instances.is_empty())).await.unwrap();
        let mut value = record(&self.listener);
        change(&mut value);
        let record = Record { key: self.key.clone(), value: value.to_string().into() };
        self.discovery.register(record).await.unwrap();
    }

    pub(crate) async fn leave(&self) {
        self.discovery.deregister(&self.key).await.unwrap();
    }

    /// Keeps the connection of a request for the next one.
    pub(crate) fn keep(&self, stream: TcpStream) {
        *self.kept.lock().unwrap() = Some(stream);
    }

    /// The next request, and the connection that brought it.
    pub(crate) async fn request(&self) -> (TcpStream, Home) {
        let kept = self.kept.lock().unwrap().take();
        // The caller may have left the connection, as it does after a missed acknowledgement.
        if let Some(mut stream) = kept
            && let Some(home) = next_request(&mut stream).await
        {
            return (stream, home);
        }
        let mut stream = within(SOON, "a connection", self.listener.accept()).await.unwrap().0;
        let home = next_request(&mut stream).await.expect("a request");
        (stream, home)
    }

    /// Takes the next request, acknowledges it and calls home; the handshake is not sent yet.
    pub(crate) async fn dial(&self) -> (TcpStream, TcpStream, Home) {
        let (mut stream, home) = self.request().await;
        stream.write_all(&wire::ack("")).await.unwrap();
        let back = TcpStream::connect(&home.address).await.unwrap();
        (stream, back, home)
    }

    /// The same with handshake and `bytes`; then it closes.
    pub(crate) async fn answer(&self, bytes: &[u8]) {
        let (stream, mut back, home) = self.dial().await;
        self.keep(stream);
        let mut all = home.handshake();
        all.extend(bytes);
        back.write_all(&all).await.unwrap();
        back.shutdown().await.unwrap();
        // Until the caller has closed: closing with unread bytes would reset, and lose what is on its way.
        let mut rest = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut back, &mut rest).await;
    }

    /// A call of ours that the worker answers with `bytes`: its items.
    pub(crate) async fn call(&self, bytes: &[u8]) -> Result<Vec<Result<u64, CallError>>, CallError> {
        let call = async {
            let items = self.client.numbers(3).await?;
            Ok(items.collect().await)
        };
        let both = futures::future::join(call, self.answer(bytes));
        let (outcome, ()) = within(SOON, "the end of the call", both).await;
        dynamo_harness::eventually(SOON, "nobody to be awaited", async || {
            dynamo_rig::pending(&self.caller) == 0
        })
        .await;
        outcome
    }
}

/// Where a request wants its answer.
pub(crate) struct Home {
    pub(crate) address: String,
    subject: String,
}

impl Home {
    pub(crate) fn handshake(&self) -> Vec<u8> {
        wire::control(&json!({ "subject": self.subject, "stream_type": "response" }))
    }
}

/// Reads a request; `None` at the end of the connection.
async fn next_request(stream: &mut TcpStream) -> Option<Home> {
    let (path, control, _) = within(SOON, "a request", read_request(stream)).await?;
    assert_eq!(path, "any/path");
    let info: Value = serde_json::from_str(control["connection_info"]["info"].as_str().unwrap()).unwrap();
    let text = |name: &str| info[name].as_str().unwrap().to_owned();
    Some(Home { address: text("address"), subject: text("subject") })
}
