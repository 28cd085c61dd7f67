//! Pipelines in one process: what nodes can do, and what cannot go wrong between them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "tower")]
mod tower_layers;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynamo_sdk::engine::{AnyEngine, engine_fn};
use dynamo_sdk::engine::{AsyncEngine, ManyOut, SingleIn};
use dynamo_sdk::error::CancelCause;
use dynamo_sdk::error::ErrorClass;
use dynamo_sdk::pipeline::engine;
use dynamo_sdk::pipeline::{Edge, operator};
use dynamo_sdk::pipeline::{Pipeline, Source, map_items, map_request, map_response, operator_fn};
use dynamo_sdk::prelude::*;
use futures::future::{join, pending};
use tokio::time::Instant;

type Words = ManyOut<String>;

/// Splits a text for the nodes below, and numbers what comes back.
#[operator]
async fn tokenize(request: SingleIn<String>, next: Edge<Vec<String>, Words>) -> Result<Words, CallError> {
    let cx = request.bare();
    let tokens = request.map(|text| text.split_whitespace().map(str::to_owned).collect());
    let words = next.generate(tokens).await?;
    Ok(words
        .transform(&cx, |words| words.enumerate().map(|(at, word)| word.map(|word| format!("{at}:{word}")))))
}

/// Refuses long requests without calling on.
#[derive(Debug)]
struct Limit {
    words: usize,
}

#[operator]
impl Limit {
    async fn generate(
        &self,
        request: SingleIn<Vec<String>>,
        next: Edge<Vec<String>, Words>,
    ) -> Result<Words, EndpointError> {
        if request.payload().len() > self.words {
            return Err(EndpointError::invalid_request(format!("more than {} words", self.words)));
        }
        Ok(next.generate(request).await?)
    }
}

/// Passes everything on, whatever it is.
struct Pass<T>(std::marker::PhantomData<fn(T)>);

#[operator]
impl<T: Send + 'static> Pass<T> {
    async fn generate(&self, request: SingleIn<T>, next: Edge<T, Words>) -> Result<Words, CallError> {
        next.generate(request).await
    }
}

/// Streams the words back in capitals.
#[engine]
async fn shout(request: SingleIn<Vec<String>>) -> Result<Words, CallError> {
    let (words, cx) = request.into_parts();
    Ok(ResponseStream::new(stream::iter(words).map(|word| Ok(word.to_uppercase())), cx))
}

fn pass<T>() -> Pass<T> {
    Pass(std::marker::PhantomData)
}

async fn all(pipeline: &Pipeline<String, Words>, text: &str) -> Result<Vec<String>, CallError> {
    pipeline.generate(Context::of(text.to_owned())).await?.try_collect().await
}

#[tokio::test]
async fn nodes_see_both_directions_in_their_order() {
    let pipeline =
        Source::open().link(pass()).link(Tokenize).link(Limit { words: 2 }).link(pass()).sink(Shout);
    assert_eq!(all(&pipeline, "two words").await.unwrap(), ["0:TWO", "1:WORDS"]);
    let request = Context::of("one".to_owned());
    let cx = request.bare();
    let _: Vec<_> = pipeline.generate(request).await.unwrap().collect().await;
    assert_eq!(cx.stages(), ["Pass", "Tokenize", "Limit", "Pass"]);
}

#[tokio::test]
async fn the_error_of_any_node_reaches_the_source() {
    let fail = |at: &'static str| {
        operator_fn(move |request: SingleIn<String>, next: Edge<String, Words>| async move {
            if request.payload() == at {
                Err(EndpointError::not_found(at).into())
            } else {
                next.generate(request).await
            }
        })
    };
    let sink = engine_fn(|request: SingleIn<String>| async move {
        let (text, cx) = request.into_parts();
        match text.as_str() {
            "sink" => Err(EndpointError::not_found("sink").into()),
            _ => Ok(ResponseStream::new(
                stream::iter([Ok("first".to_owned()), Err(EndpointError::not_found("item").into())]),
                cx,
            )),
        }
    });
    let pipeline = Source::open().link(fail("top")).link(fail("middle")).link(fail("bottom")).sink(sink);
    for at in ["top", "middle", "bottom", "sink", "item"] {
        let error = all(&pipeline, at).await.unwrap_err();
        let error = error.endpoint_error().unwrap();
        assert_eq!((error.class(), error.message()), (ErrorClass::NotFound, at));
    }
}

#[tokio::test]
async fn an_operator_may_answer_without_calling_on() {
    let called = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&called);
    let sink = engine_fn(move |request: SingleIn<Vec<String>>| {
        count.fetch_add(1, Ordering::Relaxed);
        async move { shout(request).await }
    });
    let pipeline = Source::open().link(Tokenize).link(Limit { words: 1 }).sink(sink);
    let error = all(&pipeline, "too many").await.unwrap_err();
    assert_eq!(error.endpoint_error().unwrap().class(), ErrorClass::InvalidRequest);
    assert_eq!(called.load(Ordering::Relaxed), 0);
    assert_eq!(all(&pipeline, "one").await.unwrap(), ["0:ONE"]);
    assert_eq!(called.load(Ordering::Relaxed), 1);
}

/// A sink that never ends, and notes what becomes of its requests.
fn endless(ended: &Arc<Mutex<Vec<String>>>) -> impl AsyncEngine<SingleIn<String>, Words> + use<> {
    let ended = Arc::clone(ended);
    engine_fn(move |request: SingleIn<String>| {
        let ended = Arc::clone(&ended);
        async move {
            let (text, cx) = request.into_parts();
            let note = Note(text.clone(), cx.clone(), ended);
            let items = stream::repeat(text).map(move |text| {
                let _ = &note;
                Ok(text)
            });
            Ok(ResponseStream::new(items, cx))
        }
    })
}

struct Note(String, Context, Arc<Mutex<Vec<String>>>);

impl Drop for Note {
    fn drop(&mut self) {
        self.2.lock().unwrap().push(format!("{} killed={}", self.0, self.1.is_killed()));
    }
}

#[tokio::test]
async fn an_operator_may_call_twice_and_give_one_up() {
    let ended = Arc::default();
    let race = operator_fn(|request: SingleIn<String>, next: Edge<String, Words>| async move {
        let (one, two) = (request.clone().map(|t| t + "1"), request.map(|t| t + "2"));
        let (mut one, two) = join(next.generate(one), next.generate(two)).await;
        let first = one.as_mut().unwrap().next().await.unwrap().unwrap();
        assert_eq!(first, "x1");
        drop(one);
        two
    });
    let pipeline = Source::open().link(race).sink(endless(&ended));
    let request = Context::of("x".to_owned());
    let cx = request.bare();
    let mut items = pipeline.generate(request).await.unwrap();
    assert_eq!(*ended.lock().unwrap(), ["x1 killed=false"], "its work is dropped, then its branch killed");
    assert_eq!(items.next().await.unwrap().unwrap(), "x2", "the other goes on");
    assert!(!cx.is_stopped());
    drop(items);
    assert_eq!(ended.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_operator_may_try_again_after_an_error() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let flaky = engine_fn(move |request: SingleIn<u32>| {
        let call = count.fetch_add(1, Ordering::Relaxed);
        async move {
            if call == 0 { Err(EndpointError::unavailable("not yet").into()) } else { Ok(*request.payload()) }
        }
    });
    let again = operator_fn(|request: SingleIn<u32>, next: Edge<u32, u32>| async move {
        match next.generate(request.clone()).await {
            Err(_) => next.generate(request).await,
            response => response,
        }
    });
    let pipeline = Source::open().link(again).sink(flaky);
    assert_eq!(pipeline.generate(Context::of(7)).await.unwrap(), 7);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_kill_ends_the_work_below_before_and_after_the_first_item() {
    // Before the response exists.
    let dropped = Arc::new(AtomicBool::new(false));
    struct Flag(Arc<AtomicBool>);
    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }
    let flag = Arc::clone(&dropped);
    let never = engine_fn(move |_: SingleIn<Vec<String>>| {
        let flag = Flag(Arc::clone(&flag));
        async move {
            let _flag = flag;
            pending::<Result<Words, CallError>>().await
        }
    });
    let pipeline = Source::open().link(Tokenize).link(pass()).sink(never);
    let request = Context::of("x".to_owned());
    let cx = request.bare();
    let mut call = Box::pin(pipeline.generate(request));
    assert!(futures::poll!(call.as_mut()).is_pending());
    cx.kill(CancelCause::Operator("enough".into()));
    let error = call.await.map(drop).unwrap_err();
    let error = error.endpoint_error().unwrap();
    assert_eq!(error.class(), ErrorClass::Cancelled);
    assert!(error.message().contains("enough"), "{error}");
    assert!(dropped.load(Ordering::Acquire));

    // In the middle of a stream that is always ready.
    let ended = Arc::default();
    let pipeline = Source::open().link(map_items(|item: String| Ok(item.len()))).sink(endless(&ended));
    let request = Context::of("four".to_owned());
    let cx = request.bare();
    let mut items = pipeline.generate(request).await.unwrap();
    assert_eq!(items.next().await.unwrap().unwrap(), 4);
    cx.kill(CancelCause::Requested);
    assert_eq!(
        items.next().await.unwrap().unwrap_err().endpoint_error().unwrap().class(),
        ErrorClass::Cancelled
    );
    assert!(items.next().await.is_none());
    assert_eq!(*ended.lock().unwrap(), ["four killed=true"]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_pipeline_wherever_it_waits() {
    let parent = |seconds| {
        let deadline = Some(Instant::now() + Duration::from_secs(seconds));
        Context::new().child(dynamo_sdk::engine::ChildContext { deadline, ..Default::default() })
    };
    let silent = engine_fn(|request: SingleIn<bool>| async move {
        let (starts, cx) = request.into_parts();
        if !starts {
            pending::<()>().await;
        }
        Ok(ResponseStream::new(stream::pending::<Result<u32, CallError>>(), cx))
    });
    let pipeline = Source::open().link(map_items(|n: u32| Ok(n))).sink(silent);
    for starts in [false, true] {
        let begin = Instant::now();
        let request = parent(5).with(starts);
        let error = match pipeline.generate(request).await {
            Ok(mut items) => items.next().await.unwrap().unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.endpoint_error().unwrap().class(), ErrorClass::DeadlineExceeded);
        assert_eq!(begin.elapsed().as_secs(), 5);
    }
    // A stream that never waits looks at the clock too.
    let busy = engine_fn(|request: SingleIn<()>| async move {
        Ok(ResponseStream::new(stream::repeat_with(|| Ok(1_u32)), request))
    });
    let pipeline = Source::open().link(map_items(|n: u32| Ok(n))).sink(busy);
    let mut items = pipeline.generate(parent(0)).await.unwrap();
    let mut passed = 0;
    let error = loop {
        match items.next().await.unwrap() {
            Ok(_) => passed += 1,
            Err(error) => break error,
        }
    };
    assert!(passed < 64, "{passed}");
    assert_eq!(error.endpoint_error().unwrap().class(), ErrorClass::DeadlineExceeded);
}

#[tokio::test]
async fn what_a_node_calls_inherits_from_the_request() {
    let seen = engine_fn(|request: SingleIn<()>| async move {
        let id = Context::current().map(|cx| cx.id().to_owned());
        assert_eq!(id.as_deref(), Some(request.id()));
        let items = stream::once(async { Ok(Context::current().map(|cx| cx.id().to_owned())) });
        Ok(ResponseStream::new(items, request))
    });
    let same = operator_fn(|request: SingleIn<()>, next: Edge<(), ManyOut<Option<String>>>| async move {
        assert!(Context::current().is_some());
        next.generate(request).await
    });
    let pipeline = Source::open().link(same).sink(seen);
    let request = Context::of(());
    let id = request.id().to_owned();
    let mut items = pipeline.generate(request).await.unwrap();
    assert!(Context::current().is_none());
    assert_eq!(items.next().await.unwrap().unwrap(), Some(id));
}

#[tokio::test]
async fn single_responses_have_their_maps_and_a_pipeline_is_a_sink() {
    let inner = Source::open()
        .link(map_request(|n: u32| {
            if n == 0 { Err(EndpointError::invalid_request("zero").into()) } else { Ok(n - 1) }
        }))
        .sink(engine_fn(|request: SingleIn<u32>| async move { Ok(*request.payload()) }));
    let outer = Source::open()
        .link(map_request(|text: &'static str| Ok(text.len() as u32)))
        .link(map_response(|n: u32| Ok(format!("{n}"))))
        .sink(inner.clone());
    assert_eq!(outer.generate(Context::of("four")).await.unwrap(), "3");
    let error = outer.generate(Context::of("")).await.unwrap_err();
    assert_eq!(error.endpoint_error().unwrap().message(), "zero");
    // And it can be kept beside others.
    let any = AnyEngine::new(outer);
    assert!(any.downcast::<SingleIn<u32>, u32, CallError>().is_err());
    any.downcast::<SingleIn<&'static str>, String, CallError>().unwrap();
}

#[tokio::test]
async fn a_node_is_dropped_with_its_pipeline() {
    struct Held(#[expect(dead_code, reason = "held")] Arc<()>);
    #[operator]
    impl Held {
        async fn generate(&self, request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
            next.generate(request).await
        }
    }
    let witness = Arc::new(());
    let held = Held(Arc::clone(&witness));
    let pipeline =
        Source::open().link(held).sink(engine_fn(|r: SingleIn<u32>| async move { Ok(*r.payload()) }));
    let clone = pipeline.clone();
    assert_eq!(clone.generate(Context::of(1)).await.unwrap(), 1);
    drop((pipeline, clone));
    assert_eq!(Arc::strong_count(&witness), 1, "no cycle keeps it");
}
