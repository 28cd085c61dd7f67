//! What generated code calls, and nothing else. It may change in any release.

use std::future::Future;

pub use crate::__schema as schema;
pub use crate::client::encoded::EncodedRequest;
pub use crate::client::options::CallOptions;
pub use crate::component::blocks::{Lists, Part, distinct, part};
pub use crate::component::bridge as shape;
pub use crate::component::builders::{
    EndpointBuilder, PipelineLink, StreamBuilder, StreamReply, UnaryBuilder, UnaryReply,
};
pub use crate::component::contract::{Callable, ContractError, called, opened_stream, streamed};
pub use crate::component::hooks::{HookReply, IntoHookResult};
pub use crate::component::listener::{EventPayload, EventReply, IntoEventResult, ListenBuilder, ListenSpec};
pub use crate::component::mount::{EndpointList, Mount};
pub use crate::component::typed_client::id;
#[cfg(feature = "schemars")]
pub use crate::describe::schema::{Probe, WithSchema, WithoutSchema};
pub use crate::pipeline::node::{
    NodeError, NodeNext as Next, NodeRequest as Request, NodeResponse as Answer, answered,
};
pub use crate::process::worker::{IntoMainResult, boxed, run};
pub use crate::service::bounds::{Decode, Encode, Failure};
pub use crate::service::input::FromRequest;
pub use crate::service::spec::EndpointSpec;
pub use async_trait::async_trait;
pub use futures::Stream;

use crate::node::DistributedRuntime;

/// The body of `#[dynamo_sdk::test]`: runs `test` on an in-memory runtime of its own and shuts that down.
///
/// # Panics
/// If the test does, or if no runtime can be made.
pub fn test<F, Fut, R>(test: F) -> R
where
    F: FnOnce(DistributedRuntime) -> Fut,
    Fut: Future<Output = R>,
{
    test_cluster(|[runtime]| test(runtime))
}

/// The same with several runtimes that find each other. Each has its own threads, so that it can be shut down alone.
///
/// # Panics
/// If the test does, or if no runtime can be made.
pub fn test_cluster<const N: usize, F, Fut, R>(test: F) -> R
where
    F: FnOnce([DistributedRuntime; N]) -> Fut,
    Fut: Future<Output = R>,
{
    let cluster = crate::node::LocalCluster::new();
    let members = [(); N].map(|()| {
        let join = || {
            let config =
                crate::config::Config::builder().shutdown_converge(std::time::Duration::ZERO).build()?;
            let runtime = crate::runtime::Runtime::new(&config)?;
            let distributed = cluster.join(runtime.clone(), config)?;
            Ok::<_, crate::error::Error>((runtime, distributed))
        };
        join().unwrap_or_else(|error| panic!("no runtime for the test: {error:?}"))
    });
    let [(runner, _), ..] = &members[..] else { panic!("a test without a runtime") };
    runner.block_on(async {
        let result = test(members.each_ref().map(|(_, distributed)| distributed.clone())).await;
        futures::future::join_all(members.iter().map(|(_, distributed)| distributed.shutdown())).await;
        result
    })
}
