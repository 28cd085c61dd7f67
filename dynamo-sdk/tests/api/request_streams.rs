//! Streams of requests where no network is needed: without a runtime, against doubles, through a contract, described, and
//! in a task of their own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use dynamo_sdk::Component;
use dynamo_sdk::component::Double;
use dynamo_sdk::describe::{Shape, mermaid};
use dynamo_sdk::prelude::*;
use futures::FutureExt;
use futures::executor::block_on;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};

const SOON: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Turn {
    text: String,
}

fn turns(texts: &[&str]) -> Vec<Turn> {
    texts.iter().map(|text| Turn { text: (*text).to_owned() }).collect()
}

/// Listens.
#[component(namespace = "demo")]
#[derive(Default)]
struct Ear {
    seen: Arc<watch::Sender<Vec<String>>>,
}

impl Ear {
    fn note(&self, text: String) {
        self.seen.send_modify(|seen| seen.push(text));
    }

    /// Reads to the end, and notes what it read and how that ended.
    async fn listen(&self, cx: &Context, mut turns: RequestStream<Turn>) -> usize {
        let mut count = 0;
        let end = loop {
            match turns.try_next().await {
                Ok(Some(turn)) => self.note(turn.text),
                Ok(None) => break "complete",
                Err(_) => break "broken",
            }
            count += 1;
        };
        self.note(format!("{end}, killed: {}", cx.is_killed()));
        // Whoever is killed does not get any further.
        tokio::task::yield_now().await;
        self.note("over".to_owned());
        count
    }
}

#[endpoints]
impl Ear {
    /// Repeats each turn.
    #[endpoint]
    async fn chat(&self, turns: RequestStream<Turn>) -> impl Stream<Item = Result<Turn, CallError>> {
        turns
    }

    #[endpoint]
    async fn count(&self, cx: Context, turns: RequestStream<Turn>) -> usize {
        self.listen(&cx, turns).await
    }

    /// Blocks its thread while it reads.
    #[endpoint(cpu)]
    async fn grind(&self, cx: Context, turns: RequestStream<Turn>) -> usize {
        self.listen(&cx, turns).await
    }

    #[endpoint(on_disconnect = ignore)]
    async fn lasting(&self, cx: Context, turns: RequestStream<Turn>) -> usize {
        self.listen(&cx, turns).await
    }

    #[endpoint]
    async fn one(&self, turn: Turn) -> Turn {
        turn
    }
}

#[test]
fn requests_need_no_runtime() {
    block_on(async {
        let ear = EarClient::local(Ear::default());
        let answers = ear.chat(stream::iter(turns(&["one", "two"]))).await.unwrap();
        assert_eq!(answers.try_collect::<Vec<_>>().await.unwrap(), turns(&["one", "two"]));
        // Nothing runs ahead: the second turn is read when its answer is asked for.
        let (sender, mut receiver) = mpsc::channel(1);
        let mut answers = ear.chat(stream::poll_fn(move |task| receiver.poll_recv(task))).await.unwrap();
        for turn in turns(&["one", "two"]) {
            assert!(answers.next().now_or_never().is_none());
            sender.try_send(turn.clone()).unwrap();
            assert_eq!(answers.try_next().await.unwrap(), Some(turn));
        }
        drop(answers);
        assert!(sender.is_closed());
    });
}

#[test]
fn a_double_reads_a_stream_of_requests() {
    let double = Double::new()
        .unary("count", |turns: RequestStream<Turn>| turns.count().map(Ok))
        .try_stream("chat", |turns: RequestStream<Turn>| turns.map_err(EndpointError::from).take(1));
    let ear = EarClient::from_double(double);
    block_on(async {
        assert_eq!(ear.count(stream::iter(turns(&["one", "two", "three"]))).await.unwrap(), 3);
        let answers = ear.chat(stream::iter(turns(&["one", "two"]))).await.unwrap();
        assert_eq!(answers.try_collect::<Vec<_>>().await.unwrap(), turns(&["one"]));
    });
}

/// The same as a contract.
#[component(namespace = "demo")]
trait Listener {
    #[endpoint]
    async fn chat(&self, cx: Context, turns: RequestStream<Turn>) -> Result<ResponseStream<Turn>, CallError>;

    #[endpoint]
    async fn count(&self, turns: RequestStream<Turn>) -> Result<usize, CallError>;
}

/// Passes all on to whoever listens.
struct Relay<L>(L);

impl<L: Listener> Listener for Relay<L> {
    async fn chat(&self, cx: Context, turns: RequestStream<Turn>) -> Result<ResponseStream<Turn>, CallError> {
        self.0.chat(cx, turns).await
    }

    async fn count(&self, turns: RequestStream<Turn>) -> Result<usize, CallError> {
        self.0.count(turns).await
    }
}

struct Here;

impl Listener for Here {
    async fn chat(&self, cx: Context, turns: RequestStream<Turn>) -> Result<ResponseStream<Turn>, CallError> {
        Ok(ResponseStream::new(turns, cx))
    }

    async fn count(&self, turns: RequestStream<Turn>) -> Result<usize, CallError> {
        turns.try_fold(0, async |count, _| Ok(count + 1)).await
    }
}

#[test]
fn requests_go_through_any_number_of_contracts() {
    let far = ListenerClient::local(ListenerServer::new(Relay(ListenerClient::local(ListenerServer::new(
        Relay(Here),
    )))));
    block_on(async {
        let answers = far.chat(stream::iter(turns(&["one", "two"]))).await.unwrap();
        assert_eq!(answers.try_collect::<Vec<_>>().await.unwrap(), turns(&["one", "two"]));
        assert_eq!(far.count(stream::iter(turns(&["one", "two"]))).await.unwrap(), 2);
        let lost = EndpointError::not_found("the rest");
        let broken = stream::iter([Ok(turns(&["one"]).remove(0)), Err(CallError::from(lost))]);
        let error = far.count(RequestStream::fallible(broken)).await.unwrap_err();
        assert_eq!(error.endpoint_error().map(EndpointError::message), Some("the rest"));
    });
}

#[test]
fn the_four_shapes_are_told_apart() {
    let description = Ear::describe();
    let shapes: Vec<_> = description.endpoints.iter().map(|endpoint| endpoint.shape).collect();
    use Shape::{Bidirectional, ClientStream, Unary};
    assert_eq!(shapes, [Bidirectional, ClientStream, ClientStream, ClientStream, Unary]);
    for endpoint in &description.endpoints {
        assert_eq!(endpoint.request.name, "Turn", "of a stream, one item");
    }
    let json = serde_json::to_value(&description).unwrap();
    assert_eq!(
        (&json["endpoints"][0]["shape"], &json["endpoints"][1]["shape"]),
        (&"bidirectional".into(), &"client_stream".into())
    );
    assert_eq!(serde_json::from_value::<dynamo_sdk::describe::Description>(json).unwrap(), description);
    let drawing = mermaid(std::slice::from_ref(&description));
    assert!(
        drawing.contains("chat ⇄") && drawing.contains("count ⇇") && drawing.contains("one\""),
        "{drawing}"
    );
    let mut other = description.clone();
    other.endpoints[4].shape = ClientStream;
    assert_ne!(other.fingerprint(), description.fingerprint());
}

async fn sees(ear: &watch::Sender<Vec<String>>, text: &str) {
    let mut seen = ear.subscribe();
    let found = seen.wait_for(|seen| seen.iter().any(|seen| seen == text));
    tokio::time::timeout(SOON, found)
        .await
        .unwrap_or_else(|_| panic!("{text:?}: {:?}", ear.borrow()))
        .unwrap();
}

#[dynamo_sdk::test]
async fn a_handler_in_a_task_of_its_own_reads_its_requests(runtime: DistributedRuntime) {
    let ear = Ear::default();
    let seen = Arc::clone(&ear.seen);
    runtime.serve(ear).start().await.unwrap().detach();
    let ear = EarClient::connect(&runtime).await.unwrap();
    assert_eq!(ear.grind(stream::iter(turns(&["one", "two"]))).await.unwrap(), 2);
    assert_eq!(*seen.borrow(), ["one", "two", "complete, killed: false", "over"]);

    // Whoever ignores that its caller is gone cannot go on without its requests: neither when the call has not heard yet
    // that its handler runs, nor when it has.
    for heard in [false, true] {
        seen.send_modify(Vec::clear);
        let (sender, mut receiver) = mpsc::channel(1);
        let given =
            stream::iter(turns(&["one"])).chain(stream::poll_fn(move |task| receiver.poll_recv(task)));
        let mut call = ear.lasting(given).into_future();
        assert!((&mut call).now_or_never().is_none());
        sees(&seen, "one").await;
        if heard {
            assert!((&mut call).now_or_never().is_none());
        }
        drop(call);
        tokio::time::timeout(SOON, sender.closed()).await.unwrap();
        sees(&seen, "broken, killed: true").await;
    }
    runtime.shutdown().await;
    assert!(!seen.borrow().contains(&"over".to_owned()), "{:?}", seen.borrow());
}
