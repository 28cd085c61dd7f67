struct Echo;
/// Calls the endpoints of [`Echo`] from anywhere in the system.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct EchoClient(::dynamo_sdk::Client);
impl ::dynamo_sdk::ComponentClient for EchoClient {
    const ID: ::dynamo_sdk::ComponentId = ::dynamo_sdk::__private::id("invalid", "echo");
    const NEW: fn(::dynamo_sdk::Client) -> Self = Self;
    const CLIENT: fn(&Self) -> &::dynamo_sdk::Client = |this| &this.0;
}
impl ::dynamo_sdk::Component for Echo {
    type Client = EchoClient;
}
::core::compile_error! {
    "missing `namespace`: write `#[component(namespace = \"…\")]`"
}
#[allow(clippy::unused_async)]
impl Echo {
    fn new() -> Self {
        Self
    }
    async fn good(&self) -> u32 {
        1
    }
    fn forgot_async(&mut self, request: Say) -> Said {
        said()
    }
    async fn borrows(&self, text: &str) -> Said {
        said()
    }
}
impl ::dynamo_sdk::component::Endpoints for Echo {
    fn mount(list: &mut ::dynamo_sdk::__private::Mount<Self>) {
        list.unary::<(), u32>("good")
            .handler(|this, _, _, out| out.value(Self::good(this)));
    }
}
#[allow(dead_code, private_interfaces)]
impl EchoClient {
    /// Calls the endpoint `good`.
    pub fn good(&self) -> ::dynamo_sdk::Call<(), u32> {
        ::dynamo_sdk::ComponentClient::client(self).call("good", ())
    }
    /// Calls the endpoint `forgot_async`.
    pub fn forgot_async(&self, request: Say) -> ::dynamo_sdk::Call<Say, Said> {
        ::dynamo_sdk::ComponentClient::client(self).call("forgot_async", request)
    }
}
::core::compile_error! {
    "`#[endpoint]` has no key `nam`, did you mean `name`? the keys are `name`, `stream`, `timeout`, `max_in_flight`, `queue`, `idempotent`, `on_disconnect`, `cpu`, `canary`, `pipeline`, `request`, `response`"
}
::core::compile_error! {
    "an endpoint must be async: write `async fn forgot_async`"
}
::core::compile_error! {
    "an endpoint must take `&self`: one component serves many requests at a time; put what changes behind a `Mutex` or an atomic"
}
::core::compile_error! {
    "a request must own its data, which is decoded from the wire: write `String`"
}
