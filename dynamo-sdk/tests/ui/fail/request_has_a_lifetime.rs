use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, _request: std::borrow::Cow<'_, str>) -> u32 {
        1
    }
}

fn main() {}
