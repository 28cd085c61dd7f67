//! A component in the body of a function.

use dynamo_sdk::prelude::*;

#[dynamo_sdk::test]
async fn a_component_in_a_function_is_served(runtime: DistributedRuntime) -> Result<()> {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Said(u32);

    #[component(namespace = "strict")]
    struct Local;

    #[endpoints]
    impl Local {
        #[endpoint]
        async fn say(&self, request: u32) -> Said {
            Said(request)
        }
    }

    let _serving = runtime.serve(Local).start().await?;
    let client = LocalClient::connect(&runtime).await?;
    assert_eq!(client.say(1).await.map(|said| said.0).ok(), Some(1));
    Ok(())
}
