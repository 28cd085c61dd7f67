//! An alias of `Result` in scope, as in `std::io`, and aliases of what travels.

use dynamo_sdk::prelude::{
    BoxStream, ComponentClient, EndpointError, StreamExt, component, endpoints, stream,
};

type Result<T> = std::result::Result<T, EndpointError>;
type Numbers<'a> = BoxStream<'a, u32>;

#[component(namespace = "strict")]
struct Aliased {
    numbers: Vec<u32>,
}

#[endpoints]
impl Aliased {
    #[endpoint]
    async fn count(&self) -> Result<usize> {
        Ok(self.numbers.len())
    }

    #[endpoint(stream)]
    async fn numbers(&self) -> Numbers<'_> {
        stream::iter(self.numbers.iter().copied()).boxed()
    }
}

#[dynamo_sdk::test]
async fn an_alias_is_what_it_stands_for(runtime: dynamo_sdk::DistributedRuntime) -> dynamo_sdk::Result<()> {
    let _serving = runtime.serve(Aliased { numbers: vec![1, 2] }).start().await?;
    let client = AliasedClient::connect(&runtime).await?;
    assert_eq!(client.count().await.ok(), Some(2));
    let Ok(numbers) = client.numbers().await else { panic!("the stream starts") };
    assert_eq!(numbers.filter_map(|item| async { item.ok() }).collect::<Vec<_>>().await, [1, 2]);
    Ok(())
}
