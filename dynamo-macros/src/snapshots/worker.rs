pub struct Worker<B: Backend>
where
    B::Model: Send,
{
    backend: B,
}
/// Calls the endpoints of [`Worker`] from anywhere in the system.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct WorkerClient(::sdk::Client);
impl ::sdk::ComponentClient for WorkerClient {
    const ID: ::sdk::ComponentId = ::sdk::__private::id("demo", "gpu-worker");
    fn new(client: ::sdk::Client) -> Self {
        Self(client)
    }
}
impl ::core::ops::Deref for WorkerClient {
    type Target = ::sdk::Client;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
const _: ::sdk::ComponentId = ::sdk::__private::id_of::<WorkerClient>();
impl<B: Backend> ::sdk::Component for Worker<B>
where
    B::Model: Send,
    Self: ::sdk::Endpoints,
{
    type Client = WorkerClient;
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
impl<B: Backend> ::sdk::Endpoints for Worker<B>
where
    B::Model: Send,
{
    fn mount(endpoints: &mut ::sdk::__private::Mount<Self>)
    where
        Self: ::sdk::Component,
    {
        endpoints
            .unary::<(), ()>("load")
            .handler(|this, _, _, out| out.value(Self::load(this)));
        endpoints
            .unary::<Query, u64>("count-of")
            .handler(|this, cx, request, out| out.value(Self::count(this, cx, request)))
            .takes_context();
        #[cfg(feature = "slow")]
        endpoints
            .try_stream::<Query, Row, RowError, _>("slow")
            .handler(|this, _, request, out| {
                out.opened_results(Self::slow(this, request))
            });
        endpoints
            .stream::<Query, Row>("boxed")
            .handler(|this, _, request, out| out.items(Self::boxed(this, request)));
        endpoints
            .try_stream::<Query, Row, _, CallError>("relayed")
            .handler(|this, cx, request, out| {
                out.opened_results(Self::relayed(this, cx, request))
            })
            .takes_context();
        endpoints
            .stream::<Query, <Rows<'_> as ::sdk::__private::Stream>::Item>("alias")
            .handler(|this, _, request, out| out.items(Self::alias(this, request)));
        endpoints
            .try_stream::<
                Query,
                Row,
                RowError,
                ::core::convert::Infallible,
            >("failing_alias")
            .handler(|this, _, request, out| {
                out.results(Self::failing_alias(this, request))
            });
    }
}
#[allow(dead_code, private_interfaces, deprecated)]
impl WorkerClient {
    /// Calls the endpoint `load`.
    pub fn load(&self) -> ::sdk::Call<(), ()> {
        self.0.call("load", ())
    }
    /// Calls the endpoint `count-of`.
    pub(crate) fn count(&self, request: Query) -> ::sdk::Call<Query, u64> {
        self.0.call("count-of", request)
    }
    #[cfg(feature = "slow")]
    #[deprecated(note = "use `fast`")]
    /// Calls the endpoint `slow`.
    pub fn slow(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        self.0.stream("slow", query)
    }
    /// Calls the endpoint `boxed`.
    pub fn boxed(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        self.0.stream("boxed", query)
    }
    /// Calls the endpoint `relayed`.
    pub fn relayed(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        self.0.stream("relayed", query)
    }
    /// Calls the endpoint `alias`.
    pub fn alias(
        &self,
        query: Query,
    ) -> ::sdk::StreamCall<Query, <Rows<'_> as ::sdk::__private::Stream>::Item> {
        self.0.stream("alias", query)
    }
    /// Calls the endpoint `failing_alias`.
    pub fn failing_alias(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        self.0.stream("failing_alias", query)
    }
}
