use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn untyped(&self, _requests: RequestStream) {}

    #[endpoint]
    async fn unnamed(&self, _requests: impl Stream<Item = u8>) {}

    #[endpoint]
    async fn of_results(&self, _requests: RequestStream<Result<u8, CallError>>) {}

    #[endpoint]
    async fn beside(&self, _requests: RequestStream<u8>, _more: u8) {}

    #[endpoint]
    async fn returned(&self) -> RequestStream<u8> {
        RequestStream::new(stream::empty())
    }

    #[endpoint(canary = 1)]
    async fn probed(&self, _requests: RequestStream<u8>) {}
}

fn main() {}
