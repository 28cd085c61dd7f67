use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self, #[cfg(unix)] cx: Context, text: String) -> String {
        drop(cx);
        text
    }
}

fn main() {}
