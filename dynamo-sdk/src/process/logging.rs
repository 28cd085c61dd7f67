//! Log lines on standard error, for programs that bring no subscriber of their own (feature `logging`).

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// Sets up log lines as `DYN_LOG` and `DYN_LOGGING_JSONL` say, unless the program has a subscriber already.
///
/// `#[dynamo_sdk::main]` calls this; nothing else in the SDK touches the subscriber.
///
/// # Errors
/// [`ErrorKind::Invalid`] if `DYN_LOG` is no filter.
pub fn try_init(config: &Config) -> Result<()> {
    let filter: Targets = config.logging.log.parse().map_err(|source| {
        let what = format!("DYN_LOG={}: expected a filter such as info,dynamo_sdk=debug", config.logging.log);
        Error::new(ErrorKind::Invalid, what).because(Box::<dyn std::error::Error + Send + Sync>::from(source))
    })?;
    // Colours are for people: a file or a collector gets plain text.
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let layer = if config.logging.logging_jsonl { lines.json().boxed() } else { lines.boxed() };
    // A second subscriber is refused, which is what we want.
    let _ = Registry::default().with(layer.with_filter(filter)).try_init();
    Ok(())
}
