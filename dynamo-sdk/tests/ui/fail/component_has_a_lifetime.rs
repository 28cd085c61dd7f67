use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo<'a>(&'a str);

#[endpoints]
impl Echo<'_> {
    #[endpoint]
    async fn say(&self) {}
}

fn main() {}
