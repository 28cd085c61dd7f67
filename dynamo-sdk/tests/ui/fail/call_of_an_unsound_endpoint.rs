use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    fn say(&self, request: u32) -> u32 {
        request
    }
}

// The call is right: it is not reported too.
fn call(echo: &EchoClient) {
    drop(echo.say(1));
}

fn main() {}
