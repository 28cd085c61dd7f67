use dynamo_sdk::ComponentId;
use dynamo_sdk::prelude::*;

// As the macros write it, with a name that they would have refused themselves.
#[derive(Clone, Debug)]
struct EchoClient(Client);

impl ComponentClient for EchoClient {
    const ID: ComponentId = dynamo_sdk::__private::id("demo", "Echo");

    fn new(client: Client) -> Self {
        Self(client)
    }
}

impl std::ops::Deref for EchoClient {
    type Target = Client;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

const _: ComponentId = dynamo_sdk::__private::id_of::<EchoClient>();

fn main() {}
