//! What generated code calls, and nothing else. It may change in any release.

use std::convert::Infallible;
use std::future::Future;

pub use crate::component::hooks::Verdict;
pub use crate::component::mount::{Decode, Encode, Mount};
pub use crate::component::spec::EndpointSpec;
pub use crate::engine::Output;
pub use crate::runtime::worker::{Outcome, run};
pub use futures::Stream;

use crate::DistributedRuntime;
use crate::error::EndpointError;

/// The response of a handler that cannot fail.
///
/// # Errors
/// None.
pub fn value<T>(value: T) -> Result<T, Infallible> {
    Ok(value)
}

/// What a handler gives that may fail to start its stream.
///
/// # Errors
/// The error of the handler.
pub fn opened<S, E: Into<EndpointError>>(result: Result<S, E>) -> Result<S, EndpointError> {
    result.map_err(Into::into)
}

/// The body of `#[dynamo_sdk::test]`: runs `test` on an in-memory runtime of its own and shuts that down.
///
/// # Panics
/// If the test does, or if no runtime can be made.
pub fn test<F, Fut, R>(test: F) -> R
where
    F: FnOnce(DistributedRuntime) -> Fut,
    Fut: Future<Output = R>,
{
    let setup = || {
        let config = crate::Config::builder().shutdown_converge(std::time::Duration::ZERO).build()?;
        let runtime = crate::Runtime::new(&config)?;
        let distributed = crate::LocalCluster::new().join(runtime.clone(), config)?;
        Ok::<_, crate::Error>((runtime, distributed))
    };
    let (runtime, distributed) = match setup() {
        Ok(made) => made,
        Err(error) => panic!("no runtime for the test: {error:?}"),
    };
    runtime.block_on(async {
        let result = test(distributed.clone()).await;
        distributed.shutdown().await;
        result
    })
}
