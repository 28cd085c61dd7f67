use dynamo_sdk::prelude::*;

struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[endpoint]
    async fn words(&self, cx: Context, text: String) -> Result<impl Stream<Item = String>> {
        drop(cx);
        Ok(stream::iter([text]))
    }

    #[on_start]
    async fn warm(&self) {}
}

fn main() {}
