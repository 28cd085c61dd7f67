/// What speaks.
#[deprecated(note = "use `Other`")]
pub trait Backend: fmt::Debug + ::core::marker::Send + ::core::marker::Sync + 'static {
    const LIMIT: Limit = Limit { of: 3 };
    /// Says it.
    fn say(
        &self,
        request: Say,
    ) -> impl ::core::future::Future<
        Output = Result<Said, CallError>,
    > + ::core::marker::Send;
    fn relayed(
        &self,
        cx: Context,
        request: Say,
    ) -> impl ::core::future::Future<
        Output = Result<ResponseStream<Said>, CallError>,
    > + ::core::marker::Send;
    #[cfg(unix)]
    #[deprecated]
    #[must_use]
    fn count(
        &self,
    ) -> impl ::core::future::Future<Output = io::Result<u64>> + ::core::marker::Send;
    fn letters(
        &self,
        _: Say,
    ) -> impl ::core::future::Future<
        Output = impl Stream<Item = Result<char, OwnError>> + Send,
    > + ::core::marker::Send;
    fn words(
        &self,
        request: Say,
    ) -> impl ::core::future::Future<
        Output = Result<
            impl Stream<Item = Result<Said, CallError>> + ::core::marker::Send,
            OwnError,
        >,
    > + ::core::marker::Send;
    fn plain(&self) -> u32 {
        0
    }
}
/// Calls the [`Backend`] that is served somewhere in the system.
///
/// As a [`Backend`] it makes calls without options. Its own methods of the same names, which win where its type is known, give a call to set them on.
#[deprecated(note = "use `Other`")]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BackendClient(::sdk::Client);
#[allow(deprecated)]
impl ::sdk::ComponentClient for BackendClient {
    const ID: ::sdk::ComponentId = ::sdk::__private::id("demo", "talker");
    const NEW: fn(::sdk::Client) -> Self = Self;
    const CLIENT: fn(&Self) -> &::sdk::Client = |this| &this.0;
}
#[allow(dead_code, private_interfaces, deprecated)]
impl BackendClient {
    /// Says it.
    pub fn say(&self, request: Say) -> ::sdk::Call<Say, Said> {
        ::sdk::ComponentClient::client(self).call("say", request)
    }
    /// Calls the endpoint `relayed`.
    pub fn relayed(&self, request: Say) -> ::sdk::StreamCall<Say, Said> {
        ::sdk::ComponentClient::client(self).stream("relayed", request)
    }
    #[cfg(unix)]
    #[deprecated]
    /// Calls the endpoint `count-of`.
    pub fn count(&self) -> ::sdk::Call<(), u64> {
        ::sdk::ComponentClient::client(self).call("count-of", ())
    }
    /// Calls the endpoint `letters`.
    pub fn letters(&self, request: Say) -> ::sdk::StreamCall<Say, char> {
        ::sdk::ComponentClient::client(self).stream("letters", request)
    }
    /// Calls the endpoint `words`.
    pub fn words(&self, request: Say) -> ::sdk::StreamCall<Say, Said> {
        ::sdk::ComponentClient::client(self).stream("words", request)
    }
}
#[allow(deprecated)]
impl Backend for BackendClient {
    async fn say(&self, request: Say) -> Result<Said, CallError> {
        ::sdk::__private::called::<_, CallError>(Self::say(self, request)).await
    }
    async fn relayed(
        &self,
        cx: Context,
        request: Say,
    ) -> Result<ResponseStream<Said>, CallError> {
        ::sdk::__private::called::<
            _,
            CallError,
        >(Self::relayed(self, request).context(&cx))
            .await
    }
    #[cfg(unix)]
    async fn count(&self) -> io::Result<u64> {
        ::sdk::__private::called::<_, _>(Self::count(self)).await
    }
    async fn letters(
        &self,
        request: Say,
    ) -> impl Stream<Item = Result<char, OwnError>> + Send {
        ::sdk::__private::streamed::<char, OwnError>(Self::letters(self, request)).await
    }
    async fn words(
        &self,
        request: Say,
    ) -> Result<
        impl Stream<Item = Result<Said, CallError>> + ::core::marker::Send,
        OwnError,
    > {
        ::sdk::__private::opened_stream::<
            Said,
            CallError,
            OwnError,
        >(Self::words(self, request))
            .await
    }
}
/// Serves an implementation of [`Backend`].
#[deprecated(note = "use `Other`")]
#[derive(::core::fmt::Debug)]
pub struct BackendServer<Implementation>(::std::sync::Arc<Implementation>);
#[allow(dead_code, deprecated)]
impl<Implementation: Backend> BackendServer<Implementation> {
    /// Makes a component of `implementation`, to be given to `DistributedRuntime::serve`.
    #[must_use]
    pub fn new(implementation: Implementation) -> Self {
        Self::from_arc(::std::sync::Arc::new(implementation))
    }
    /// Makes a component of a shared `implementation`.
    #[must_use]
    pub const fn from_arc(implementation: ::std::sync::Arc<Implementation>) -> Self {
        Self(implementation)
    }
}
#[allow(deprecated)]
impl<Implementation: Backend> ::sdk::Component for BackendServer<Implementation> {
    type Client = BackendClient;
    const DOCS: &'static str = "What speaks.";
}
#[allow(deprecated)]
impl<Implementation: Backend> ::sdk::component::Endpoints
for BackendServer<Implementation> {
    fn mount(list: &mut ::sdk::__private::Mount<Self>) {
        list.try_unary::<Say, Said, CallError>("say")
            .handler(|this, _, request, out| out.result(Backend::say(&*this.0, request)))
            .docs("Says it.");
        list.try_stream::<Say, Said, _, CallError>("relayed")
            .handler(|this, cx, request, out| {
                out.opened_results(Backend::relayed(&*this.0, cx, request))
            })
            .takes_context();
        #[cfg(unix)]
        list.try_unary::<(), u64, _>("count-of")
            .handler(|this, _, _, out| out.result(Backend::count(&*this.0)));
        list.try_stream::<Say, char, OwnError, ::core::convert::Infallible>("letters")
            .handler(|this, _, request, out| {
                out.results(Backend::letters(&*this.0, request))
            });
        list.try_stream::<Say, Said, CallError, OwnError>("words")
            .handler(|this, _, request, out| {
                out.opened_results(Backend::words(&*this.0, request))
            });
    }
}
