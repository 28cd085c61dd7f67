//! A component with every option and hook, in one process. Ends without input.
//!
//! Run with: `cargo run --example options`

use std::time::Duration;

use dynamo_sdk::prelude::*;

/// Squares numbers, in several ways.
#[component(namespace = "demo")]
struct Squares {
    largest: u64,
}

#[endpoints]
impl Squares {
    /// Runs before the component is registered. An error ends `serve`.
    #[on_start]
    async fn warm_up(&self, runtime: &DistributedRuntime) -> Result<(), EndpointError> {
        println!("starting as instance {}", runtime.instance_id());
        Ok(())
    }

    /// Runs after the last call.
    #[on_stop]
    async fn bye(&self) {
        println!("stopped");
    }

    /// Called every `DYN_CANARY_WAIT_TIME` seconds. While it returns `false`, the component is deregistered.
    #[health]
    async fn health(&self) -> bool {
        self.largest > 0
    }

    /// Runs for at most 250 ms, eight calls at a time, with 32 queued. It may run twice for a call, so a lost
    /// call is retried on another instance. The canary checks that it still answers.
    #[endpoint(name = "square", timeout = "250ms", max_in_flight = 8, queue = 32, idempotent, canary = 3)]
    async fn of(&self, number: u64) -> Result<u64, EndpointError> {
        if number > self.largest {
            return Err(EndpointError::invalid_request(format!("{number} is more than {}", self.largest)));
        }
        Ok(number * number)
    }

    /// Continues when its caller disconnects.
    #[endpoint(on_disconnect = ignore)]
    async fn recorded(&self, number: u64) -> u64 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        println!("recorded {number}");
        number
    }

    /// May block its thread.
    #[endpoint(cpu)]
    async fn slowly(&self, number: u64) -> u64 {
        std::thread::sleep(Duration::from_millis(50));
        number * number
    }

    /// Streams until its reader disconnects, and then finishes.
    #[endpoint(on_disconnect = stop)]
    async fn all(&self, cx: Context, below: u64) -> impl Stream<Item = u64> {
        stream::iter(0..below).map(|number| number * number).take_until(cx.stopped())
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    let serving = runtime.serve(Squares { largest: 1000 }).start().await?;
    let squares = SquaresClient::connect(&runtime).await?;
    println!("square: {}", squares.of(12).await?);
    println!("refused: {:?}", squares.of(1001).await.map_err(|error| error.to_string()));
    println!("slowly: {}", squares.slowly(5).await?);
    println!("all: {:?}", squares.all(5).await?.try_collect::<Vec<_>>().await?);
    // The caller gives up. The handler continues, and the shutdown waits for it.
    let given_up = tokio::time::timeout(Duration::from_millis(10), squares.recorded(7).into_future()).await;
    println!("given up: {}", given_up.is_err());
    println!("healthy: {}", serving.health().borrow().is_healthy());
    serving.shutdown().await;
    Ok(())
}
