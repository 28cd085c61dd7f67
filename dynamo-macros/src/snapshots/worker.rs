pub struct Worker<B: Backend>
where
    B::Model: Send,
{
    backend: B,
}
/// Calls the endpoints of [`Worker`] from anywhere in the system.
#[allow(dead_code)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct WorkerClient {
    client: ::sdk::Client,
}
#[allow(dead_code, deprecated)]
impl WorkerClient {
    /// The component that this client calls.
    pub const ID: ::sdk::ComponentId = ::sdk::ComponentId::from_static(
        "demo",
        "gpu-worker",
    );
    /// Finds the component through `runtime`.
    ///
    /// # Errors
    /// If its instances cannot be watched.
    pub async fn connect(runtime: &::sdk::DistributedRuntime) -> ::sdk::Result<Self> {
        ::core::result::Result::Ok(Self {
            client: ::sdk::Client::connect(runtime, Self::ID).await?,
        })
    }
    /// Calls `component` itself, without a runtime.
    pub fn local<B: Backend>(component: Worker<B>) -> Self
    where
        B::Model: Send,
        Worker<B>: ::sdk::Component,
    {
        Self {
            client: ::sdk::Client::local(component),
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
impl ::core::ops::Deref for WorkerClient {
    type Target = ::sdk::Client;
    fn deref(&self) -> &::sdk::Client {
        &self.client
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::core::convert::From<::sdk::Client> for WorkerClient {
    fn from(client: ::sdk::Client) -> Self {
        Self { client }
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl<B: Backend> ::sdk::Component for Worker<B>
where
    B::Model: Send,
    Self: ::sdk::Endpoints,
{
    const ID: ::sdk::ComponentId = WorkerClient::ID;
}
impl<B: Backend> Worker<B>
where
    B::Model: Send,
{
    #[allow(clippy::unused_async)]
    async fn load(&self) {}
    #[allow(clippy::unused_async)]
    pub(crate) async fn count(&self, cx: Context, Query { text }: Query) -> u64 {
        0
    }
    #[cfg(feature = "slow")]
    #[deprecated(note = "use `fast`")]
    #[allow(clippy::unused_async)]
    async fn slow(
        &self,
        _query: Query,
    ) -> io::Result<impl Stream<Item = Result<Row, RowError>> + Send> {
        rows()
    }
    #[allow(clippy::unused_async)]
    async fn boxed(&self, query: Query) -> Pin<Box<dyn Stream<Item = Row> + Send + '_>> {
        rows()
    }
    #[allow(clippy::unused_async)]
    async fn relayed(
        &self,
        cx: Context,
        query: Query,
    ) -> Result<ResponseStream<Row>, CallError> {
        rows()
    }
    #[allow(clippy::unused_async)]
    async fn alias(&self, query: Query) -> Rows<'_> {
        rows()
    }
    #[allow(clippy::unused_async)]
    async fn failing_alias(&self, query: Query) -> Rows<'_> {
        rows()
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl<B: Backend> ::sdk::Endpoints for Worker<B>
where
    B::Model: Send,
{
    fn mount(endpoints: &mut ::sdk::__private::Mount<Self>)
    where
        Self: ::sdk::Component,
    {
        endpoints
            .unary::<
                (),
                (),
                ::core::convert::Infallible,
                _,
            >(
                "load",
                |this, _, _| async move {
                    ::sdk::__private::value(Self::load(&this).await)
                },
            );
        endpoints
            .unary::<
                Query,
                u64,
                ::core::convert::Infallible,
                _,
            >(
                "count-of",
                |this, cx, request| async move {
                    ::sdk::__private::value(Self::count(&this, cx, request).await)
                },
            )
            .takes_context();
        #[cfg(feature = "slow")]
        endpoints
            .stream::<
                Query,
                Row,
                _,
            >(
                "slow",
                |this, _, request, out| async move {
                    out.try_forward::<
                            _,
                            RowError,
                        >(
                            ::sdk::__private::opened::<
                                _,
                                _,
                            >(Self::slow(&this, request).await)?,
                        )
                        .await
                },
            );
        endpoints
            .stream::<
                Query,
                Row,
                _,
            >(
                "boxed",
                |this, _, request, out| async move {
                    out.forward(Self::boxed(&this, request).await).await
                },
            );
        endpoints
            .stream::<
                Query,
                Row,
                _,
            >(
                "relayed",
                |this, cx, request, out| async move {
                    out.try_forward::<
                            _,
                            _,
                        >(
                            ::sdk::__private::opened::<
                                _,
                                CallError,
                            >(Self::relayed(&this, cx, request).await)?,
                        )
                        .await
                },
            )
            .takes_context();
        endpoints
            .stream::<
                Query,
                <Rows<'_> as ::sdk::__private::Stream>::Item,
                _,
            >(
                "alias",
                |this, _, request, out| async move {
                    out.forward(Self::alias(&this, request).await).await
                },
            );
        endpoints
            .stream::<
                Query,
                Row,
                _,
            >(
                "failing_alias",
                |this, _, request, out| async move {
                    out.try_forward::<
                            _,
                            RowError,
                        >(Self::failing_alias(&this, request).await)
                        .await
                },
            );
    }
}
#[allow(dead_code, deprecated, private_interfaces)]
impl WorkerClient {
    /// Calls the endpoint `load`.
    pub fn load(&self) -> ::sdk::Call<(), ()> {
        ::sdk::Client::call::<(), ()>(self, "load", ())
    }
    /// Calls the endpoint `count-of`.
    pub(crate) fn count(&self, request: Query) -> ::sdk::Call<Query, u64> {
        ::sdk::Client::call::<Query, u64>(self, "count-of", request)
    }
    #[cfg(feature = "slow")]
    #[deprecated(note = "use `fast`")]
    /// Calls the endpoint `slow`.
    pub fn slow(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        ::sdk::Client::stream::<Query, Row>(self, "slow", query)
    }
    /// Calls the endpoint `boxed`.
    pub fn boxed(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        ::sdk::Client::stream::<Query, Row>(self, "boxed", query)
    }
    /// Calls the endpoint `relayed`.
    pub fn relayed(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        ::sdk::Client::stream::<Query, Row>(self, "relayed", query)
    }
    /// Calls the endpoint `alias`.
    pub fn alias(
        &self,
        query: Query,
    ) -> ::sdk::StreamCall<Query, <Rows<'_> as ::sdk::__private::Stream>::Item> {
        ::sdk::Client::stream::<
            Query,
            <Rows<'_> as ::sdk::__private::Stream>::Item,
        >(self, "alias", query)
    }
    /// Calls the endpoint `failing_alias`.
    pub fn failing_alias(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        ::sdk::Client::stream::<Query, Row>(self, "failing_alias", query)
    }
}
