//! stub
mod codec;
mod engine;
mod error;
mod names;
mod plane;
pub use codec::Codec;
pub use error::*;
pub use names::*;
