//! Three operators and a leaf: in one piece, and with the network on two of the edges. What is checked is the same.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynamo_harness::{SOON, eventually, within};
use dynamo_sdk::engine::ChildContext;
use dynamo_sdk::engine::{AsyncEngine, ManyOut, SingleIn};
use dynamo_sdk::error::ErrorClass;
use dynamo_sdk::error::{CallErrorKind, CancelCause};
use dynamo_sdk::handles::SegmentSource;
use dynamo_sdk::pipeline::{Edge, engine, operator};
use dynamo_sdk::pipeline::{Pipeline, Source};
use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use dynamo_rig::{Setup, World};

/// Where the pipeline is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    Nowhere,
    /// Above the second operator and above the third.
    InThree(Setup),
}

impl Cut {
    pub(crate) fn setup(self) -> Setup {
        match self {
            Self::Nowhere => Setup::Direct,
            Self::InThree(setup) => setup,
        }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Ask {
    /// The nodes it came through.
    way: Vec<String>,
    /// Which node fails.
    fail: String,
    /// What the leaf does.
    mode: Mode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Mode {
    #[default]
    Answer,
    /// It never starts to answer.
    Hang,
    /// It gives one item and no more.
    HangLater,
    /// It gives items until it is asked to stop, and then one more.
    UntilStopped,
}

/// What the nodes have seen.
#[derive(Clone, Debug, Default)]
struct Journal {
    lines: Arc<Mutex<Vec<String>>>,
    started: Arc<Notify>,
    /// When the leaf was dropped.
    ended: Arc<Mutex<Option<Instant>>>,
}

impl Journal {
    fn note(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

struct Node {
    name: &'static str,
    journal: Journal,
}

#[operator]
impl Node {
    async fn generate(
        &self,
        request: SingleIn<Ask>,
        next: Edge<Ask, ManyOut<String>>,
    ) -> Result<ManyOut<String>, CallError> {
        let name = self.name;
        let by = request.metadata().get("by").cloned().unwrap_or_default();
        let trace = request.trace().traceparent.clone().unwrap_or_default();
        self.journal.note(format!("{name} {} {by} {trace} {}", request.id(), request.deadline().is_some()));
        if request.payload().fail == name {
            return Err(EndpointError::not_found(name).into());
        }
        let cx = request.bare();
        let request = request.map(|mut ask| {
            ask.way.push(name.to_owned());
            ask
        });
        let items = next.generate(request).await?;
        Ok(items.transform(&cx, move |items| items.map_ok(move |item| format!("{name}({item})"))))
    }
}

struct Leaf(Journal);

/// Tells when the work of the leaf is dropped.
struct Ended(Journal);

impl Drop for Ended {
    fn drop(&mut self) {
        *self.0.ended.lock().unwrap() = Some(Instant::now());
    }
}

#[engine]
impl Leaf {
    async fn generate(&self, request: SingleIn<Ask>) -> Result<ManyOut<String>, CallError> {
        let (ask, cx) = request.into_parts();
        let ended = Ended(self.0.clone());
        self.0.note(format!("leaf {}", cx.id()));
        self.0.started.notify_one();
        if ask.fail == "leaf" {
            return Err(EndpointError::not_found("leaf").into());
        }
        if ask.mode == Mode::Hang {
            pending::<()>().await;
        }
        let way = ask.way.join(">");
        let items = match ask.mode {
            Mode::UntilStopped => {
                let stopped = cx.stopped();
                stream::repeat(way).take_until(stopped).chain(stream::iter(["stopped".to_owned()])).boxed()
            }
            Mode::HangLater => stream::iter([way]).chain(stream::pending()).boxed(),
            _ => stream::iter([way, "last".to_owned()]).boxed(),
        };
        let fail = (ask.fail == "item").then(|| Err(EndpointError::not_found("item").into()));
        let items = items.map(move |item| {
            let _ = &ended;
            Ok(item)
        });
        Ok(ResponseStream::new(items.chain(stream::iter(fail)), cx))
    }
}

/// The pipeline as its caller has it, and what must live for it.
struct Built {
    pipeline: Pipeline<Ask, ManyOut<String>>,
    journal: Journal,
    _world: Option<World>,
    _serving: Vec<Serving>,
}

async fn build(cut: Cut) -> Built {
    let journal = Journal::default();
    let node = |name| Node { name, journal: journal.clone() };
    let (one, two, three, leaf) = (node("one"), node("two"), node("three"), Leaf(journal.clone()));
    let Cut::InThree(setup) = cut else {
        let pipeline = Source::open().link(one).link(two).link(three).sink(leaf);
        return Built { pipeline, journal, _world: None, _serving: vec![] };
    };
    let world = World::new(setup).await;
    let (last, first) = world.pair(|config| config).await;
    let middle = if setup == Setup::Direct { last.clone() } else { world.join(|config| config).await };
    let endpoint = |runtime: &DistributedRuntime, component: &str| {
        runtime.namespace("cut").unwrap().component(component).unwrap().endpoint("generate").unwrap()
    };
    let lower = SegmentSource::open(endpoint(&last, "lower")).link(three).sink(leaf);
    let lower = lower.start().await.unwrap();
    let sink = endpoint(&middle, "lower").sink().await.unwrap();
    let upper = SegmentSource::open(endpoint(&middle, "upper")).link(two).sink(sink);
    let upper = upper.start().await.unwrap();
    let pipeline = Source::open().link(one).sink(endpoint(&first, "upper").sink().await.unwrap());
    Built { pipeline, journal, _world: Some(world), _serving: vec![upper, lower] }
}

fn ask(fail: &str, mode: Mode) -> Ask {
    Ask { way: vec![], fail: fail.to_owned(), mode }
}

pub(crate) async fn a_pipeline_gives_the_same_however_it_is_cut(cut: Cut) {
    let built = build(cut).await;
    for _ in 0..3 {
        let items = built.pipeline.generate(Context::of(ask("", Mode::Answer))).await.unwrap();
        let items: Vec<_> = within(SOON, "the items", items.try_collect()).await.unwrap();
        assert_eq!(items, ["one(two(three(one>two>three)))", "one(two(three(last)))"]);
    }
}

/// Class and message of an error stay the same over several hops.
pub(crate) async fn the_error_of_every_node_reaches_the_source(cut: Cut) {
    let built = build(cut).await;
    for node in ["one", "two", "three", "leaf", "item"] {
        let items = async {
            let items = built.pipeline.generate(Context::of(ask(node, Mode::Answer))).await?;
            items.try_collect::<Vec<_>>().await
        };
        let error = within(SOON, node, items).await.unwrap_err();
        let error = error.endpoint_error().unwrap_or_else(|| panic!("{node}: {error:?}"));
        assert_eq!((error.class(), error.message()), (ErrorClass::NotFound, node));
    }
}

pub(crate) async fn a_request_is_the_same_on_both_sides_of_a_cut(cut: Cut) {
    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let built = build(cut).await;
    let mut child = ChildContext { id: Some("request-7".to_owned()), ..ChildContext::default() };
    child.deadline = Some(Instant::now() + SOON);
    child.metadata.insert("by".to_owned(), "test".to_owned());
    child.trace.traceparent = Some(TRACE.to_owned());
    let request = Context::new().child(child).with(ask("", Mode::Answer));
    let items = built.pipeline.generate(request).await.unwrap();
    let _: Vec<_> = within(SOON, "the items", items.try_collect()).await.unwrap();
    let node = |name: &str| format!("{name} request-7 test {TRACE} true");
    assert_eq!(built.journal.lines(), [node("one"), node("two"), node("three"), "leaf request-7".to_owned()]);
}

/// Cancels five requests in two ways, and tells how long it took until the leaf was dropped: the median.
async fn cancel(cut: Cut, mode: Mode) -> Duration {
    let built = build(cut).await;
    let mut took = Vec::new();
    for round in 0..6 {
        *built.journal.ended.lock().unwrap() = None;
        let request = Context::of(ask("", mode));
        let cx = request.bare();
        let pipeline = built.pipeline.clone();
        let first = Arc::new(Notify::new());
        let mut call = JoinSet::new();
        call.spawn({
            let first = Arc::clone(&first);
            async move {
                let mut items = pipeline.generate(request).await?;
                items.try_next().await?;
                first.notify_one();
                items.try_next().await
            }
        });
        within(SOON, "the leaf", built.journal.started.notified()).await;
        if mode == Mode::HangLater {
            within(SOON, "the first item", first.notified()).await;
        }
        let begin = Instant::now();
        if round % 2 == 0 {
            cx.kill(CancelCause::Requested);
            let error = within(SOON, "the end", call.join_next()).await.unwrap().unwrap().unwrap_err();
            assert!(
                matches!(error.kind(), CallErrorKind::Cancelled { .. })
                    || error.endpoint_error().is_some_and(|error| error.class() == ErrorClass::Cancelled),
                "{error:?}"
            );
        } else {
            call.abort_all();
        }
        eventually(SOON, "the leaf to be dropped", async || built.journal.ended.lock().unwrap().is_some())
            .await;
        let ended = built.journal.ended.lock().unwrap().unwrap();
        took.push(ended.saturating_duration_since(begin));
    }
    took.sort();
    println!("{cut:?} {mode:?}: the leaf was dropped after {took:?}");
    took[took.len() / 2]
}

/// Dropping or killing a request reaches the leaf over three hops.
pub(crate) async fn cancellation_reaches_the_leaf_before_the_first_item(cut: Cut) {
    let median = cancel(cut, Mode::Hang).await;
    assert!(median < Duration::from_millis(100), "{median:?}");
}

pub(crate) async fn cancellation_reaches_the_leaf_after_the_first_item(cut: Cut) {
    let median = cancel(cut, Mode::HangLater).await;
    assert!(median < Duration::from_millis(100), "{median:?}");
}

pub(crate) async fn a_stop_reaches_the_leaf_and_the_rest_is_delivered(cut: Cut) {
    let built = build(cut).await;
    let request = Context::of(ask("", Mode::UntilStopped));
    let cx = request.bare();
    let mut items = built.pipeline.generate(request).await.unwrap();
    assert_eq!(items.try_next().await.unwrap().as_deref(), Some("one(two(three(one>two>three)))"));
    cx.stop(CancelCause::Requested);
    let rest: Vec<_> = within(SOON, "the end", items.try_collect()).await.unwrap();
    assert_eq!(rest.last().map(String::as_str), Some("one(two(three(stopped)))"));
}

pub(crate) async fn a_deadline_ends_every_segment(cut: Cut) {
    for mode in [Mode::Hang, Mode::HangLater] {
        let built = build(cut).await;
        let deadline = Some(Instant::now() + Duration::from_millis(300));
        let request = Context::new().child(ChildContext { deadline, ..ChildContext::default() });
        let items = async {
            let items = built.pipeline.generate(request.with(ask("", mode))).await?;
            items.try_collect::<Vec<_>>().await
        };
        let error = within(SOON, "the end", items).await.unwrap_err();
        let class = EndpointError::from(error).class();
        assert_eq!(class, ErrorClass::DeadlineExceeded);
        eventually(SOON, "the leaf to be dropped", async || built.journal.ended.lock().unwrap().is_some())
            .await;
    }
}
