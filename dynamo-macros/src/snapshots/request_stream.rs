impl Worker {
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
}
#[allow(deprecated)]
#[automatically_derived]
impl ::dynamo_sdk::Endpoints for Worker {
    fn mount(endpoints: &mut ::dynamo_sdk::__private::Mount<Self>)
    where
        Self: ::dynamo_sdk::Component,
    {
        endpoints
            .unary::<
                RequestStream<u64>,
                u64,
                CallError,
                _,
            >("sum", |this, _, request| async move { Self::sum(&this, request).await });
        endpoints
            .stream::<
                dynamo_sdk::RequestStream<Turn>,
                Turn,
                _,
            >(
                "chat",
                |this, cx, request, out| async move {
                    out.forward(Self::chat(&this, cx, request).await).await
                },
            )
            .takes_context();
    }
}
#[allow(dead_code, deprecated, private_interfaces)]
impl WorkerClient {
    /// Calls the endpoint `sum`.
    pub fn sum(
        &self,
        numbers: impl ::dynamo_sdk::engine::IntoRequests<u64>,
    ) -> ::dynamo_sdk::Call<RequestStream<u64>, u64> {
        ::dynamo_sdk::Client::call::<
            RequestStream<u64>,
            u64,
        >(self, "sum", ::dynamo_sdk::engine::IntoRequests::into_requests(numbers))
    }
    /// Calls the endpoint `chat`.
    pub fn chat(
        &self,
        turns: impl ::dynamo_sdk::engine::IntoRequests<Turn>,
    ) -> ::dynamo_sdk::StreamCall<dynamo_sdk::RequestStream<Turn>, Turn> {
        ::dynamo_sdk::Client::stream::<
            dynamo_sdk::RequestStream<Turn>,
            Turn,
        >(self, "chat", ::dynamo_sdk::engine::IntoRequests::into_requests(turns))
    }
}
