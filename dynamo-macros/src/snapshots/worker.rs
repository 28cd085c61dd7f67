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
    const NEW: fn(::sdk::Client) -> Self = Self;
    const CLIENT: fn(&Self) -> &::sdk::Client = |this| &this.0;
}
impl<B: Backend> ::sdk::Component for Worker<B>
where
    B::Model: Send,
    Self: ::sdk::Endpoints + ::core::marker::Send + ::core::marker::Sync + 'static,
{
    type Client = WorkerClient;
}
#[allow(clippy::unused_async)]
impl<B: Backend> Worker<B>
where
    B::Model: Send,
{
    async fn load(&self) {}
    pub(crate) async fn count(&self, cx: Context, Query { text }: Query) -> u64 {
        0
    }
    #[cfg(feature = "slow")]
    #[deprecated(note = "use `fast`")]
    async fn slow(
        &self,
        _query: Query,
    ) -> io::Result<impl Stream<Item = Result<Row, RowError>> + Send> {
        rows()
    }
    async fn boxed(&self, query: Query) -> Pin<Box<dyn Stream<Item = Row> + Send + '_>> {
        rows()
    }
    async fn relayed(
        &self,
        cx: Context,
        query: Query,
    ) -> Result<ResponseStream<Row>, CallError> {
        rows()
    }
    async fn alias(&self, query: Query) -> Rows<'_> {
        rows()
    }
    async fn failing_alias(&self, query: Query) -> Rows<'_> {
        rows()
    }
}
#[allow(deprecated)]
impl<B: Backend> ::sdk::Endpoints for Worker<B>
where
    B::Model: Send,
{
    fn mount(list: &mut ::sdk::__private::Mount<Self>) {
        list.unary::<(), ()>("load")
            .handler(|this, _, _, out| out.value(Self::load(this)));
        list.unary::<Query, u64>("count-of")
            .handler(|this, cx, request, out| out.value(Self::count(this, cx, request)))
            .takes_context();
        #[cfg(feature = "slow")]
        list.try_stream::<Query, Row, RowError, _>("slow")
            .handler(|this, _, request, out| {
                out.opened_results(Self::slow(this, request))
            });
        list.stream::<Query, Row>("boxed")
            .handler(|this, _, request, out| out.items(Self::boxed(this, request)));
        list.try_stream::<Query, Row, _, CallError>("relayed")
            .handler(|this, cx, request, out| {
                out.opened_results(Self::relayed(this, cx, request))
            })
            .takes_context();
        list.stream::<Query, <Rows<'_> as ::sdk::__private::Stream>::Item>("alias")
            .handler(|this, _, request, out| out.items(Self::alias(this, request)));
        list.try_stream::<
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
