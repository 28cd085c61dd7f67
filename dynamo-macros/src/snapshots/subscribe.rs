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
        list.subscribe::<
                Load,
                _,
            >("load", |this, event| async move { Self::on_load(&this, event).await });
        list.subscribe::<
                Load,
                _,
            >(
                "load",
                |this, event| async move {
                    Self::on_any_load(&this, event.payload).await
                },
            )
            .whole_namespace();
        #[cfg(unix)]
        list.subscribe::<
                Vec<u64>,
                _,
            >(
                "kv_metrics",
                |this, event| async move { Self::on_metrics(&this, event).await },
            )
            .namespace("interop")
            .component("backend")
            .endpoint("echo");
        #[cfg(unix)]
        list.subscribe::<
                Vec<u64>,
                _,
            >(
                "kv_metrics",
                |this, event| async move { Self::on_metrics(&this, event).await },
            )
            .endpoint("echo");
        list.subscribe::<
                Event,
                _,
            >(
                "own",
                |this, event| async move {
                    Self::on_own_type(&this, event.payload).await
                },
            )
            .component("other");
    }
}
#[allow(dead_code, private_interfaces)]
impl WatcherClient {}
