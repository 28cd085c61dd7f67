/// What speaks.
pub trait Backend: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Says it.
    fn say(
        &self,
        request: Say,
    ) -> impl ::core::future::Future<
        Output = Result<Said, CallError>,
    > + ::core::marker::Send;
    /// Its words.
    fn words(
        &self,
        cx: Context,
        request: Say,
    ) -> impl ::core::future::Future<
        Output = Result<ResponseStream<Said>, CallError>,
    > + ::core::marker::Send;
}
/// Calls the [`Backend`] that is served somewhere in the system.
///
/// As a [`Backend`] it makes calls without options. Its own methods of the same names, which win where its type is known, give a call to set them on.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BackendClient(::dynamo_sdk::Client);
impl ::dynamo_sdk::ComponentClient for BackendClient {
    const ID: ::dynamo_sdk::ComponentId = ::dynamo_sdk::__private::id("demo", "backend");
    const NEW: fn(::dynamo_sdk::Client) -> Self = Self;
    const CLIENT: fn(&Self) -> &::dynamo_sdk::Client = |this| &this.0;
}
#[allow(dead_code, private_interfaces)]
impl BackendClient {
    /// Says it.
    pub fn say(&self, request: Say) -> ::dynamo_sdk::Call<Say, Said> {
        self.0.call("say", request)
    }
    /// Its words.
    pub fn words(&self, request: Say) -> ::dynamo_sdk::StreamCall<Say, Said> {
        self.0.stream("words", request)
    }
}
impl Backend for BackendClient {
    async fn say(&self, request: Say) -> Result<Said, CallError> {
        ::dynamo_sdk::__private::called::<_, CallError>(Self::say(self, request)).await
    }
    async fn words(
        &self,
        cx: Context,
        request: Say,
    ) -> Result<ResponseStream<Said>, CallError> {
        ::dynamo_sdk::__private::called::<
            _,
            CallError,
        >(Self::words(self, request).context(&cx))
            .await
    }
}
/// Serves an implementation of [`Backend`].
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BackendServer<Implementation>(Implementation);
#[allow(dead_code)]
impl<Implementation: Backend> BackendServer<Implementation> {
    /// Makes a component of `implementation`, to be given to `DistributedRuntime::serve`.
    #[must_use]
    pub const fn new(implementation: Implementation) -> Self {
        Self(implementation)
    }
}
impl<Implementation: Backend> ::dynamo_sdk::Component for BackendServer<Implementation> {
    type Client = BackendClient;
}
impl<Implementation: Backend> ::dynamo_sdk::Endpoints for BackendServer<Implementation> {
    fn mount(list: &mut ::dynamo_sdk::__private::Mount<Self>) {
        list.try_unary::<Say, Said, CallError>("say")
            .handler(|this, _, request, out| out.result(Backend::say(&this.0, request)))
            .docs("Says it.");
        list.try_stream::<Say, Said, _, CallError>("words")
            .handler(|this, cx, request, out| {
                out.opened_results(Backend::words(&this.0, cx, request))
            })
            .takes_context()
            .docs("Its words.");
    }
}
