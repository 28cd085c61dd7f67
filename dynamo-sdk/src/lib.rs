//! stub
mod backoff;
mod codec;
mod component;
mod config;
pub mod discovery;
mod engine;
mod error;
mod names;
mod plane;
pub mod router;
mod runtime;
pub use codec::Codec;
pub use config::*;
pub use error::*;
pub use names::*;
pub use runtime::Runtime;
