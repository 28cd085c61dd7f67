//! An HTTP frontend that streams server-sent events from a component, and cancels the component's work when
//! the HTTP client disconnects.
//!
//! Run with: `cargo run -p dynamo-examples --features http --example http_frontend`, then
//!
//! ```text
//! curl -N -H 'content-type: application/json' -d '{"prompt":"what is the weather like","pause_ms":300}' \
//!     http://127.0.0.1:8080/generate
//! curl -i -H 'content-type: application/json' -d '{"prompt":""}' http://127.0.0.1:8080/generate    # 400
//! ```
//!
//! Interrupt the first with Ctrl-C: the frontend prints that the work was cancelled. An optional argument
//! selects another port.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::post;
use axum::{Json, Router};
use dynamo_sdk::BoxError;
use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Prompt {
    prompt: String,
    #[serde(default)]
    pause_ms: u64,
}

#[component(namespace = "demo")]
struct Generator;

/// Prints when a stream ends before its last item.
struct Unfinished(Context);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.0.is_killed() {
            println!(
                "{}: cancelled, {}",
                self.0.id(),
                self.0.cause().map_or_else(String::new, |c| c.to_string())
            );
        }
    }
}

#[endpoints]
impl Generator {
    /// Answers a prompt, word by word.
    #[endpoint]
    async fn generate(
        &self,
        cx: Context,
        request: Prompt,
    ) -> Result<impl Stream<Item = String>, EndpointError> {
        if request.prompt.is_empty() {
            return Err(EndpointError::invalid_request("the prompt is empty"));
        }
        let words: Vec<String> = request.prompt.split(' ').map(str::to_uppercase).collect();
        let unfinished = Unfinished(cx);
        Ok(stream::iter(words).then(move |word| {
            let _ = &unfinished;
            async move {
                tokio::time::sleep(Duration::from_millis(request.pause_ms)).await;
                word
            }
        }))
    }
}

type Failure = (StatusCode, String);

/// Axum drops the stream when the HTTP client disconnects, which cancels the call wherever the component
/// runs.
async fn generate(
    State(generator): State<GeneratorClient>,
    headers: HeaderMap,
    Json(prompt): Json<Prompt>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let mut call = generator.generate(prompt).timeout(Duration::from_secs(60));
    if let Some(id) = headers.get("x-request-id").and_then(|id| id.to_str().ok()) {
        call = call.request_id(id);
    }
    let items = call.await.map_err(refused)?;
    let events = items.map(|item| match item {
        Ok(word) => Event::default().data(word),
        Err(error) => Event::default().event("error").data(EndpointError::from(error).to_string()),
    });
    Ok(Sse::new(events.map(Ok)).keep_alive(KeepAlive::default()))
}

fn refused(error: CallError) -> Failure {
    let error = EndpointError::from(error);
    let status = match error.class() {
        ErrorClass::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorClass::NotFound => StatusCode::NOT_FOUND,
        ErrorClass::CapacityExhausted => StatusCode::TOO_MANY_REQUESTS,
        ErrorClass::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorClass::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, error.message().to_owned())
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<(), BoxError> {
    // Both run in one process here. A separate server would consist of `serve`.
    let serving = runtime.serve(Generator).start().await?;
    let generator = GeneratorClient::connect(&runtime).await?;
    let port: u16 = std::env::args().nth(1).map_or(Ok(8080), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = Router::new().route("/generate", post(generate)).with_state(generator);
    axum::serve(listener, app).with_graceful_shutdown(serving.wait()).await?;
    Ok(())
}
