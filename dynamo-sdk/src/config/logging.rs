//! Settings of log output.

use crate::config::builder::ConfigBuilder;
use crate::config::group::{Group, settings};
use crate::config::value::Value;
use crate::error::Result;

settings! {
    /// Settings of log output.
    LoggingSettings {
        /// Log filter, for example `info,dynamo_sdk=debug` (feature `logging`).
        log: String = "info".to_owned(), "DYN_LOG";
        /// Log format: lines of JSON if true, else text.
        logging_jsonl: bool = false, "DYN_LOGGING_JSONL";
    }
}
