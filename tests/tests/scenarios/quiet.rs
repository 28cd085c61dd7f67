//! An ordinary end of a call is not worth a warning.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynamo_harness::{SOON, eventually, has_process_for_itself};
use dynamo_rig::{Bench, Setup};
use dynamo_rig::{Then, plan};
use dynamo_sdk::config::Codec;
use dynamo_sdk::prelude::*;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt};

/// Keeps the warnings and errors.
#[derive(Clone, Default)]
struct Loud(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Loud {
    fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
        if *event.metadata().level() <= Level::WARN {
            self.0.lock().unwrap().push(format!("{event:?}"));
        }
    }
}

/// Both sides log into one subscriber, which is that of the process: the runtimes have threads of their own.
#[tokio::test]
async fn a_caller_that_drops_midway_causes_no_warning() {
    let loud = Loud::default();
    let subscriber = tracing_subscriber::registry().with(loud.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    for setup in
        [Setup::Direct, Setup::Memory, Setup::Tcp(Codec::MsgPack), Setup::Tcp(Codec::Json), Setup::Nats]
    {
        let bench = Bench::new(setup).await;
        for round in 0..10 {
            let name = format!("p{round}");
            let mut items = bench.lab.play(plan(&name, 5, Then::Hang)).await.unwrap();
            items.next().await.unwrap().unwrap();
            drop(items);
            bench.journal.sees(SOON, &format!("{name} ended")).await;
            let mut items = bench.lab.endless(10_000).await.unwrap();
            items.next().await.unwrap().unwrap();
            drop(items);
            let call = bench.lab.hang("h".to_owned()).timeout(Duration::from_millis(5));
            call.await.unwrap_err();
            let _ =
                tokio::time::timeout(Duration::from_millis(1), bench.lab.hang("h".to_owned()).into_future())
                    .await;
            let mut items = bench.lab.play(plan("stopped", 1, Then::Linger)).await.unwrap();
            items.stop();
            while items.next().await.is_some() {}
        }
        eventually(SOON, "no call to be left", async || dynamo_rig::in_flight(&bench.server) == 0).await;
        assert!(bench.caller.shutdown().await && bench.server.shutdown().await);
    }
    let lines = loud.0.lock().unwrap().clone();
    // Where tests share a process, these may be lines of another one.
    assert!(lines.is_empty() || !has_process_for_itself(), "{lines:#?}");
}
