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

#[doc(hidden)]
#[path = "macro_support.rs"]
pub mod __private;
mod address;
pub mod client;
pub mod component;
mod config;
pub mod describe;
pub mod discovery;
pub mod engine;
mod error;
pub mod events;
pub mod handles;
mod node;
pub mod pipeline;
pub mod prelude;
mod process;
pub mod router;
mod runtime;
pub mod server;
mod service;
mod sync;
mod transport;
mod wire;

pub use address::{
    ComponentId, ComponentName, EndpointId, EndpointName, InstanceId, InvalidName, MAX_NAME_LEN,
    NamespaceName, TopicName,
};
pub use client::{Call, Client, StreamCall};
pub use component::{Component, ComponentClient, Double, Endpoints};
pub use config::{Config, ConfigBuilder, DiscoveryBackend, EventPlane, RequestPlane, Secret};
pub use discovery::Instance;
#[cfg(feature = "macros")]
pub use dynamo_macros::{
    client, component, endpoint, endpoints, engine, health, main, on_start, on_stop, operator, subscribe,
    test,
};
pub use engine::{AsyncEngine, Context, RequestStream, ResponseStream, Trace};
pub use error::{
    BoxError, CallError, EndpointError, Error, ErrorClass, ErrorKind, MAX_METADATA_BYTES,
    MAX_METADATA_ENTRIES, PublicDetail, Reason, Result, Stage,
};
pub use events::{Event, EventPublisher, EventSubscription};
pub use node::{DistributedRuntime, LocalCluster};
#[cfg(feature = "logging")]
pub use process::logging;
pub use runtime::Runtime;
pub use server::Serving;
pub use wire::codec::Codec;

/// The programs of the README are compiled and run with the documentation tests.
#[cfg(doctest)]
#[cfg(feature = "macros")]
#[doc = include_str!("../../README.md")]
struct Readme;
