use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn sum(&self, _numbers: RequestStream<u64>) -> u64 {
        1
    }
}

async fn calls(echo: EchoClient) {
    let _ = echo.sum(stream::iter(["one"])).await;
    let _ = echo.sum(1).await;
}

fn main() {}
