use dynamo_sdk::prelude::*;

struct Plain;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) -> Plain {
        Plain
    }

    #[endpoint]
    async fn try_say(&self) -> std::result::Result<Plain, EndpointError> {
        Ok(Plain)
    }
}

fn main() {}
