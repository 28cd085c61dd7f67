//! Two components in one module whose endpoints have the same names.

use dynamo_sdk::prelude::*;

#[component(namespace = "strict")]
struct Left;

#[endpoints]
impl Left {
    #[endpoint]
    async fn side(&self) -> String {
        "left".to_owned()
    }
}

#[component(namespace = "strict")]
struct Right;

#[endpoints]
impl Right {
    #[endpoint]
    async fn side(&self) -> String {
        "right".to_owned()
    }
}

#[dynamo_sdk::test]
async fn equal_names_of_two_components_do_not_meet(runtime: DistributedRuntime) -> Result<()> {
    let _left = runtime.serve(Left).start().await?;
    let _right = runtime.serve(Right).start().await?;
    assert_eq!(LeftClient::connect(&runtime).await?.side().await.ok().as_deref(), Some("left"));
    assert_eq!(RightClient::connect(&runtime).await?.side().await.ok().as_deref(), Some("right"));
    Ok(())
}
