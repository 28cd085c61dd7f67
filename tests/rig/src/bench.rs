//! What the suite runs on: a worker and its caller.

use std::time::Duration;

use dynamo_harness::within;
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::prelude::*;

use crate::lab::{Journal, Lab, LabClient};
use crate::world::{Setup, Tune, World};

/// A served lab, and a client of it.
pub struct Bench {
    pub setup: Setup,
    pub lab: LabClient,
    pub journal: Journal,
    pub serving: Serving,
    pub server: DistributedRuntime,
    pub caller: DistributedRuntime,
    pub world: World,
}

impl Bench {
    pub async fn new(setup: Setup) -> Self {
        Self::tuned(setup, |config| config).await
    }

    pub async fn tuned(setup: Setup, tune: Tune) -> Self {
        let world = World::new(setup).await;
        let (server, caller) = world.pair(tune).await;
        let journal = Journal::default();
        let inside = std::sync::Arc::default();
        let lab = Lab::new(journal.clone(), std::sync::Arc::clone(&inside));
        let serving = server.serve(lab).start().await.unwrap();
        let lab = LabClient::connect(&caller).await.unwrap();
        inside.set(lab.clone()).ok().unwrap();
        lab.wait_ready(1, Duration::from_secs(5)).await.unwrap();
        Self { setup, lab, journal, serving, server, caller, world }
    }

    /// A second worker of the same component, with a journal of its own.
    pub async fn another(&self, tune: Tune) -> (DistributedRuntime, Serving, Journal) {
        let (runtime, journal) = (self.world.join(tune).await, Journal::default());
        let serving = runtime.serve(Lab::new(journal.clone(), Default::default())).start().await.unwrap();
        // Records arrive one by one, and `wait_ready` is content with the first of a process.
        for endpoint in ["fail", "count", "play", "unit"] {
            let mut list = self.lab.watch(&EndpointName::from_static(endpoint));
            let known = list.wait_for(|list| list.get(runtime.instance_id()).is_some());
            within(Duration::from_secs(5), "the second worker", known).await.unwrap();
        }
        (runtime, serving, journal)
    }

    /// Whether responses come over sockets.
    pub fn is_remote(&self) -> bool {
        matches!(self.setup, Setup::Tcp(_) | Setup::Nats)
    }
}
