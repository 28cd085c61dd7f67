//! The spans of calls and requests: their fields, and what is inside them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt;
use std::sync::{Arc, Mutex};

use dynamo_sdk::engine::Trace;
use dynamo_sdk::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

#[component(namespace = "spans")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, text: String) -> String {
        tracing::info!("in the handler");
        text
    }
}

/// Every span as one line of its fields, and the spans around each event of this file.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    spans: Vec<String>,
    entered: Vec<usize>,
    around: Vec<Vec<usize>>,
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

fn index(id: &Id) -> usize {
    usize::try_from(id.into_u64()).unwrap() - 1
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("dynamo_sdk::") || metadata.target() == module_path!()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = span.metadata().name().to_owned();
        span.record(&mut Fields(&mut line));
        let spans = &mut self.0.lock().unwrap().spans;
        spans.push(line);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap().spans[index(span)]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut recorded = self.0.lock().unwrap();
        if event.metadata().target() == module_path!() {
            let entered = recorded.entered.clone();
            recorded.around.push(entered);
        }
    }

    fn enter(&self, span: &Id) {
        self.0.lock().unwrap().entered.push(index(span));
    }

    fn exit(&self, _: &Id) {
        self.0.lock().unwrap().entered.pop();
    }
}

#[tokio::test]
async fn a_call_and_its_request_have_spans_that_are_joined_by_their_ids() {
    let recorder = Recorder::default();
    let _installed = tracing::subscriber::set_default(recorder.clone());
    let runtime = DistributedRuntime::in_memory().unwrap();
    runtime.serve(Echo).start().await.unwrap().detach();
    let echo = EchoClient::connect(&runtime).await.unwrap();
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let trace = Trace { traceparent: Some(parent.into()), ..Trace::default() };
    echo.say("hello".into()).request_id("r1").trace(trace).await.unwrap();

    let recorded = recorder.0.lock().unwrap();
    let line = |name: &str| {
        let at = recorded.spans.iter().position(|line| line.starts_with(name)).unwrap();
        (at, recorded.spans[at].clone())
    };
    let ((call_at, call), (request_at, request)) = (line("call "), line("request "));
    for line in [&call, &request] {
        for part in ["spans", "say", "request_id=\"r1\"", "trace_id=\"0af7651916cd43dd8448eb211c80319c\""] {
            assert!(line.contains(part), "{part} is missing: {line}");
        }
        assert!(line.contains(&format!("instance={}", runtime.instance_id())), "{line}");
        assert!(line.ends_with("outcome=\"succeeded\""), "{line}");
    }
    assert!(call.contains("attempt=1"), "{call}");
    assert_eq!(recorded.around, [vec![call_at, request_at]]);
    assert!(recorded.entered.is_empty());
}
