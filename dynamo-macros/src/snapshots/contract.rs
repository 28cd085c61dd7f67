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
#[allow(dead_code)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BackendClient {
    client: ::dynamo_sdk::Client,
}
#[allow(dead_code, deprecated)]
impl BackendClient {
    /// The component that this client calls.
    pub const ID: ::dynamo_sdk::ComponentId = ::dynamo_sdk::ComponentId::from_static(
        "demo",
        "backend",
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
    /// Calls `implementation` itself, without a runtime.
    pub fn local(implementation: impl Backend) -> Self {
        Self {
            client: ::dynamo_sdk::Client::local(BackendServer::new(implementation)),
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
impl ::core::ops::Deref for BackendClient {
    type Target = ::dynamo_sdk::Client;
    fn deref(&self) -> &::dynamo_sdk::Client {
        &self.client
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::core::convert::From<::dynamo_sdk::Client> for BackendClient {
    fn from(client: ::dynamo_sdk::Client) -> Self {
        Self { client }
    }
}
#[allow(dead_code, deprecated, private_interfaces)]
impl BackendClient {
    /// Says it.
    pub fn say(&self, request: Say) -> ::dynamo_sdk::Call<Say, Said> {
        ::dynamo_sdk::Client::call::<Say, Said>(self, "say", request)
    }
    /// Its words.
    pub fn words(&self, request: Say) -> ::dynamo_sdk::StreamCall<Say, Said> {
        ::dynamo_sdk::Client::stream::<Say, Said>(self, "words", request)
    }
}
#[allow(deprecated)]
#[automatically_derived]
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
#[allow(dead_code)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BackendServer<Implementation> {
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
impl<Implementation: Backend> ::dynamo_sdk::Component for BackendServer<Implementation> {
    const ID: ::dynamo_sdk::ComponentId = BackendClient::ID;
}
#[allow(deprecated)]
#[automatically_derived]
impl<Implementation: Backend> ::dynamo_sdk::Endpoints for BackendServer<Implementation> {
    fn mount(endpoints: &mut ::dynamo_sdk::__private::Mount<Self>) {
        endpoints
            .unary::<
                Say,
                Said,
                CallError,
                _,
            >(
                "say",
                |this, _, request| async move {
                    Backend::say(&this.implementation, request).await
                },
            )
            .docs("Says it.");
        endpoints
            .stream::<
                Say,
                Said,
                _,
            >(
                "words",
                |this, cx, request, out| async move {
                    out.try_forward::<
                            _,
                            _,
                        >(
                            ::dynamo_sdk::__private::opened::<
                                _,
                                CallError,
                            >(Backend::words(&this.implementation, cx, request).await)?,
                        )
                        .await
                },
            )
            .takes_context()
            .docs("Its words.");
    }
}
