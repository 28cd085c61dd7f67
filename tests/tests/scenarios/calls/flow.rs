//! The component with endpoints that read a stream of requests, and a bench for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use dynamo_rig::{Journal, Picky};
use dynamo_rig::{Setup, Tune, World};

/// What an endpoint read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Total {
    pub(crate) count: u64,
    pub(crate) sum: u64,
}

#[component(namespace = "tests", name = "flow")]
pub(crate) struct Flow {
    journal: Journal,
    /// A client of the caller's runtime, for calls from inside.
    inside: Arc<OnceLock<FlowClient>>,
}

#[endpoints]
impl Flow {
    /// One item for each request.
    #[endpoint]
    pub(crate) async fn echo(
        &self,
        numbers: RequestStream<u64>,
    ) -> impl Stream<Item = Result<u64, CallError>> {
        numbers
    }

    /// The same behind one more hop.
    #[endpoint]
    pub(crate) async fn relay(&self, numbers: RequestStream<u64>) -> Result<ResponseStream<u64>, CallError> {
        self.inside.get().unwrap().echo(numbers).await
    }

    /// One response to all requests.
    #[endpoint]
    pub(crate) async fn sum(&self, mut numbers: RequestStream<u64>) -> Result<Total, CallError> {
        let _present = self.journal.begin("sum", None);
        let mut total = Total { count: 0, sum: 0 };
        while let Some(number) = numbers.try_next().await? {
            self.journal.note(format!("read {number}"));
            total.count += 1;
            total.sum += number;
        }
        Ok(total)
    }

    /// Takes whatever breaks the requests off for their end.
    #[endpoint]
    pub(crate) async fn careless(&self, cx: Context, numbers: RequestStream<u64>) -> u64 {
        let _present = self.journal.begin("careless", Some(&cx));
        numbers.filter_map(|number| async { number.ok() }).count().await as u64
    }

    /// Reads to the end, and only then answers, with `1, 2, …` up to the number of requests.
    #[endpoint]
    pub(crate) async fn afterwards(
        &self,
        cx: Context,
        numbers: RequestStream<u64>,
    ) -> impl Stream<Item = u64> {
        let count = numbers.count().await as u64;
        self.journal.note(format!("{count} requests, stopped: {}", cx.is_stopped()));
        stream::iter(1..=count)
    }

    /// Reads two requests, and answers three times without reading on.
    #[endpoint]
    pub(crate) async fn brief(
        &self,
        mut numbers: RequestStream<u64>,
    ) -> Result<impl Stream<Item = u64> + use<>, CallError> {
        let one = numbers.try_next().await?.unwrap_or_default();
        let two = numbers.try_next().await?.unwrap_or_default();
        // Held to the end of the response.
        Ok(stream::iter([one, two, one + two]).map(move |number| {
            let _held = &numbers;
            number
        }))
    }

    /// Reads one request and drops the rest, then answers for as long as it is asked.
    #[endpoint]
    pub(crate) async fn enough(
        &self,
        mut numbers: RequestStream<u64>,
    ) -> Result<impl Stream<Item = u64> + use<>, CallError> {
        let first = numbers.try_next().await?.unwrap_or_default();
        Ok(stream::iter(first..))
    }

    /// Reads one request and holds the rest without reading, until it is asked to stop.
    #[endpoint]
    pub(crate) async fn hold(
        &self,
        cx: Context,
        mut texts: RequestStream<String>,
    ) -> Result<impl Stream<Item = u64> + use<>, CallError> {
        let present = self.journal.begin("hold", Some(&cx));
        let first = texts.try_next().await?.unwrap_or_default().len() as u64;
        let until_stop = async move {
            let _held = (texts, present);
            cx.stopped().await;
        };
        Ok(stream::iter([first]).chain(stream::once(until_stop).filter_map(|()| async { None })))
    }

    /// Hands requests through two hops to [`hold`](Self::hold).
    #[endpoint]
    pub(crate) async fn hold_far(
        &self,
        texts: RequestStream<String>,
    ) -> Result<ResponseStream<u64>, CallError> {
        self.inside.get().unwrap().hold(texts).await
    }

    /// Never ends and never waits; items of `size` bytes.
    #[endpoint]
    pub(crate) async fn endless(&self, size: usize) -> impl Stream<Item = String> {
        let journal = self.journal.clone();
        stream::repeat_with(move || {
            journal.made_one();
            "x".repeat(size)
        })
    }

    /// The same behind one more hop.
    #[endpoint]
    pub(crate) async fn endless_far(&self, size: usize) -> Result<ResponseStream<String>, CallError> {
        self.inside.get().unwrap().endless(size).await
    }

    /// Never answers, and reads nothing.
    #[endpoint]
    pub(crate) async fn mute(&self, cx: Context, numbers: RequestStream<u64>) -> u64 {
        let _present = self.journal.begin("mute", Some(&cx));
        let _held = numbers;
        std::future::pending().await
    }

    /// One request, as most endpoints have.
    #[endpoint]
    pub(crate) async fn one(&self, number: u64) -> u64 {
        number
    }

    /// Gives what it was given, with a bound in its middle that may refuse to be encoded.
    #[endpoint]
    pub(crate) async fn picky(&self, values: RequestStream<Picky>) -> Result<u64, CallError> {
        values.try_fold(0, |sum, value| async move { Ok(sum + value.0) }).await
    }
}

/// A served [`Flow`], and a client of it.
pub(crate) struct FlowBench {
    pub(crate) setup: Setup,
    pub(crate) flow: FlowClient,
    pub(crate) journal: Journal,
    pub(crate) serving: Serving,
    pub(crate) server: DistributedRuntime,
    pub(crate) caller: DistributedRuntime,
    pub(crate) world: World,
}

impl FlowBench {
    pub(crate) async fn new(setup: Setup) -> Self {
        Self::tuned(setup, |config| config).await
    }

    pub(crate) async fn tuned(setup: Setup, tune: Tune) -> Self {
        let world = World::new(setup).await;
        let (server, caller) = world.pair(tune).await;
        let (journal, inside) = (Journal::default(), Arc::default());
        let flow = Flow { journal: journal.clone(), inside: Arc::clone(&inside) };
        let serving = server.serve(flow).start().await.unwrap();
        let flow = FlowClient::connect(&caller).await.unwrap();
        inside.set(flow.clone()).ok().unwrap();
        flow.wait_ready(1, Duration::from_secs(5)).await.unwrap();
        Self { setup, flow, journal, serving, server, caller, world }
    }

    /// A second worker, with a journal of its own.
    pub(crate) async fn another(&self) -> (DistributedRuntime, Serving, Journal) {
        let (runtime, journal) = (self.world.join(|config| config).await, Journal::default());
        let flow = Flow { journal: journal.clone(), inside: Arc::default() };
        let serving = runtime.serve(flow).start().await.unwrap();
        let mut list = self.flow.watch(&dynamo_sdk::address::EndpointName::from_static("sum"));
        let known = list.wait_for(|list| list.get(runtime.instance_id()).is_some());
        dynamo_harness::within(Duration::from_secs(5), "the second worker", known).await.unwrap();
        (runtime, serving, journal)
    }

    /// Whether requests travel over sockets.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.setup, Setup::Tcp(_) | Setup::Nats)
    }
}

/// A stream of requests that tells how far it was read, and whether it is gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    given: AtomicU64,
    gone: AtomicU64,
}

struct Gone(Arc<Counts>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.gone.fetch_add(1, Ordering::Relaxed);
    }
}

impl Source {
    /// Counts the requests that are taken from `requests`.
    pub(crate) fn of<T, S: Stream<Item = T>>(&self, requests: S) -> impl Stream<Item = T> + use<T, S> {
        let (counts, gone) = (Arc::clone(&self.0), Gone(Arc::clone(&self.0)));
        requests.inspect(move |_| {
            let _held = &gone;
            counts.given.fetch_add(1, Ordering::Relaxed);
        })
    }

    /// How many were taken.
    pub(crate) fn given(&self) -> u64 {
        self.0.given.load(Ordering::Relaxed)
    }

    /// Whether the stream was dropped.
    pub(crate) fn is_gone(&self) -> bool {
        self.0.gone.load(Ordering::Relaxed) > 0
    }
}
