struct Echo {
    prefix: String,
}
/// Calls the endpoints of [`Echo`] from anywhere in the system.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct EchoClient(::dynamo_sdk::Client);
impl ::dynamo_sdk::ComponentClient for EchoClient {
    const ID: ::dynamo_sdk::ComponentId = ::dynamo_sdk::__private::id("demo", "echo");
    const NEW: fn(::dynamo_sdk::Client) -> Self = Self;
    const CLIENT: fn(&Self) -> &::dynamo_sdk::Client = |this| &this.0;
}
impl ::dynamo_sdk::Component for Echo {
    type Client = EchoClient;
}
#[allow(clippy::unused_async)]
impl Echo {
    /// Returns the text behind the configured prefix.
    async fn say(&self, request: Say) -> Result<Said, EndpointError> {
        Ok(Said {
            text: format!("{}{}", self.prefix, request.text),
        })
    }
    /// Streams the words of the text, one by one.
    async fn words(&self, request: Say) -> impl Stream<Item = Said> {
        stream::iter(split(&self.prefix, request.text))
    }
}
impl ::dynamo_sdk::Endpoints for Echo {
    fn mount(list: &mut ::dynamo_sdk::__private::Mount<Self>) {
        list.try_unary::<Say, Said, EndpointError>("say")
            .handler(|this, _, request, out| out.result(Self::say(this, request)))
            .docs("Returns the text behind the configured prefix.");
        list.stream::<Say, Said>("words")
            .handler(|this, _, request, out| out.items(Self::words(this, request)))
            .docs("Streams the words of the text, one by one.");
    }
}
#[allow(dead_code, private_interfaces)]
impl EchoClient {
    /// Returns the text behind the configured prefix.
    pub fn say(&self, request: Say) -> ::dynamo_sdk::Call<Say, Said> {
        self.0.call("say", request)
    }
    /// Streams the words of the text, one by one.
    pub fn words(&self, request: Say) -> ::dynamo_sdk::StreamCall<Say, Said> {
        self.0.stream("words", request)
    }
}
