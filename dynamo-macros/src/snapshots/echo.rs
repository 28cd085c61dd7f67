struct Echo {
    prefix: String,
}
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
        "demo",
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
impl Echo {
    /// Returns the text behind the configured prefix.
    #[allow(clippy::unused_async)]
    async fn say(&self, request: Say) -> Result<Said, EndpointError> {
        Ok(Said {
            text: format!("{}{}", self.prefix, request.text),
        })
    }
    /// Streams the words of the text, one by one.
    #[allow(clippy::unused_async)]
    async fn words(&self, request: Say) -> impl Stream<Item = Said> {
        stream::iter(split(&self.prefix, request.text))
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
                Say,
                Said,
                EndpointError,
                _,
            >("say", |this, _, request| async move { Self::say(&this, request).await })
            .docs("Returns the text behind the configured prefix.");
        endpoints
            .stream::<
                Say,
                Said,
                _,
            >(
                "words",
                |this, _, request, out| async move {
                    out.forward(Self::words(&this, request).await).await
                },
            )
            .docs("Streams the words of the text, one by one.");
    }
}
#[allow(dead_code, deprecated, private_interfaces)]
impl EchoClient {
    /// Returns the text behind the configured prefix.
    pub fn say(&self, request: Say) -> ::dynamo_sdk::Call<Say, Said> {
        ::dynamo_sdk::Client::call::<Say, Said>(self, "say", request)
    }
    /// Streams the words of the text, one by one.
    pub fn words(&self, request: Say) -> ::dynamo_sdk::StreamCall<Say, Said> {
        ::dynamo_sdk::Client::stream::<Say, Said>(self, "words", request)
    }
}
