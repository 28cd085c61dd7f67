//! Workers publish their load, and a balancer subscribes to it. Ends without input.
//!
//! Run with: `cargo run --example events`
//!
//! Publishers and subscribers find each other through discovery, within one process or across many. With
//! `DYN_EVENT_PLANE=nats` and a server at `NATS_SERVER`, events travel over NATS.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use dynamo_sdk::events::PublisherId;
use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// The load of a worker.
#[derive(Debug, Serialize, Deserialize)]
struct Load {
    worker: String,
    running: u32,
}

/// Keeps the latest load of every worker.
#[component(namespace = "demo")]
#[derive(Default)]
struct Balancer {
    loads: Mutex<BTreeMap<PublisherId, Load>>,
}

#[endpoints]
impl Balancer {
    /// Receives the events of the component `worker`, one at a time, for as long as the balancer is served.
    #[subscribe(topic = "load", component = "worker")]
    async fn on_load(&self, event: Event<Load>) -> Result<(), EndpointError> {
        if event.missed_before > 0 {
            println!("{} events of {} were lost", event.missed_before, event.payload.worker);
        }
        let mut loads = self.loads.lock().map_err(|_| EndpointError::internal("the table is broken"))?;
        loads.insert(event.publisher, event.payload);
        Ok(())
    }

    /// Returns the worker with the lowest load.
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

    // Three workers in one process.
    let worker = runtime.namespace("demo")?.component("worker")?;
    let mut publishers = Vec::new();
    for name in ["ann", "bob", "cid"] {
        publishers.push((name, worker.publisher::<Load>("load").await?));
    }
    // Events are best effort: those before the subscription are lost, so publish again.
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
