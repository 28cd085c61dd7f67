//! stub
mod engine;
mod error;
mod names;
pub use error::*;
pub use names::*;
