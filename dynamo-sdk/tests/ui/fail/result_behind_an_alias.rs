use dynamo_sdk::prelude::*;

type Reply = Result<u32, EndpointError>;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) -> Reply {
        Err(EndpointError::not_found("it"))
    }
}

fn main() {}
