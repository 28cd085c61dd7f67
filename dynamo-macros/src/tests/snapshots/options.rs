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
    /// Counts words.
    async fn count(&self, words: Vec<String>) -> u32 {
        0
    }
    async fn warm_up(&self, runtime: &DistributedRuntime) -> Result<()> {
        Ok(())
    }
    async fn bye(&self) {}
    #[cfg(unix)]
    async fn health(&self) -> bool {
        true
    }
    /// Hears it.
    async fn on_load(&self, event: dynamo_sdk::Event<Load>) {}
    #[cfg(unix)]
    async fn on_metrics(&self, metrics: Vec<u64>) -> Result<(), Failed> {
        Ok(())
    }
    async fn on_own_type(&self, event: Event) {}
}
impl ::dynamo_sdk::component::Endpoints for Worker {
    fn mount(list: &mut ::dynamo_sdk::__private::Mount<Self>) {
        list.unary::<Query, u64>("ask")
            .handler(|this, _, request, out| out.value(Self::ask(this, request)))
            .timeout_ms(250)
            .max_in_flight(8, 32)
            .idempotent()
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
        list.piped_unary::<
                String,
                u32,
                Vec<String>,
                u32,
                ::core::convert::Infallible,
            >("count", |source| source.link(Tokenize).link(Limit::new(8)))
            .handler(|this, _, request, out| out.value(Self::count(this, request)))
            .docs("Counts words.");
        list.on_start(|this, runtime, out| {
            out.verdict::<Result<()>>(Self::warm_up(this, runtime))
        });
        list.on_stop(|this, out| out.done(Self::bye(this)));
        #[cfg(unix)] list.health(|this, out| out.verdict::<bool>(Self::health(this)));
        list.subscribe::<Load>("load")
            .handler(|this, event, out| out.handled(Self::on_load(this, event)))
            .docs("Hears it.");
        #[cfg(unix)]
        list.subscribe::<Vec<u64>>("kv_metrics")
            .handler(|this, event, out| {
                out.handled::<Result<(), Failed>>(Self::on_metrics(this, event.payload))
            })
            .namespace("interop")
            .component("backend")
            .endpoint("echo");
        #[cfg(unix)]
        list.subscribe::<Vec<u64>>("load")
            .handler(|this, event, out| {
                out.handled::<Result<(), Failed>>(Self::on_metrics(this, event.payload))
            })
            .whole_namespace();
        list.subscribe::<Event>("own")
            .handler(|this, event, out| {
                out.handled(Self::on_own_type(this, event.payload))
            })
            .component("other");
    }
}
#[allow(dead_code, private_interfaces)]
impl WorkerClient {
    /// Calls the endpoint `ask`.
    pub fn ask(&self, query: Query) -> ::dynamo_sdk::Call<Query, u64> {
        ::dynamo_sdk::ComponentClient::client(self).call("ask", query).idempotent()
    }
    /// Calls the endpoint `grind`.
    pub fn grind(&self, query: Query) -> ::dynamo_sdk::StreamCall<Query, u64> {
        ::dynamo_sdk::ComponentClient::client(self).stream("grind", query)
    }
    /// Calls the endpoint `plain`.
    pub fn plain(&self) -> ::dynamo_sdk::Call<(), ()> {
        ::dynamo_sdk::ComponentClient::client(self).call("plain", ())
    }
    /// Calls the endpoint `lasting`.
    pub fn lasting(&self) -> ::dynamo_sdk::Call<(), ()> {
        ::dynamo_sdk::ComponentClient::client(self).call("lasting", ())
    }
    /// Counts words.
    pub fn count(&self, words: String) -> ::dynamo_sdk::Call<String, u32> {
        ::dynamo_sdk::ComponentClient::client(self).call("count", words)
    }
}
