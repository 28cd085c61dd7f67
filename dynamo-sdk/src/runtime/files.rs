//! The limit on open files, which bounds the calls that a process can answer: each has a connection to its caller.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files reserved for everything but calls: listeners, request connections, discovery, and those of the program.
const RESERVE: u64 = 128;

/// The share of the remaining files for running calls, in quarters; the rest is for queued ones.
const RUNNING_QUARTERS: usize = 3;

/// Returns the soft limit on open files; `None` if there is none.
fn soft_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Raises the soft limit on open files to the hard one. Programs that use `select` with file descriptors above 1023 must
/// not do so; the runtimes and libraries of this SDK use `epoll`.
pub(crate) fn raise_soft_limit() {
    let limits = getrlimit(Resource::Nofile);
    if limits.current != limits.maximum {
        // The old limit stays in effect.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, maximum: limits.maximum });
    }
}

/// Reduces the limits of running and queued calls to what the limit on open files allows, and logs it.
pub(crate) fn bounded(running: usize, queued: usize) -> (usize, usize) {
    let Some(files) = soft_limit() else { return (running, queued) };
    let (fit_running, fit_queued) = fit(running, queued, files);
    if fit_running < running {
        tracing::warn!(
            open_files = files,
            running = fit_running,
            queued = fit_queued,
            "the limit on open files allows fewer calls than DYN_TCP_WORKER_POOL_SIZE={running}; raise it, for example \
             with `ulimit -n`"
        );
    } else if fit_queued < queued {
        // The default queue is longer than the usual limit on files, and rarely full.
        tracing::debug!(
            open_files = files,
            queued = fit_queued,
            "the limit on open files shortens the queue of calls"
        );
    }
    (fit_running, fit_queued)
}

fn fit(running: usize, queued: usize, files: u64) -> (usize, usize) {
    let room = usize::try_from(files.saturating_sub(RESERVE)).unwrap_or(usize::MAX).max(2);
    if running.saturating_add(queued) <= room {
        return (running, queued);
    }
    let running = running.min((room / 4 * RUNNING_QUARTERS).max(1));
    (running, queued.min(room - running))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_bounded_by_the_files_that_they_need() {
        assert_eq!(fit(10_000, 40_000, 100_000), (10_000, 40_000));
        assert_eq!(fit(10_000, 40_000, 1_024), (672, 224));
        assert_eq!(fit(100, 40_000, 1_024), (100, 796));
        assert_eq!(fit(10_000, 40_000, 64), (1, 1));
        assert_eq!(fit(10, 10, 1_024), (10, 10));
    }
}
