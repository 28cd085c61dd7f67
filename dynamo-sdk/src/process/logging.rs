//! Logging to standard error for programs that install no subscriber themselves (feature `logging`).

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// Installs a subscriber as configured by `DYN_LOG` and `DYN_LOGGING_JSONL`, unless the program already
/// has one.
///
/// `#[dynamo_sdk::main]` calls this; nothing else in the SDK touches the subscriber.
///
/// # Errors
/// [`ErrorKind::Invalid`] if `DYN_LOG` is not a valid filter.
pub fn try_init(config: &Config) -> Result<()> {
    let filter: Targets = config.logging.log.parse().map_err(|source| {
        let what = format!("DYN_LOG={}: expected a filter such as info,dynamo_sdk=debug", config.logging.log);
        Error::new(ErrorKind::Invalid, what)
            .with_source(Box::<dyn std::error::Error + Send + Sync>::from(source))
    })?;
    // Colors on a terminal only: files and log collectors get plain text.
    // A line that cannot be written is lost: the layer would report it on standard error as well, and panic if that fails.
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .log_internal_errors(false);
    let layer = if config.logging.logging_jsonl { lines.json().boxed() } else { lines.boxed() };
    // Fails if the program installed a subscriber first, which then takes precedence.
    let _ = Registry::default().with(layer.with_filter(filter)).try_init();
    Ok(())
}
