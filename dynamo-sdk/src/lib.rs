//! Turns an annotated struct into a discoverable, callable service of a distributed system, on the wire of NVIDIA Dynamo
//! 1.6.1: what this serves, real Dynamo processes call, and what they serve, this calls.
//!
//! ```no_run
//! use dynamo_sdk::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Say {
//!     text: String,
//! }
//!
//! #[derive(Serialize, Deserialize)]
//! struct Said {
//!     text: String,
//! }
//!
//! #[component(namespace = "demo")]
//! struct Echo {
//!     prefix: String,
//! }
//!
//! #[endpoints]
//! impl Echo {
//!     /// Returns the text behind the configured prefix.
//!     #[endpoint]
//!     async fn say(&self, request: Say) -> Result<Said, EndpointError> {
//!         Ok(Said { text: format!("{}{}", self.prefix, request.text) })
//!     }
//!
//!     /// Streams the words of the text, one by one.
//!     #[endpoint]
//!     async fn words(&self, request: Say) -> impl Stream<Item = Said> {
//!         let words: Vec<String> = request.text.split_whitespace().map(str::to_owned).collect();
//!         stream::iter(words).map(|word| Said { text: format!("{}{word}", self.prefix) })
//!     }
//! }
//!
//! #[dynamo_sdk::main]
//! async fn main(runtime: DistributedRuntime) -> Result<()> {
//!     runtime.serve(Echo { prefix: "> ".into() }).await
//! }
//! ```
//!
//! Its client needs nothing but the type:
//!
//! ```no_run
//! # use dynamo_sdk::prelude::*;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Serialize, Deserialize)] struct Say { text: String }
//! # #[derive(Serialize, Deserialize)] struct Said { text: String }
//! # #[component(namespace = "demo")] struct Echo;
//! # #[endpoints] impl Echo {
//! #     #[endpoint] async fn say(&self, request: Say) -> Said { Said { text: request.text } }
//! #     #[endpoint] async fn words(&self, request: Say) -> impl Stream<Item = Said> { stream::iter([Said { text: request.text }]) }
//! # }
//! # async fn call(runtime: DistributedRuntime) -> Result<()> {
//! let echo = EchoClient::connect(&runtime).await?;
//! let said = echo.say(Say { text: "hello".into() }).await?;
//! let mut words = echo.words(Say { text: "hello world".into() }).timeout(std::time::Duration::from_secs(1)).await?;
//! while let Some(word) = words.try_next().await? {
//!     println!("{}", word.text);
//! } // dropping the stream cancels the handler
//! # Ok(()) }
//! ```
//!
//! The same program runs in one process, in several processes of one machine without any server, and on a cluster with
//! etcd and NATS; only [settings](Config) differ. The features `etcd` and `nats` add those; building `etcd-client` needs
//! `protoc`. `logging` writes log lines to standard error; without it, bring a `tracing` subscriber to see them.
//!
//! - [`component`](macro@component), [`endpoints`](macro@endpoints), [`main`](macro@main) are what one writes;
//! - [`DistributedRuntime`] serves components and finds them, [`Runtime`] is the local layer below it;
//! - [`Call`] and [`StreamCall`] are calls with their options, [`CallError`] is why one failed;
//! - [`Context`] is what a handler knows of its request;
//! - [`events`] tell everybody who cares what happened;
//! - [`discovery`] tells who is there, [`router`] picks one, [`engine`](mod@engine) is what runs, and [`pipeline`] what lies between.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod address;
mod client;
pub mod component;
mod config;
pub mod describe;
pub mod discovery;
pub mod engine;
mod error;
pub mod events;
mod handles;
#[doc(hidden)]
pub mod macro_support;
mod node;
pub mod pipeline;
pub mod prelude;
mod process;
pub mod router;
mod runtime;
mod server;
mod service;
mod transport;
pub(crate) mod wire;

pub use crate::address::names::{
    ComponentId, ComponentName, EndpointId, EndpointName, InstanceId, MAX_NAME_LEN, NamespaceName, TopicName,
};
pub use crate::client::call::{Call, StreamCall};
pub use crate::client::handle::Client;
pub use crate::component::double::Double;
pub use crate::component::mount::{Component, Endpoints};
pub use crate::component::typed::ComponentClient;
pub use crate::config::events::EventPlane;
pub use crate::config::value::Secret;
pub use crate::config::{Config, ConfigBuilder, DiscoveryBackend, RequestPlane};
pub use crate::engine::AsyncEngine;
pub use crate::engine::context::Context;
pub use crate::engine::input::RequestStream;
pub use crate::engine::stream::ResponseStream;
pub use crate::engine::trace::Trace;
pub use crate::error::call::{CallError, Stage};
pub use crate::error::endpoint::class::{ErrorClass, Reason};
pub use crate::error::endpoint::{EndpointError, PublicDetail};
pub use crate::error::metadata::{MAX_METADATA_BYTES, MAX_METADATA_ENTRIES};
pub use crate::error::{BoxError, Error, ErrorKind, Result};
pub use crate::events::publisher::EventPublisher;
pub use crate::events::subscription::{Event, EventSubscription};
pub use crate::node::{DistributedRuntime, LocalCluster};
pub use crate::runtime::Runtime;
pub use crate::server::serve::Serving;
pub use crate::wire::codec::Codec;
pub use crate::wire::instance::Instance;
#[cfg(feature = "macros")]
pub use dynamo_macros::{
    client, component, endpoint, endpoints, engine, health, main, on_start, on_stop, operator, subscribe,
    test,
};

/// The programs of the README are compiled and run with the documentation tests.
#[cfg(doctest)]
#[cfg(feature = "macros")]
#[doc = include_str!("../../README.md")]
struct Readme;
