struct Echo;
/// Calls the endpoints of [`Echo`] from anywhere in the system.
#[allow(dead_code)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct EchoClient {
    client: ::dynamo_sdk::Client,
}
#[allow(dead_code, deprecated)]
impl EchoClient {
    /// The component that this client calls.
    pub const ID: ::dynamo_sdk::ComponentId = ::dynamo_sdk::ComponentId::from_static(
        "invalid",
        "echo",
    );
    /// Finds the component through `runtime`.
    ///
    /// # Errors
    /// If its instances cannot be watched.
    pub async fn connect(
        runtime: &::dynamo_sdk::DistributedRuntime,
    ) -> ::dynamo_sdk::Result<Self> {
        ::core::result::Result::Ok(Self {
            client: ::dynamo_sdk::Client::connect(runtime, Self::ID).await?,
        })
    }
    /// Calls `component` itself, without a runtime.
    pub fn local(component: Echo) -> Self {
        Self {
            client: ::dynamo_sdk::Client::local(component),
        }
    }
    /// Calls engines made by hand.
    pub fn from_engine(double: ::dynamo_sdk::Double) -> Self {
        Self {
            client: ::dynamo_sdk::Client::from_engine(Self::ID, double),
        }
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::core::ops::Deref for EchoClient {
    type Target = ::dynamo_sdk::Client;
    fn deref(&self) -> &::dynamo_sdk::Client {
        &self.client
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::core::convert::From<::dynamo_sdk::Client> for EchoClient {
    fn from(client: ::dynamo_sdk::Client) -> Self {
        Self { client }
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::dynamo_sdk::Component for Echo {
    const ID: ::dynamo_sdk::ComponentId = EchoClient::ID;
}
::core::compile_error! {
    "`#[component]` needs the namespace to live in: `#[component(namespace = \"…\")]`"
}
impl Echo {
    fn new() -> Self {
        Self
    }
    #[allow(clippy::unused_async)]
    async fn good(&self) -> u32 {
        1
    }
    #[allow(clippy::unused_async)]
    fn forgot_async(&mut self, request: Say) -> Said {
        said()
    }
    #[allow(clippy::unused_async)]
    async fn borrows(&self, text: &str) -> Said {
        said()
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::dynamo_sdk::Endpoints for Echo {
    fn mount(endpoints: &mut ::dynamo_sdk::__private::Mount<Self>)
    where
        Self: ::dynamo_sdk::Component,
    {
        endpoints
            .unary::<
                (),
                u32,
                ::core::convert::Infallible,
                _,
            >(
                "good",
                |this, _, _| async move {
                    ::dynamo_sdk::__private::value(Self::good(&this).await)
                },
            );
    }
}
#[allow(dead_code, deprecated, private_interfaces)]
impl EchoClient {
    /// Calls the endpoint `good`.
    pub fn good(&self) -> ::dynamo_sdk::Call<(), u32> {
        ::dynamo_sdk::Client::call::<(), u32>(self, "good", ())
    }
    /// Calls the endpoint `forgot_async`.
    pub fn forgot_async(&self, request: Say) -> ::dynamo_sdk::Call<Say, Said> {
        ::dynamo_sdk::Client::call::<Say, Said>(self, "forgot_async", request)
    }
}
::core::compile_error! {
    "`#[endpoint]` has no key `nam`, did you mean `name`? the keys are `name`, `stream`"
}
::core::compile_error! {
    "an endpoint is asynchronous: write `async fn forgot_async`"
}
::core::compile_error! {
    "an endpoint takes `&self`: one component serves many requests at a time; put what changes behind a `Mutex` or an atomic"
}
::core::compile_error! {
    "a request is owned, as it is decoded from the wire: write `String`"
}
