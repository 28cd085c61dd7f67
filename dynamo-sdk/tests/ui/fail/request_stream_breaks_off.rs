use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn sum(&self, numbers: RequestStream<u64>) -> u64 {
        numbers.fold(0, |sum, number| async move { sum + number }).await
    }
}

fn main() {}
