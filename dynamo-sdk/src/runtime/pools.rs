//! The two thread pools, owned or borrowed.

use std::future::Future;

use tokio::runtime::{Builder, Handle, Runtime as Pool};

use crate::config::runtime::RuntimeSettings;
use crate::error::{Error, ErrorKind, Result};

/// Two separate Tokio runtimes.
///
/// Dropping this shuts down owned pools without waiting, because waiting would panic in async code.
#[derive(Debug)]
pub(super) struct Pools {
    primary: Handle,
    secondary: Handle,
    owned: Vec<Pool>,
}

impl Pools {
    pub(super) fn owned(settings: &RuntimeSettings) -> Result<Self> {
        let mut builder = Builder::new_multi_thread();
        if settings.num_worker_threads > 0 {
            builder.worker_threads(settings.num_worker_threads);
        }
        if settings.max_blocking_threads > 0 {
            builder.max_blocking_threads(settings.max_blocking_threads);
        }
        let primary = start(builder.thread_name("dynamo-primary"), "primary")?;
        let secondary = secondary(settings.secondary_threads)?;
        Ok(Self {
            primary: primary.handle().clone(),
            secondary: secondary.handle().clone(),
            owned: vec![primary, secondary],
        })
    }

    pub(super) fn borrowed(primary: Handle) -> Result<Self> {
        let secondary = secondary(1)?;
        Ok(Self { primary, secondary: secondary.handle().clone(), owned: vec![secondary] })
    }

    pub(super) fn single() -> Result<Self> {
        // A one-worker pool instead of a current-thread runtime, so that tasks run without a `block_on`.
        let primary =
            start(Builder::new_multi_thread().worker_threads(1).thread_name("dynamo-primary"), "primary")?;
        let secondary = secondary(1)?;
        Ok(Self {
            primary: primary.handle().clone(),
            secondary: secondary.handle().clone(),
            owned: vec![primary, secondary],
        })
    }

    pub(super) fn primary(&self) -> &Handle {
        &self.primary
    }

    pub(super) fn secondary(&self) -> &Handle {
        &self.secondary
    }

    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.primary.block_on(future)
    }
}

impl Drop for Pools {
    fn drop(&mut self) {
        for pool in self.owned.drain(..) {
            pool.shutdown_background();
        }
    }
}

fn secondary(threads: usize) -> Result<Pool> {
    start(
        Builder::new_multi_thread().worker_threads(threads.max(1)).thread_name("dynamo-secondary"),
        "secondary",
    )
}

fn start(builder: &mut Builder, which: &str) -> Result<Pool> {
    builder.enable_all().build().map_err(|source| {
        Error::new(ErrorKind::Internal, format!("cannot start the threads of the {which} pool"))
            .with_source(source)
    })
}
