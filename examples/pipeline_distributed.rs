//! A pipeline cut into processes: a frontend prepares the prompt, its router picks a backend, tokens stream
//! back.
//!
//! Run `cargo run --example pipeline_distributed -- backend` in two terminals, and in a third one
//! `cargo run --example pipeline_distributed -- frontend "tell me a long story"`.
//!
//! What to try: interrupt the frontend with Ctrl-C, and the backend reports that its work was cancelled. Stop
//! the idle backend, and nothing is lost. Start the frontend twice, and the backends take turns.

use std::time::Duration;

use dynamo_sdk::BoxError;
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::engine::AsyncEngine;
use dynamo_sdk::engine::{ManyOut, SingleIn};
use dynamo_sdk::handles::{SegmentSink, SegmentSource};
use dynamo_sdk::pipeline::Source;
use dynamo_sdk::pipeline::{Edge, engine, operator};
use dynamo_sdk::prelude::*;
use dynamo_sdk::router::RoundRobin;

/// Turns a prompt into tokens, in the frontend.
#[operator]
async fn preprocess(
    request: SingleIn<String>,
    next: Edge<Vec<String>, ManyOut<String>>,
) -> Result<ManyOut<String>, CallError> {
    if request.payload().trim().is_empty() {
        return Err(EndpointError::invalid_request("the prompt is empty").into());
    }
    next.generate(request.map(|prompt| prompt.split_whitespace().map(str::to_owned).collect())).await
}

/// Prints which backend works, and when it ends, in the backend.
#[operator]
async fn observe(
    request: SingleIn<Vec<String>>,
    next: Edge<Vec<String>, ManyOut<String>>,
) -> Result<ManyOut<String>, CallError> {
    let cx = request.bare();
    println!("request {}: {} tokens", cx.id(), request.payload().len());
    let end = End(cx.clone());
    Ok(next.generate(request).await?.transform(&cx, |items| items.inspect(move |_| _ = &end)))
}

/// Prints its line when the response ends, for any reason.
struct End(Context);

impl Drop for End {
    fn drop(&mut self) {
        println!("request {}: {}", self.0.id(), if self.0.is_killed() { "cancelled" } else { "answered" });
    }
}

/// A slow model.
#[engine]
async fn model(request: SingleIn<Vec<String>>) -> Result<ManyOut<String>, CallError> {
    let (tokens, cx) = request.into_parts();
    let slowly = stream::iter(tokens.into_iter().cycle().take(20)).then(async |token| {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok(format!("{token} (from process {})", std::process::id()))
    });
    Ok(ResponseStream::new(slowly, cx))
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<(), BoxError> {
    let endpoint = runtime.namespace("demo")?.component("llm")?.endpoint("generate")?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // The lower segment links what is below the network to the endpoint.
        ["backend"] => Ok(SegmentSource::open(endpoint).link(Observe).sink(Model).await?),
        // The upper segment ends in a call to it. The router of the client picks the backend.
        ["frontend", prompt] => {
            let client = endpoint.client().await?.with_router(RoundRobin::new());
            client.wait_ready(1, Duration::from_secs(10)).await?;
            let backends = SegmentSink::new(&client, EndpointName::from_static("generate"));
            let pipeline = Source::open().link(Preprocess).sink(backends);
            let mut tokens = pipeline.generate(Context::of(prompt.to_owned())).await?;
            while let Some(token) = tokens.try_next().await? {
                println!("{token}");
            }
            Ok(())
        }
        _ => Err("say `backend`, or `frontend` and a prompt".into()),
    }
}
