use dynamo_sdk::ComponentId;
use dynamo_sdk::prelude::*;
use dynamo_sdk::Client;

// As the macros write it, with a name that they would have refused themselves.
#[derive(Clone, Debug)]
struct EchoClient(Client);

impl ComponentClient for EchoClient {
    const ID: ComponentId = dynamo_sdk::__private::id("demo", "Echo");
    const NEW: fn(Client) -> Self = Self;
    const CLIENT: fn(&Self) -> &Client = |this| &this.0;
}

const ECHO: ComponentId = EchoClient::ID;

fn main() {}
