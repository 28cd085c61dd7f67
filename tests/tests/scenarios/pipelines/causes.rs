//! Why a request was cancelled, as the engine at the other end sees it.

use std::time::Duration;

use dynamo_harness::{LIMIT, within};
use dynamo_sdk::config::ConfigBuilder;
use dynamo_sdk::engine::{AsyncEngine, ManyOut, SingleIn};
use dynamo_sdk::engine::{ChildContext, engine_fn};
use dynamo_sdk::error::CancelCause;
use dynamo_sdk::handles::SegmentSink;
use dynamo_sdk::pipeline::Edge;
use dynamo_sdk::pipeline::{Source, operator_fn};
use dynamo_sdk::prelude::*;
use tokio::sync::mpsc;

use crate::pipelines::cut::Cut;
use dynamo_rig::{Setup, World};

/// Says why its request was cancelled, when its work is dropped.
struct Witness(Context, mpsc::Sender<Option<CancelCause>>);

impl Drop for Witness {
    fn drop(&mut self) {
        self.1.try_send(self.0.cause()).ok();
    }
}

struct Scene {
    sink: SegmentSink<bool, ManyOut<u64>>,
    causes: mpsc::Receiver<Option<CancelCause>>,
    server: DistributedRuntime,
    _serving: Serving,
    _world: World,
}

impl Scene {
    /// An engine that never ends, before its first item or after it.
    async fn new(setup: Setup) -> Self {
        let world = World::new(setup).await;
        let short = |config: ConfigBuilder| config.graceful_shutdown_timeout(Duration::from_millis(200));
        let (server, caller) = world.pair(short).await;
        let (sender, causes) = mpsc::channel(8);
        let engine = engine_fn(move |request: SingleIn<bool>| {
            let witness = Witness(request.bare(), sender.clone());
            async move {
                let (starts, cx) = request.into_parts();
                if !starts {
                    std::future::pending::<()>().await;
                }
                let items = stream::iter([Ok(1)]).chain(stream::pending()).map(move |item| {
                    let _ = &witness;
                    item
                });
                Ok(ResponseStream::new(items, cx))
            }
        });
        let endpoint = |runtime: &DistributedRuntime| {
            runtime.namespace("causes").unwrap().component("one").unwrap().endpoint("generate").unwrap()
        };
        let serving = endpoint(&server).serve(engine).start().await.unwrap();
        let sink = endpoint(&caller).sink().await.unwrap();
        Self { sink, causes, server, _serving: serving, _world: world }
    }

    async fn cause(&mut self) -> CancelCause {
        within(LIMIT, "the end of the engine", self.causes.recv()).await.unwrap().unwrap()
    }

    /// A stream that has given its first item.
    async fn running(&self, cx: Context) -> ManyOut<u64> {
        let mut items = within(LIMIT, "the stream", self.sink.generate(cx.with(true))).await.unwrap();
        assert_eq!(items.try_next().await.unwrap(), Some(1));
        items
    }
}

pub(crate) async fn a_caller_that_is_gone_is_the_cause(cut: Cut) {
    let mut scene = Scene::new(cut.setup()).await;
    drop(scene.running(Context::new()).await);
    assert_eq!(scene.cause().await, CancelCause::CallerGone);
}

pub(crate) async fn a_deadline_is_the_cause(cut: Cut) {
    let mut scene = Scene::new(cut.setup()).await;
    let deadline = Some(tokio::time::Instant::now() + Duration::from_millis(300));
    let cx = Context::new().child(ChildContext { deadline, ..ChildContext::default() });
    let mut items = scene.running(cx).await;
    let error = within(LIMIT, "the deadline", items.try_next()).await.unwrap_err();
    assert_eq!(EndpointError::from(error).class(), ErrorClass::DeadlineExceeded);
    // Both sides watch the same clock: whoever is first, the engine hears of it from its own side or from the caller.
    assert!(matches!(scene.cause().await, CancelCause::Deadline | CancelCause::CallerGone));
}

pub(crate) async fn a_shutdown_is_the_cause_and_its_caller_is_told(cut: Cut) {
    let mut scene = Scene::new(cut.setup()).await;
    let mut items = scene.running(Context::new()).await;
    let server = scene.server.clone();
    let (_, end) =
        within(LIMIT, "the end", async { tokio::join!(server.shutdown(), items.try_next()) }).await;
    let error = end.unwrap_err();
    let error = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}"));
    assert_eq!(error.class(), ErrorClass::Unavailable);
    assert_eq!(scene.cause().await, CancelCause::Shutdown);
}

/// What an operator says reaches its caller; the engine below hears it in the same process, and over Dynamo's frames, which
/// have no word for it, that nobody wants the response any more.
pub(crate) async fn the_reason_of_an_operator_reaches_its_caller(cut: Cut) {
    let mut scene = Scene::new(cut.setup()).await;
    let enough = operator_fn(|request: SingleIn<bool>, next: Edge<bool, ManyOut<u64>>| async move {
        let cx = request.bare();
        let items = next.generate(request).await?;
        let below = cx.clone();
        Ok(items.transform(&cx, move |items| {
            items.inspect(move |_| below.kill(CancelCause::Operator("enough".to_owned())))
        }))
    });
    let pipeline = Source::open().link(enough).sink(scene.sink.clone());
    let mut items = within(LIMIT, "the stream", pipeline.generate(Context::of(true))).await.unwrap();
    assert_eq!(items.try_next().await.unwrap(), Some(1));
    let error = within(LIMIT, "the end", items.try_next()).await.unwrap_err();
    let error = EndpointError::from(error);
    assert_eq!(error.class(), ErrorClass::Cancelled);
    assert!(error.message().contains("enough"), "{error}");
    drop(items);
    let cause = scene.cause().await;
    match cut.setup() {
        Setup::Direct | Setup::Memory => assert_eq!(cause, CancelCause::Operator("enough".to_owned())),
        _ => assert!(matches!(cause, CancelCause::CallerGone | CancelCause::Requested), "{cause:?}"),
    }
}
