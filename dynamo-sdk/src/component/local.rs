//! Clients of components that need no runtime.

use std::sync::Arc;

use crate::client::handle::Client;
use crate::client::local::LocalEndpoints;
use crate::component::mount::{Component, Mount};

impl Client {
    /// Calls `component` directly, without a runtime: its handlers run in the caller's task.
    ///
    /// Everything else is as with a runtime: requests and items are encoded, a panic becomes an error,
    /// dropping a call ends its handler. Calls have no limits unless they set one, so that no Tokio timer is
    /// needed.
    ///
    /// ```
    /// # use dynamo_sdk::prelude::*;
    /// # #[component(namespace = "demo")] struct Double;
    /// # #[endpoints] impl Double { #[endpoint] async fn of(&self, number: u32) -> u32 { number * 2 } }
    /// # futures::executor::block_on(async {
    /// let double = DoubleClient::local(Double);
    /// assert_eq!(double.of(21).await?, 42);
    /// # Ok::<_, CallError>(()) }).unwrap();
    /// ```
    pub fn local<C: Component>(component: C) -> Self {
        let what = std::any::type_name::<C>();
        Self::of_engines(LocalEndpoints::new(C::ID, what, Mount::of(Arc::new(component)).endpoints))
    }
}
