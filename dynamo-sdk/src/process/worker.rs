//! The process: settings, pools, signals, ordered shutdown, exit code. The only place that ends it.

use std::fmt::Display;
use std::future::Future;
use std::pin::pin;
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::chain::chain;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::node::DistributedRuntime;
use crate::runtime::Runtime;

/// How a process ended; all below 128, where a shell reports signals. See the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    /// `main` returned an error.
    Failed = 1,
    /// A setting is wrong.
    Settings = 2,
    /// A server could not be reached, or refused us, at the start.
    Unreachable = 3,
    /// Work did not end within the limits of the shutdown.
    Abandoned = 4,
    /// A second signal.
    Forced = 5,
}

/// What `main` may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what `main` can return",
    label = "this does not say how the process ends",
    note = "`main` returns nothing, or a `Result<(), E>` whose error implements `std::error::Error`",
    note = "an error in a box is `dynamo_sdk::BoxError`, or `Box<dyn Error>` if it is written like that and not behind an alias"
)]
pub trait IntoMainResult {
    /// The error, if it is one.
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

/// A `main` whose error is a `Box<dyn Error>`, which nothing converts into one that may change threads.
///
/// # Errors
/// The same, as text.
///
/// # Cancel safety
/// That of `main`.
pub async fn boxed<T>(
    main: impl Future<Output = Result<T, Box<dyn std::error::Error>>>,
) -> Result<T, BoxError> {
    main.await.map_err(|error| chain(&*error).to_string().into())
}

/// The body of `#[dynamo_sdk::main]`: connects as the settings say, runs `main`, and shuts down in order after it, or
/// when the process is asked to end.
pub fn run<F, Fut, R>(main: F) -> ExitCode
where
    F: FnOnce(DistributedRuntime) -> Fut,
    Fut: Future<Output = R>,
    R: IntoMainResult,
{
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
    // On the secondary pool, where handlers cannot be in the way. Installed before anything else happens: from here on, no
    // signal ends the process without its shutdown.
    match runtime.on_secondary(async { Signals::new() }).await {
        Ok(Ok(signals)) => drop(runtime.spawn_secondary(watch_signals(signals, signalled))),
        Ok(Err(error)) => {
            tracing::warn!(%error, "signals cannot be handled; the process ends without a shutdown when it gets one");
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
    let mut main = pin!(main(distributed.clone()));
    let outcome = tokio::select! {
        biased;
        outcome = &mut main => Some(outcome),
        () = interrupted.cancelled() => None,
    };
    let outcome = match outcome {
        Some(outcome) => Some(outcome),
        // `main` goes on during the shutdown, so that what waits for the end of its service returns.
        None => tokio::select! {
            biased;
            outcome = &mut main => Some(outcome),
            _ = distributed.shutdown() => None,
        },
    };
    let clean = distributed.shutdown().await;
    match outcome.and_then(IntoMainResult::into_failure) {
        Some(error) => {
            complain(&chain(&*error));
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
    complain(&chain(error));
    match error.kind() {
        ErrorKind::Invalid => Exit::Settings,
        ErrorKind::Unreachable | ErrorKind::Denied | ErrorKind::TimedOut => Exit::Unreachable,
        _ => Exit::Failed,
    }
}

#[expect(clippy::print_stderr, reason = "the last words of a process, which may have no log")]
fn complain(error: &dyn Display) {
    eprintln!("error: {error}");
}

/// Waits for two signals: the first asks for an orderly end, the second ends the process.
#[expect(clippy::exit, clippy::disallowed_methods, reason = "the second signal means now")]
async fn watch_signals(mut signals: Signals, interrupted: CancellationToken) {
    let signal = signals.next().await;
    tracing::info!(signal, "shutting down; a second signal ends the process at once");
    interrupted.cancel();
    let signal = signals.next().await;
    complain(&format!("{signal} again: ending without shutdown"));
    std::process::exit(Exit::Forced as i32);
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
