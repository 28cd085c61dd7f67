//! A user of the facade, who knows nothing of the SDK behind it.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, clippy::pedantic)]

use consumer_facade::sdk::prelude::*;

#[derive(Debug)]
#[component(namespace = "facade", crate = ::consumer_facade::sdk)]
struct Direct;

#[endpoints(crate = ::consumer_facade::sdk)]
impl Direct {
    #[endpoint]
    async fn say(&self, request: u32) -> std::result::Result<u32, EndpointError> {
        Ok(request)
    }
}

mod made {
    consumer_facade::echo!(Made, u32);
}

#[consumer_facade::sdk::test(crate = ::consumer_facade::sdk)]
async fn the_facade_is_enough(runtime: DistributedRuntime) -> Result<()> {
    let _direct = runtime.serve(Direct).start().await?;
    let _made = runtime.serve(made::Made).start().await?;
    assert_eq!(DirectClient::connect(&runtime).await?.say(1).await.ok(), Some(1));
    assert_eq!(made::MadeClient::connect(&runtime).await?.say(2).await.ok(), Some(2));
    Ok(())
}
