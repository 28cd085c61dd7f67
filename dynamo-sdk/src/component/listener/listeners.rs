//! All subscriptions of a component: declared, open, then running.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::address::ids::ComponentId;
use crate::component::listener::counts::ListenerView;
use crate::component::listener::spec::ListenSpec;
use crate::component::listener::subscription::OpenedSubscription;
use crate::error::Result;
use crate::node::DistributedRuntime;
use crate::runtime::Runtime;

/// The subscriptions of a component.
#[derive(Default)]
pub(crate) struct Listeners {
    specs: Vec<ListenSpec>,
    opened: Vec<(OpenedSubscription, ListenerView)>,
    running: Vec<JoinHandle<Option<()>>>,
    end: CancellationToken,
}

impl Listeners {
    /// Subscriptions that are not open yet.
    pub(crate) fn specs(&self) -> &[ListenSpec] {
        &self.specs
    }

    pub(super) fn add(&mut self, spec: ListenSpec) -> &mut ListenSpec {
        self.specs.push(spec);
        let last = self.specs.len() - 1;
        &mut self.specs[last]
    }

    /// Opens all subscriptions. Their events wait for [`run`](Self::run).
    pub(crate) async fn open(&mut self, own: &ComponentId, runtime: &DistributedRuntime) -> Result<()> {
        for mut spec in std::mem::take(&mut self.specs) {
            let (scope, Some(open)) = (spec.scope(own), spec.open.take()) else { continue };
            let opened = open(runtime.clone(), scope.clone(), spec.topic.clone()).await?;
            let (queue, tally) = (Arc::clone(&opened.queue), Arc::clone(&opened.tally));
            self.opened.push((opened, ListenerView { scope, topic: spec.topic, queue, tally }));
        }
        Ok(())
    }

    /// Starts to handle events, on the primary pool.
    pub(crate) fn run(&mut self, runtime: &Runtime) -> Vec<ListenerView> {
        let opened = std::mem::take(&mut self.opened);
        let (works, listening): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
        self.running =
            works.into_iter().map(|opened| runtime.spawn((opened.work)(self.end.clone()))).collect();
        listening
    }

    /// Ends all subscriptions. A running method has `limit` to finish.
    pub(crate) async fn stop(&mut self, own: &ComponentId, limit: Duration) {
        self.end.cancel();
        let running = std::mem::take(&mut self.running);
        let aborts: Vec<_> = running.iter().map(JoinHandle::abort_handle).collect();
        if tokio::time::timeout(limit, join_all(running)).await.is_err() {
            aborts.iter().for_each(tokio::task::AbortHandle::abort);
            tracing::warn!(component = %own, ?limit, "#[subscribe] exceeded its limit and was aborted");
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.end.cancel();
    }
}
