//! Workers say how busy they are, and a balancer hears it: `cargo run --example events`. It runs and ends by itself.
//!
//! Publishers and subscribers find each other through discovery, in one process as here or in many; with `DYN_EVENT_PLANE=nats`
//! and a server at `NATS_SERVER`, events go over that.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use dynamo_sdk::events::PublisherId;
use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// What a worker says every now and then.
#[derive(Debug, Serialize, Deserialize)]
struct Load {
    worker: String,
    running: u32,
}

/// Knows the last word of every worker.
#[component(namespace = "demo")]
#[derive(Default)]
struct Balancer {
    loads: Mutex<BTreeMap<PublisherId, Load>>,
}

#[endpoints]
impl Balancer {
    /// Hears the component `worker` for as long as the balancer is served, one event after the other.
    #[subscribe(topic = "load", component = "worker")]
    async fn on_load(&self, event: Event<Load>) -> Result<(), EndpointError> {
        if event.missed_before > 0 {
            println!("{} events of {} were lost", event.missed_before, event.payload.worker);
        }
        let mut loads = self.loads.lock().map_err(|_| EndpointError::internal("the table is broken"))?;
        loads.insert(event.publisher, event.payload);
        Ok(())
    }

    /// The worker with the least to do.
    #[endpoint]
    async fn idlest(&self) -> Option<String> {
        let loads = self.loads.lock().ok()?;
        loads.values().min_by_key(|load| load.running).map(|load| load.worker.clone())
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    let serving = runtime.serve(Balancer::default()).start().await?;
    let balancer = BalancerClient::connect(&runtime).await?;

    // What a worker does, here three of them in one process.
    let worker = runtime.namespace("demo")?.component("worker")?;
    let mut publishers = Vec::new();
    for name in ["ann", "bob", "cid"] {
        publishers.push((name, worker.publisher::<Load>("load").await?));
    }
    // Events are best effort: what is said before somebody listens is lost, and so it is said again.
    for round in 0_u32.. {
        for (name, publisher) in &publishers {
            let running = round + name.bytes().map(u32::from).sum::<u32>() % 7;
            publisher.publish(&Load { worker: (*name).to_owned(), running }).await?;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Some(idlest) = balancer.idlest().await? {
            println!("the next call goes to {idlest}");
            break;
        }
    }
    for listener in serving.listeners() {
        println!("heard of {} {}: {:?}", listener.scope, listener.topic, listener.counts);
    }
    serving.shutdown().await;
    Ok(())
}
