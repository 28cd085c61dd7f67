//! Endpoints behind a `#[cfg]` are gone from the mount, the client and the docs alike.

use dynamo_sdk::prelude::*;

/// Has one endpoint more with the feature `slow`.
#[component(namespace = "strict")]
#[derive(Debug, Default)]
pub struct Conditional;

#[endpoints]
impl Conditional {
    /// Always there.
    #[endpoint]
    pub async fn fast(&self) -> u32 {
        1
    }

    /// Takes its time.
    #[cfg(feature = "slow")]
    #[endpoint]
    pub async fn slow(&self) -> u32 {
        2
    }

    /// Stands in for it under the same name.
    #[cfg(not(feature = "slow"))]
    #[endpoint(name = "slow")]
    pub async fn not_so_slow(&self) -> u32 {
        3
    }
}

#[dynamo_sdk::test]
async fn the_endpoint_that_is_configured_answers(runtime: DistributedRuntime) -> Result<()> {
    let _serving = runtime.serve(Conditional).start().await?;
    let client = ConditionalClient::connect(&runtime).await?;
    #[cfg(feature = "slow")]
    assert_eq!(client.slow().await.ok(), Some(2));
    #[cfg(not(feature = "slow"))]
    assert_eq!(client.not_so_slow().await.ok(), Some(3));
    assert_eq!(client.fast().await.ok(), Some(1));
    Ok(())
}
