//! The process lifecycle: settings, pools, signals, ordered shutdown, exit code. The only code that
//! exits the process.

use std::fmt::Display;
use std::future::Future;
use std::io::Write;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::chain::chain;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::node::DistributedRuntime;
use crate::runtime::Runtime;

/// How long `main` may leave a signal unnoticed before it counts as blocked.
const NOTICE: Duration = Duration::from_millis(250);

/// Exit codes, all below 128, where shells report signals. See
/// docs/operations/exit-codes.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    /// `main` returned an error.
    Failed = 1,
    /// A setting is invalid.
    Settings = 2,
    /// A server was unreachable, or rejected the process, at startup.
    Unreachable = 3,
    /// Calls did not finish within the shutdown limits.
    Abandoned = 4,
    /// A second signal arrived.
    Forced = 5,
}

/// A valid return type of `main`.
#[diagnostic::on_unimplemented(
    message = "`main` cannot return `{Self}`",
    label = "this cannot be converted into an exit code",
    note = "`main` returns nothing, or a `Result<(), E>` whose error implements `std::error::Error`",
    note = "a boxed error must be `dynamo_sdk::BoxError`, or `Box<dyn Error>` if written out and not behind an alias"
)]
pub trait IntoMainResult {
    /// Returns the error, if any.
    fn into_failure(self) -> Option<BoxError>;
}

impl IntoMainResult for () {
    fn into_failure(self) -> Option<BoxError> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoMainResult for Result<(), E> {
    fn into_failure(self) -> Option<BoxError> {
        self.err().map(Into::into)
    }
}

/// Adapts a `main` that returns `Box<dyn Error>`, which does not convert into a `Send` error.
///
/// # Errors
/// Those of `main`, reduced to their text.
///
/// # Cancel safety
/// That of `main`.
pub async fn boxed<T>(
    main: impl Future<Output = Result<T, Box<dyn std::error::Error>>>,
) -> Result<T, BoxError> {
    main.await.map_err(|error| chain(&*error).to_string().into())
}

/// Implements `#[dynamo_sdk::main]`: connects as configured, runs `main`, and shuts down in order when
/// it returns or the process is asked to terminate.
pub fn run<F, Fut, R>(main: F) -> ExitCode
where
    F: FnOnce(DistributedRuntime) -> Fut,
    Fut: Future<Output = R>,
    R: IntoMainResult,
{
    #[cfg(feature = "_network")]
    crate::runtime::files::raise_soft_limit();
    let started = Config::from_env().and_then(|config| {
        #[cfg(feature = "logging")]
        crate::process::logging::try_init(&config)?;
        Ok((Runtime::new(&config)?, config))
    });
    let (runtime, config) = match started {
        Ok(started) => started,
        Err(error) => return refuse(&error),
    };
    let exit = runtime.block_on(live(&runtime, config, main));
    ExitCode::from(exit as u8)
}

async fn live<F, Fut, R>(runtime: &Runtime, config: Config, main: F) -> Exit
where
    F: FnOnce(DistributedRuntime) -> Fut,
    Fut: Future<Output = R>,
    R: IntoMainResult,
{
    let interrupted = CancellationToken::new();
    let signalled = interrupted.clone();
    // On the secondary pool, where handlers cannot delay it. Installed before anything else: from here
    // on, no signal ends the process without a shutdown.
    match runtime.on_secondary(async { Signals::new() }).await {
        Ok(Ok(signals)) => runtime.spawn_watchdog(watch_signals(signals, signalled)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "cannot install signal handlers; a signal will end the process without a shutdown");
        }
        Err(error) => return report(&error),
    }
    let distributed = tokio::select! {
        biased;
        made = DistributedRuntime::new(runtime.clone(), config) => match made {
            Ok(distributed) => distributed,
            Err(error) => return report(&error),
        },
        () = interrupted.cancelled() => return Exit::Done,
    };
    let (noticed, left) = (CancellationToken::new(), CancellationToken::new());
    // Dropped after `main`, whose destructors may block too.
    let _left = left.clone().drop_guard();
    runtime.spawn_watchdog(leave_blocked(distributed.clone(), interrupted.clone(), noticed.clone(), left));
    let mut main = pin!(main(distributed.clone()));
    let outcome = tokio::select! {
        biased;
        outcome = &mut main => Some(outcome),
        () = interrupted.cancelled() => None,
    };
    noticed.cancel();
    let outcome = match outcome {
        Some(outcome) => Some(outcome),
        // `main` keeps running during the shutdown, so that a `serve` it awaits can return.
        None => tokio::select! {
            biased;
            outcome = &mut main => Some(outcome),
            _ = distributed.shutdown() => None,
        },
    };
    let clean = distributed.shutdown().await;
    match outcome.and_then(IntoMainResult::into_failure) {
        Some(error) => {
            print_error(&chain(&*error));
            Exit::Failed
        }
        None if clean => Exit::Done,
        None => Exit::Abandoned,
    }
}

fn refuse(error: &Error) -> ExitCode {
    ExitCode::from(report(error) as u8)
}

fn report(error: &Error) -> Exit {
    print_error(&chain(error));
    match error.kind() {
        ErrorKind::Invalid => Exit::Settings,
        ErrorKind::Unreachable | ErrorKind::Denied | ErrorKind::TimedOut => Exit::Unreachable,
        _ => Exit::Failed,
    }
}

/// Prints an error if standard error takes it: the reader of a log may be gone, which must not keep the process.
fn print_error(error: &dyn Display) {
    let _ = writeln!(std::io::stderr(), "error: {error}");
}

/// Waits for two signals: the first starts an orderly shutdown, the second ends the process.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the second signal must end the process immediately"
)]
async fn watch_signals(mut signals: Signals, interrupted: CancellationToken) {
    let signal = signals.next().await;
    tracing::info!(signal, "shutting down; a second signal ends the process at once");
    interrupted.cancel();
    let signal = signals.next().await;
    print_error(&format!("received {signal} during shutdown, exiting immediately"));
    std::process::exit(Exit::Forced as i32);
}

/// Shuts down after a signal also when `main` blocks its thread, on which nothing else can then happen. `noticed` says
/// that it does not, `left` that the process ends by itself.
#[expect(clippy::exit, clippy::disallowed_methods, reason = "a thread that is blocked cannot be ended")]
async fn leave_blocked(
    distributed: DistributedRuntime,
    interrupted: CancellationToken,
    noticed: CancellationToken,
    left: CancellationToken,
) {
    if left.run_until_cancelled(interrupted.cancelled()).await.is_none() {
        return;
    }
    if timeout(NOTICE, noticed.cancelled()).await.is_err() {
        tracing::warn!("waiting for `main`, which blocks its thread; a second signal does not wait");
    }
    let patience = distributed.config().runtime.graceful_shutdown_timeout;
    let end = async {
        distributed.shutdown().await;
        sleep(patience).await;
    };
    if left.run_until_cancelled(end).await.is_some() {
        print_error(&format!(
            "`main` still blocks its thread {patience:?} after the shutdown, exiting without it"
        ));
        std::process::exit(Exit::Abandoned as i32);
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "ctrl-C"
    }
}
