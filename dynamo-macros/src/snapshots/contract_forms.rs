#[deprecated(note = "use `Other`")]
trait Backend: fmt::Debug + ::core::marker::Send + ::core::marker::Sync + 'static {
    const LIMIT: Limit = Limit { of: 3 };
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
#[allow(dead_code)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct BackendClient {
    client: ::sdk::Client,
}
#[allow(dead_code, deprecated)]
impl BackendClient {
    /// The component that this client calls.
    pub const ID: ::sdk::ComponentId = ::sdk::ComponentId::from_static("demo", "talker");
    /// Finds the component through `runtime`.
    ///
    /// # Errors
    /// If its instances cannot be watched.
    pub async fn connect(runtime: &::sdk::DistributedRuntime) -> ::sdk::Result<Self> {
        ::core::result::Result::Ok(Self {
            client: ::sdk::Client::connect(runtime, Self::ID).await?,
        })
    }
    /// Calls `implementation` itself, without a runtime.
    pub fn local(implementation: impl Backend) -> Self {
        Self {
            client: ::sdk::Client::local(BackendServer::new(implementation)),
        }
    }
    /// Calls engines made by hand.
    pub fn from_engine(double: ::sdk::Double) -> Self {
        Self {
            client: ::sdk::Client::from_engine(Self::ID, double),
        }
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::core::ops::Deref for BackendClient {
    type Target = ::sdk::Client;
    fn deref(&self) -> &::sdk::Client {
        &self.client
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::core::convert::From<::sdk::Client> for BackendClient {
    fn from(client: ::sdk::Client) -> Self {
        Self { client }
    }
}
#[allow(dead_code, deprecated, private_interfaces)]
impl BackendClient {
    #[cfg(unix)]
    #[deprecated]
    /// Calls the endpoint `count-of`.
    pub fn count(&self) -> ::sdk::Call<(), u64> {
        ::sdk::Client::call::<(), u64>(self, "count-of", ())
    }
    /// Calls the endpoint `letters`.
    pub fn letters(&self, request: Say) -> ::sdk::StreamCall<Say, char> {
        ::sdk::Client::stream::<Say, char>(self, "letters", request)
    }
    /// Calls the endpoint `words`.
    pub fn words(&self, request: Say) -> ::sdk::StreamCall<Say, Said> {
        ::sdk::Client::stream::<Say, Said>(self, "words", request)
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl Backend for BackendClient {
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
#[allow(dead_code)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct BackendServer<Implementation> {
    implementation: Implementation,
}
#[allow(dead_code, deprecated)]
impl<Implementation: Backend> BackendServer<Implementation> {
    /// Makes a component of `implementation`, to be given to `DistributedRuntime::serve`.
    #[must_use]
    pub const fn new(implementation: Implementation) -> Self {
        Self { implementation }
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl<Implementation: Backend> ::sdk::Component for BackendServer<Implementation> {
    const ID: ::sdk::ComponentId = BackendClient::ID;
}
#[allow(deprecated)]
#[automatically_derived]
impl<Implementation: Backend> ::sdk::Endpoints for BackendServer<Implementation> {
    fn mount(endpoints: &mut ::sdk::__private::Mount<Self>) {
        #[cfg(unix)]
        endpoints
            .unary::<
                (),
                u64,
                _,
                _,
            >(
                "count-of",
                |this, _, _| async move { Backend::count(&this.implementation).await },
            );
        endpoints
            .stream::<
                Say,
                char,
                _,
            >(
                "letters",
                |this, _, request, out| async move {
                    out.try_forward::<
                            _,
                            OwnError,
                        >(Backend::letters(&this.implementation, request).await)
                        .await
                },
            );
        endpoints
            .stream::<
                Say,
                Said,
                _,
            >(
                "words",
                |this, _, request, out| async move {
                    out.try_forward::<
                            _,
                            CallError,
                        >(
                            ::sdk::__private::opened::<
                                _,
                                OwnError,
                            >(Backend::words(&this.implementation, request).await)?,
                        )
                        .await
                },
            );
    }
}
