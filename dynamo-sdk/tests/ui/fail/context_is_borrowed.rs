use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, cx: &Context, text: String) -> String {
        drop(cx);
        text
    }

    #[endpoint]
    async fn tell(&self, text: String, cx: &Context) -> String {
        drop(cx);
        text
    }
}

fn main() {}
