//! Pipelines: what lies between a request and the engine that answers it.
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
//! A pipeline begins with a [`Source`], to which nodes are linked from the caller's side to the end. Each
//! [`Operator`] sees both directions: it gets the request and the [`Edge`] to the rest of the pipeline, and returns the
//! response. So it may change the request, answer without calling on, call on twice, and change the response. What is
//! linked must fit: the compiler checks the types of every edge. Linking takes the open pipeline and returns another, so
//! that nothing is linked twice, and a node owns what is below it, so that no cycle can be made.
//!
//! ```
//! use dynamo_sdk::engine::engine_fn;
//! use dynamo_sdk::pipeline::{Edge, Operator, Source};
//! use dynamo_sdk::prelude::*;
//!
//! /// Splits the prompt into words before it goes on, and puts the answers together.
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
//! A [`Pipeline`] is an engine: it can be called, put below another source, or served. The network may lie on any edge:
//! a [`SegmentSink`](crate::handles::segment::SegmentSink) calls an endpoint, and a [`SegmentSource`](crate::handles::segment::SegmentSource) is one, so that a pipeline is cut into processes without
//! a change of its nodes.
//!
//! | | goes | ends where |
//! |---|---|---|
//! | stop of the source's context | down, over every edge and segment | at nodes that look at their context |
//! | kill, deadline | down | at once at the source, with an error of class `Cancelled` or `DeadlineExceeded`; the work below is dropped |
//! | dropping the response | down, from the edge where it was dropped | the work below is dropped |
//! | an error of a node | up | at the first operator that does something about it, else at the source |

pub(crate) mod edge;
#[cfg(feature = "tower")]
pub(crate) mod layer;
pub(crate) mod node;
pub(crate) mod operator;
pub(crate) mod source;

pub use crate::pipeline::edge::Edge;
#[cfg(feature = "tower")]
pub use crate::pipeline::layer::{EngineService, ServiceEngine, call_error};
pub use crate::pipeline::operator::{
    MapItems, MapRequest, MapResponse, Operator, OperatorFn, map_items, map_request, map_response,
    operator_fn,
};
pub use crate::pipeline::source::{Entry, Open, Pipeline, Source};
