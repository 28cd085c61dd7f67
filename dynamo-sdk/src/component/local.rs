//! Components that are called without a runtime.

use std::sync::Arc;

use crate::client::handle::Client;
use crate::client::local::LocalEndpoints;
use crate::component::mount::{Component, Mount};

impl Client {
    /// A client of `component` itself, without a runtime: calls run its handlers in the task of the caller.
    ///
    /// All else is as over a runtime: requests and items are encoded, a panic is an error, dropping a call ends its
    /// handler. No limit is on unless the call sets one, so that nothing here needs Tokio's clock.
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
