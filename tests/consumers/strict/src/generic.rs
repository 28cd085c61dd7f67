//! A generic component: its bounds are the ones that are written, and nothing is invented.

use std::fmt;

use dynamo_sdk::prelude::*;

/// What a component works with.
pub trait Backend: fmt::Debug {
    /// What it gives.
    type Output: fmt::Display;

    /// Gives it.
    fn run(&self) -> Self::Output;
}

/// Works with any backend.
#[component(namespace = "strict")]
#[derive(Debug)]
pub struct Generic<B, const N: usize>
where
    B: Backend,
{
    backend: B,
}

impl<B: Backend, const N: usize> Generic<B, N> {
    /// Around a backend.
    pub const fn new(backend: B) -> Self {
        Self { backend }
    }
}

#[endpoints]
impl<B, const N: usize> Generic<B, N>
where
    B: Backend + Send + Sync + 'static,
{
    /// Says the output as often as the type says.
    #[endpoint]
    pub async fn say(&self) -> impl Stream<Item = String> {
        stream::iter(0..N).map(|_| self.backend.run().to_string())
    }
}

#[cfg(test)]
#[derive(Debug)]
struct One;

#[cfg(test)]
impl Backend for One {
    type Output = u32;

    fn run(&self) -> u32 {
        1
    }
}

#[dynamo_sdk::test]
async fn a_generic_component_is_served(runtime: DistributedRuntime) -> Result<()> {
    let _serving = runtime.serve(Generic::<_, 2>::new(One)).start().await?;
    let client = GenericClient::connect(&runtime).await?;
    let Ok(said) = client.say().await else { panic!("the stream starts") };
    assert_eq!(said.filter_map(|item| async { item.ok() }).collect::<Vec<_>>().await, ["1", "1"]);
    Ok(())
}
