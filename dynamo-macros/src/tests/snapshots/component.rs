/// Works.
#[derive(Debug)]
pub(crate) struct Worker<B: Backend>
where
    B::Model: Send,
{
    backend: B,
    /// Cuts texts.
    pub tokenizer: tokens::TokenizerClient,
    #[cfg(feature = "cache")]
    cache: CacheClient,
}
/// Calls the endpoints of [`Worker`] from anywhere in the system.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(crate) struct WorkerClient(::sdk::Client);
impl ::sdk::ComponentClient for WorkerClient {
    const ID: ::sdk::ComponentId = ::sdk::__private::id("demo", "gpu-worker");
    const NEW: fn(::sdk::Client) -> Self = Self;
    const CLIENT: fn(&Self) -> &::sdk::Client = |this| &this.0;
}
impl<B: Backend> ::sdk::Component for Worker<B>
where
    B::Model: Send,
    Self: ::sdk::component::Endpoints + ::core::marker::Send + ::core::marker::Sync
        + 'static,
{
    type Client = WorkerClient;
    const DOCS: &'static str = "Works.";
    const DEPENDENCIES: &'static [::sdk::ComponentId] = &[
        <tokens::TokenizerClient as ::sdk::ComponentClient>::ID,
        #[cfg(feature = "cache")]
        <CacheClient as ::sdk::ComponentClient>::ID,
    ];
}
#[allow(dead_code, deprecated, clippy::too_many_arguments)]
impl<B: Backend> Worker<B>
where
    B::Model: Send,
{
    /// Makes the component: connects `tokenizer`, `cache` and takes the other fields.
    ///
    /// # Errors
    /// If the instances of a component cannot be watched.
    pub(crate) async fn connect(
        runtime: &::sdk::DistributedRuntime,
        backend: B,
    ) -> ::sdk::Result<Self> {
        ::core::result::Result::Ok(Self {
            backend,
            tokenizer: <tokens::TokenizerClient as ::sdk::ComponentClient>::connect(
                    runtime,
                )
                .await?,
            #[cfg(feature = "cache")]
            cache: <CacheClient as ::sdk::ComponentClient>::connect(runtime).await?,
        })
    }
}
impl<B: Backend> Worker<B>
where
    B::Model: Send,
{
    #[allow(clippy::unused_async)]
    async fn load(&self) {}
    /// Counts.
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
    #[allow(clippy::unused_async)]
    async fn sum(&self, numbers: RequestStream<u64>) -> Result<u64, CallError> {
        rows()
    }
    #[allow(clippy::unused_async)]
    async fn chat(
        &self,
        cx: Context,
        turns: dynamo_sdk::RequestStream<Turn>,
    ) -> impl Stream<Item = Turn> {
        rows()
    }
    async fn helper(&self) {}
}
#[allow(deprecated)]
impl<B: Backend> ::sdk::component::Endpoints for Worker<B>
where
    B::Model: Send,
{
    fn mount(list: &mut ::sdk::__private::Mount<Self>) {
        list.unary::<(), ()>("load")
            .handler(|this, _, _, out| out.value(Self::load(this)));
        list.unary::<Query, u64>("count-of")
            .handler(|this, cx, request, out| out.value(Self::count(this, cx, request)))
            .takes_context()
            .docs("Counts.");
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
        list.try_unary::<RequestStream<u64>, u64, CallError>("sum")
            .handler(|this, _, request, out| out.result(Self::sum(this, request)));
        list.stream::<dynamo_sdk::RequestStream<Turn>, Turn>("chat")
            .handler(|this, cx, request, out| out.items(Self::chat(this, cx, request)))
            .takes_context();
    }
}
#[allow(dead_code, private_interfaces, deprecated)]
impl WorkerClient {
    /// Calls the endpoint `load`.
    pub fn load(&self) -> ::sdk::Call<(), ()> {
        ::sdk::ComponentClient::client(self).call("load", ())
    }
    /// Counts.
    pub(crate) fn count(&self, request: Query) -> ::sdk::Call<Query, u64> {
        ::sdk::ComponentClient::client(self).call("count-of", request)
    }
    #[cfg(feature = "slow")]
    #[deprecated(note = "use `fast`")]
    /// Calls the endpoint `slow`.
    pub fn slow(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        ::sdk::ComponentClient::client(self).stream("slow", query)
    }
    /// Calls the endpoint `boxed`.
    pub fn boxed(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        ::sdk::ComponentClient::client(self).stream("boxed", query)
    }
    /// Calls the endpoint `relayed`.
    pub fn relayed(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        ::sdk::ComponentClient::client(self).stream("relayed", query)
    }
    /// Calls the endpoint `alias`.
    pub fn alias(
        &self,
        query: Query,
    ) -> ::sdk::StreamCall<Query, <Rows<'_> as ::sdk::__private::Stream>::Item> {
        ::sdk::ComponentClient::client(self).stream("alias", query)
    }
    /// Calls the endpoint `failing_alias`.
    pub fn failing_alias(&self, query: Query) -> ::sdk::StreamCall<Query, Row> {
        ::sdk::ComponentClient::client(self).stream("failing_alias", query)
    }
    /// Calls the endpoint `sum`.
    pub fn sum(
        &self,
        numbers: impl ::sdk::engine::IntoRequests<u64>,
    ) -> ::sdk::Call<RequestStream<u64>, u64> {
        ::sdk::ComponentClient::client(self)
            .call("sum", ::sdk::engine::IntoRequests::into_requests(numbers))
    }
    /// Calls the endpoint `chat`.
    pub fn chat(
        &self,
        turns: impl ::sdk::engine::IntoRequests<Turn>,
    ) -> ::sdk::StreamCall<dynamo_sdk::RequestStream<Turn>, Turn> {
        ::sdk::ComponentClient::client(self)
            .stream("chat", ::sdk::engine::IntoRequests::into_requests(turns))
    }
}
