#[allow(clippy::unused_async)]
impl Watcher {
    async fn on_load(&self, event: Event<Load>) {}
    async fn on_any_load(&self, load: Load) -> Result<(), Failed> {
        Ok(())
    }
    #[cfg(unix)]
    async fn on_metrics(&self, event: dynamo_sdk::Event<Vec<u64>>) {}
    async fn on_own_type(&self, event: Event) {}
}
impl ::dynamo_sdk::Endpoints for Watcher {
    fn mount(list: &mut ::dynamo_sdk::__private::Mount<Self>) {
        list.subscribe::<Load>("load")
            .handler(|this, event, out| out.handled(Self::on_load(this, event)));
        list.subscribe::<Load>("load")
            .handler(|this, event, out| {
                out.handled(Self::on_any_load(this, event.payload))
            })
            .whole_namespace();
        #[cfg(unix)]
        list.subscribe::<Vec<u64>>("kv_metrics")
            .handler(|this, event, out| out.handled(Self::on_metrics(this, event)))
            .namespace("interop")
            .component("backend")
            .endpoint("echo");
        #[cfg(unix)]
        list.subscribe::<Vec<u64>>("kv_metrics")
            .handler(|this, event, out| out.handled(Self::on_metrics(this, event)))
            .endpoint("echo");
        list.subscribe::<Event>("own")
            .handler(|this, event, out| {
                out.handled(Self::on_own_type(this, event.payload))
            })
            .component("other");
    }
}
#[allow(dead_code, private_interfaces)]
impl WatcherClient {}
