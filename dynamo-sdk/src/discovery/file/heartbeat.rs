//! The heartbeat of this process, and the repair of records found missing.

use std::sync::Arc;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::discovery::contract::LeaseState;
use crate::discovery::file::{FileMember, blocking};

/// Sends a heartbeat every period, until dropped.
pub(super) async fn beat(shared: Arc<FileMember>) {
    let mut ticks = interval(shared.period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    loop {
        ticks.tick().await;
        let beating = Arc::clone(&shared);
        let root = shared.store.root().display();
        match blocking(move || beating.store.beat(&mut beating.own())).await {
            Ok(Ok(lost)) => {
                if lost {
                    set(&shared, LeaseState::Lost { since: Instant::now() });
                    tracing::warn!(
                        "records of this process had disappeared from {root}; registered them again"
                    );
                }
                last = Instant::now();
                set(&shared, LeaseState::Held);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot refresh the records in {root}");
                if last.elapsed() > shared.store.ttl() {
                    set(&shared, LeaseState::Lost { since: Instant::now() });
                }
            }
            Err(error) => tracing::error!(?error, "cannot refresh the records in {root}"),
        }
    }
}

fn set(shared: &FileMember, state: LeaseState) {
    shared.lease.send_if_modified(|now| {
        let keep =
            matches!((*now, state), (LeaseState::Lost { .. }, LeaseState::Lost { .. })) || *now == state;
        if !keep && *now != LeaseState::Closed {
            *now = state;
        }
        !keep
    });
}
