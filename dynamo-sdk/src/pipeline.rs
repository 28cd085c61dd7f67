//! Pipelines: composable nodes between a request and the engine that answers it.
//!
//! ```text
//!                 Source            Operator            Operator             Sink
//!   request  ───►  ·  ──── Edge ────►  ·  ──── Edge ────►  ·  ──── Edge ────►  ·    an engine: a handler,
//!                  │                   │                   │                  │    a closure, a remote endpoint
//!   response ◄───  ·  ◄────────────────  ·  ◄──────────────  ·  ◄──────────────  ·
//!
//!   down   the request, with its identity, metadata, deadline, slots; stop and kill
//!   up     the response or the items of a stream; the error of any node
//! ```
//!
//! A pipeline begins with a [`Source`]; nodes are linked from the caller's side towards the end. Each
//! [`Operator`] sees both directions: it receives the request and the [`Edge`] to the rest of the
//! pipeline, and returns the response. It can change the request, answer without calling downstream,
//! call downstream more than once, and change the response. The compiler checks that the types on every
//! edge match. Linking consumes the open pipeline and returns a new one, so no node is linked twice;
//! each node owns its downstream, so no cycle can be built.
//!
//! ```
//! use dynamo_sdk::engine::engine_fn;
//! use dynamo_sdk::pipeline::{Edge, Operator, Source};
//! use dynamo_sdk::engine::{AsyncEngine, ManyOut, SingleIn, async_trait};
//! use dynamo_sdk::prelude::*;
//!
//! /// Splits the prompt into words before passing it on, and describes each answer.
//! struct Tokenize;
//!
//! #[async_trait]
//! impl Operator<String, ManyOut<String>, Vec<String>, ManyOut<usize>> for Tokenize {
//!     async fn generate(
//!         &self,
//!         request: SingleIn<String>,
//!         next: Edge<Vec<String>, ManyOut<usize>>,
//!     ) -> Result<ManyOut<String>, CallError> {
//!         let cx = request.bare();
//!         let tokens = request.map(|prompt| prompt.split_whitespace().map(str::to_owned).collect());
//!         let lengths = next.generate(tokens).await?;
//!         Ok(lengths.transform(&cx, |lengths| lengths.map_ok(|length| format!("{length} letters"))))
//!     }
//! }
//!
//! let lengths = engine_fn(|request: SingleIn<Vec<String>>| async move {
//!     let (words, cx) = request.into_parts();
//!     Ok(ResponseStream::new(stream::iter(words.into_iter().map(|word| Ok(word.len()))), cx))
//! });
//! let pipeline = Source::open().link(Tokenize).sink(lengths);
//! # futures::executor::block_on(async {
//! let items = pipeline.generate(Context::of("two words".to_owned())).await?;
//! assert_eq!(items.try_collect::<Vec<_>>().await?, ["3 letters", "5 letters"]);
//! # Ok::<_, CallError>(()) }).unwrap();
//! ```
//!
//! A [`Pipeline`] is an engine: it can be called, linked below another source, or served. Any edge can
//! cross the network: a [`SegmentSink`](crate::handles::segment::SegmentSink) calls an endpoint and a
//! [`SegmentSource`](crate::handles::segment::SegmentSource) serves one, so a pipeline can be split
//! across processes without changing its nodes.
//!
//! | | direction | ends |
//! |---|---|---|
//! | stop of the source's context | down, across every edge and segment | at nodes that check their context |
//! | kill, deadline | down | immediately at the source, with an error of class `Cancelled` or `DeadlineExceeded`; downstream work is dropped |
//! | dropping the response | down, from the edge where it was dropped | downstream work is dropped |
//! | an error of a node | up | at the first operator that handles it, else at the source |

pub(crate) mod edge;
#[cfg(feature = "tower")]
pub(crate) mod layer;
pub(crate) mod node;
pub(crate) mod operator;
pub(crate) mod source;

#[cfg(feature = "macros")]
pub use dynamo_macros::{engine, operator};

pub use crate::pipeline::edge::Edge;
#[cfg(feature = "tower")]
pub use crate::pipeline::layer::{EngineService, ServiceEngine, call_error};
pub use crate::pipeline::operator::{
    MapItems, MapRequest, MapResponse, Operator, OperatorFn, map_items, map_request, map_response,
    operator_fn,
};
pub use crate::pipeline::source::{Entry, Open, Pipeline, Source};
