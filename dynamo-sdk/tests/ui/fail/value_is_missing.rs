use dynamo_sdk::prelude::*;

#[component(namespace = )]
trait Backend {
    #[endpoint(name = )]
    async fn say(&self) -> Result<(), CallError>;
}

fn main() {}
