//! Layers and metrics: a component that accepts one tenant only, and a client that limits and times its calls.
//!
//! Run it with `cargo run -p dynamo-examples --example layers --features tower`.

use std::time::Duration;

use dynamo_sdk::engine::async_trait;
use dynamo_sdk::engine::{AsyncEngine, SingleIn};
use dynamo_sdk::layer::{ErasedRequest, ErasedResponse};
use dynamo_sdk::pipeline::Edge;
use dynamo_sdk::prelude::*;
use tokio::time::Instant;
use tower::ServiceBuilder;

#[component(namespace = "demo")]
struct Shout;

#[endpoints]
impl Shout {
    #[endpoint]
    async fn say(&self, text: String) -> String {
        text.to_uppercase()
    }
}

/// Rejects requests of other tenants before their handler runs.
struct OnlyTenant {
    name: &'static str,
    next: Edge<ErasedRequest, ErasedResponse>,
}

#[async_trait]
impl AsyncEngine<SingleIn<ErasedRequest>, ErasedResponse> for OnlyTenant {
    async fn generate(&self, request: SingleIn<ErasedRequest>) -> Result<ErasedResponse, CallError> {
        if request.metadata().get("tenant").is_none_or(|tenant| tenant != self.name) {
            return Err(EndpointError::permission_denied("unknown tenant").into());
        }
        let (started, endpoint) = (Instant::now(), request.payload().endpoint().clone());
        let response = self.next.generate(request).await;
        println!("{endpoint} answered after {:?}", started.elapsed());
        response
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    runtime.serve(Shout).wrap(|next| OnlyTenant { name: "blue", next }).start().await?.detach();

    let limits = ServiceBuilder::new().concurrency_limit(8).timeout(Duration::from_secs(1));
    let client = ShoutClient::connect(&runtime).await?.client().layer(limits);
    let shout = ShoutClient::new(client);

    println!("{}", shout.say("hello".into()).metadata("tenant", "blue").await?);
    let rejected = shout.say("hello".into()).metadata("tenant", "green").await;
    println!("rejected: {}", rejected.is_err());

    let calls = runtime.metrics().calls();
    println!("{} calls, {} failed", calls.started, calls.failed);
    Ok(())
}
