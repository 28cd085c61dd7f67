#[allow(clippy::unused_async)]
impl Worker {
    async fn ask(&self, query: Query) -> u64 {
        0
    }
    async fn grind(&self, cx: Context, query: Query) -> impl Stream<Item = u64> {
        rows()
    }
    async fn plain(&self) {}
    async fn lasting(&self) {}
    async fn warm_up(&self, runtime: &DistributedRuntime) -> Result<()> {
        Ok(())
    }
    async fn bye(&self) {}
    #[cfg(unix)]
    async fn health(&self) -> bool {
        true
    }
}
impl ::dynamo_sdk::Endpoints for Worker {
    fn mount(list: &mut ::dynamo_sdk::__private::Mount<Self>) {
        list.unary::<Query, u64>("ask")
            .handler(|this, _, request, out| out.value(Self::ask(this, request)))
            .timeout_ms(250)
            .max_in_flight(8, 32)
            .canary::<Query>(|| Query { text: "x".into() });
        list.stream::<Query, u64>("grind")
            .handler(|this, cx, request, out| out.items(Self::grind(this, cx, request)))
            .takes_context()
            .max_in_flight(2, 0)
            .stop_on_disconnect()
            .cpu();
        list.unary::<(), ()>("plain")
            .handler(|this, _, _, out| out.value(Self::plain(this)));
        list.unary::<(), ()>("lasting")
            .handler(|this, _, _, out| out.value(Self::lasting(this)))
            .ignore_disconnect();
        list.on_start(|this, runtime, out| out.verdict(Self::warm_up(this, runtime)));
        list.on_stop(|this, out| out.done(Self::bye(this)));
        #[cfg(unix)] list.health(|this, out| out.verdict(Self::health(this)));
    }
}
#[allow(dead_code, private_interfaces)]
impl WorkerClient {
    /// Calls the endpoint `ask`.
    pub fn ask(&self, query: Query) -> ::dynamo_sdk::Call<Query, u64> {
        self.0.call("ask", query).idempotent()
    }
    /// Calls the endpoint `grind`.
    pub fn grind(&self, query: Query) -> ::dynamo_sdk::StreamCall<Query, u64> {
        self.0.stream("grind", query)
    }
    /// Calls the endpoint `plain`.
    pub fn plain(&self) -> ::dynamo_sdk::Call<(), ()> {
        self.0.call("plain", ())
    }
    /// Calls the endpoint `lasting`.
    pub fn lasting(&self) -> ::dynamo_sdk::Call<(), ()> {
        self.0.call("lasting", ())
    }
}
