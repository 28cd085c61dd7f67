impl Watcher {
    #[allow(clippy::unused_async)]
    async fn on_load(&self, event: Event<Load>) {}
    #[allow(clippy::unused_async)]
    async fn on_any_load(&self, load: Load) -> Result<(), Failed> {
        Ok(())
    }
    #[cfg(unix)]
    #[allow(clippy::unused_async)]
    async fn on_metrics(&self, event: dynamo_sdk::Event<Vec<u64>>) {}
    #[allow(clippy::unused_async)]
    async fn on_own_type(&self, event: Event) {}
}
impl ::dynamo_sdk::Endpoints for Watcher {
    fn mount(endpoints: &mut ::dynamo_sdk::__private::Mount<Self>)
    where
        Self: ::dynamo_sdk::Component,
    {
        endpoints
            .subscribe::<
                Load,
                _,
            >("load", |this, event| async move { Self::on_load(&this, event).await });
        endpoints
            .subscribe::<
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
        endpoints
            .subscribe::<
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
        endpoints
            .subscribe::<
                Vec<u64>,
                _,
            >(
                "kv_metrics",
                |this, event| async move { Self::on_metrics(&this, event).await },
            )
            .endpoint("echo");
        endpoints
            .subscribe::<
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
