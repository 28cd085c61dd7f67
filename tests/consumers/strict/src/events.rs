//! Methods that hear events, of a generic component, in two blocks, with results and without.

use std::sync::atomic::{AtomicU64, Ordering};

use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// How much a worker has to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load<T> {
    /// How much.
    pub much: T,
}

/// A type of the user's own by the name of one of the SDK's.
pub mod own {
    use serde::{Deserialize, Serialize};

    /// Something happened.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Event {
        /// What.
        pub what: String,
    }
}

/// Adds up what it hears, and has no endpoint.
#[component(namespace = "strict")]
#[derive(Debug)]
pub struct Adder<T> {
    unit: T,
    sum: AtomicU64,
}

#[endpoints(parts(rest))]
impl<T: Copy + Into<u64> + serde::de::DeserializeOwned + Send + Sync + 'static> Adder<T> {
    /// Adds.
    #[subscribe(topic = "load")]
    async fn on_load(&self, event: Event<Load<T>>) -> std::result::Result<(), EndpointError> {
        let _ = self.sum.fetch_add(event.payload.much.into() * self.unit.into(), Ordering::SeqCst);
        Ok(())
    }

    /// Adds what is in the events of the namespace.
    #[subscribe(topic = "load", scope = namespace)]
    pub async fn on_any_load(&self, load: Load<u64>) {
        let _ = self.sum.fetch_add(load.much, Ordering::SeqCst);
    }

    /// Is not there.
    #[cfg(any())]
    #[subscribe(topic = "gone")]
    async fn gone(&self, missing: Missing) {}
}

#[endpoints(part = rest)]
impl<T: Copy + Into<u64> + serde::de::DeserializeOwned + Send + Sync + 'static> Adder<T> {
    /// Adds the length of a text.
    #[subscribe(topic = "happened", component = "other", endpoint = "say")]
    async fn on_own_event(&self, event: own::Event) {
        let _ = self.sum.fetch_add(event.what.len() as u64, Ordering::SeqCst);
    }

    /// The sum.
    #[endpoint]
    pub async fn sum(&self) -> u64 {
        self.sum.load(Ordering::SeqCst)
    }
}

#[dynamo_sdk::test]
async fn what_is_published_is_added(server: DistributedRuntime, other: DistributedRuntime) -> Result<()> {
    let serving = server.serve(Adder { unit: 10_u8, sum: AtomicU64::new(0) }).start().await?;
    let namespace = other.namespace("strict")?;
    let own = namespace.component("adder")?.publisher::<Load<u8>>("load").await?;
    own.publish(&Load { much: 2 }).await?;
    namespace.publisher::<Load<u64>>("load").await?.publish(&Load { much: 300 }).await?;
    let far = namespace.component("other")?.endpoint("say")?;
    far.publisher("happened").await?.publish(&own::Event { what: "five!".to_owned() }).await?;
    let client = AdderClient::connect(&other).await?;
    for _ in 0..100_000 {
        if client.sum().await.ok() == Some(325) {
            assert!(serving.listeners().iter().all(|listener| listener.counts.failed == 0));
            return Ok(());
        }
    }
    panic!("not all events were heard: {:?}", serving.listeners())
}
