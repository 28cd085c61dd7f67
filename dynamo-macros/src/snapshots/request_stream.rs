#[allow(clippy::unused_async)]
impl Worker {
    async fn sum(&self, numbers: RequestStream<u64>) -> Result<u64, CallError> {
        rows()
    }
    async fn chat(
        &self,
        cx: Context,
        turns: dynamo_sdk::RequestStream<Turn>,
    ) -> impl Stream<Item = Turn> {
        rows()
    }
}
impl ::dynamo_sdk::Endpoints for Worker {
    fn mount(list: &mut ::dynamo_sdk::__private::Mount<Self>) {
        list.try_unary::<RequestStream<u64>, u64, CallError>("sum")
            .handler(|this, _, request, out| out.result(Self::sum(this, request)));
        list.stream::<dynamo_sdk::RequestStream<Turn>, Turn>("chat")
            .handler(|this, cx, request, out| out.items(Self::chat(this, cx, request)))
            .takes_context();
    }
}
#[allow(dead_code, private_interfaces)]
impl WorkerClient {
    /// Calls the endpoint `sum`.
    pub fn sum(
        &self,
        numbers: impl ::dynamo_sdk::engine::IntoRequests<u64>,
    ) -> ::dynamo_sdk::Call<RequestStream<u64>, u64> {
        self.0.call("sum", ::dynamo_sdk::engine::IntoRequests::into_requests(numbers))
    }
    /// Calls the endpoint `chat`.
    pub fn chat(
        &self,
        turns: impl ::dynamo_sdk::engine::IntoRequests<Turn>,
    ) -> ::dynamo_sdk::StreamCall<dynamo_sdk::RequestStream<Turn>, Turn> {
        self.0.stream("chat", ::dynamo_sdk::engine::IntoRequests::into_requests(turns))
    }
}
