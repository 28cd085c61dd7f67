//! The macros of `dynamo-sdk`. Use them through that crate.
//!
//! Every attribute takes the same way through the rooms of this crate; `driver` is that way in a few lines:
//!
//! - `syntax`: the item as the user wrote it, and questions to syn types. Judges nothing.
//! - `attr`: the attributes, their keys and values. A new key starts in `attr/grammar.rs`.
//! - `model`: what an item means, as plain data.
//! - `read`: item and keys to model. The stage that fails.
//! - `check`: the rules between several items. It leaves the model alone, and lists what the code omits.
//! - `expand`: model to code.
//!
//! Whatever is wrong, the user's item is emitted. A room uses only itself and rooms below it, which a test
//! enforces.

mod attr;
mod check;
mod driver;
mod errors;
mod expand;
mod model;
mod names;
mod read;
mod syntax;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use crate::attr::grammar::Attribute;

#[doc = include_str!("../docs/component.md")]
#[proc_macro_attribute]
pub fn component(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Component, args.into(), item.into()).into()
}

/// Marks a field of a component as the client of another component. Anywhere else it is an error.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Tokenizer;
/// # #[endpoints] impl Tokenizer { #[endpoint] async fn cut(&self, text: String) -> usize { text.len() } }
/// #[component(namespace = "demo")]
/// struct Frontend {
///     #[client]
///     tokenizer: TokenizerClient,
///     limit: usize,
/// }
/// # #[endpoints] impl Frontend { #[endpoint] async fn show(&self) -> usize { let _ = &self.tokenizer; self.limit } }
/// # let _ = |runtime: DistributedRuntime| async move { Frontend::connect(&runtime, 3).await };
/// ```
///
/// generates `Frontend::connect(&runtime, limit)`, which connects the clients and takes the other fields in
/// order, and fills in `Component::DEPENDENCIES`. A call within one process goes straight to the engine.
#[proc_macro_attribute]
pub fn client(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Client, args.into(), item.into()).into()
}

#[doc = include_str!("../docs/endpoints.md")]
#[proc_macro_attribute]
pub fn endpoints(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Endpoints, args.into(), item.into()).into()
}

/// Marks an endpoint, in an `impl` block with `#[endpoints]` or a `trait` with `#[component]`. Anywhere else
/// it is an error.
///
/// The attribute of the block consumes it, so it needs no import.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Squares;
/// # #[endpoints] impl Squares {
/// #[endpoint(name = "square", timeout = "250ms", max_in_flight = 8, queue = 32, idempotent, canary = 3)]
/// async fn of(&self, number: u64) -> u64 {
///     number * number
/// }
/// # }
/// ```
///
/// Keys:
/// - `name = "other"`: the name of the endpoint in the system; by default the name of the method.
/// - `stream`: the return type is an alias of a stream.
/// - `stream = T` or `stream = Result<T, E>`: the same, with the type of the items. Required if they are
///   results.
/// - `timeout = "250ms"` (`s`, `m`, `h`): the time limit of a call, counted from its admission. The handler
///   finds the earlier of this and the caller's deadline in its `Context`, and is killed at that time; the
///   caller receives `DeadlineExceeded`.
/// - `max_in_flight = N`, with `queue = Q` (default 0): N calls run and Q wait; further calls are rejected.
/// - `idempotent`: the handler may run twice for one call. The client's method then also retries on another
///   instance if one is lost, silent or unavailable before its first item.
/// - `on_disconnect = kill | stop | ignore`: the effect of a lost caller on the handler. `kill` (the default)
///   drops it, `stop` asks it to finish, `ignore` lets it complete. Limits and shutdown still apply, and a
///   broken stream of requests always ends its handler.
/// - `cpu`: the handler may block its thread, and runs on the blocking threads of the primary pool
///   (`DYN_RUNTIME_MAX_BLOCKING_THREADS`). A kill takes effect at its next `.await`.
/// - `canary = expression` (of the request's type): the request of a health probe, sent after
///   `DYN_CANARY_WAIT_TIME` without a successful call. If it fails, the endpoint is deregistered until a call
///   succeeds.
/// - `pipeline = [One, Two]`: the operators between the caller and the handler, with `request = T` and
///   `response = T` if the caller's types differ from the handler's.
#[proc_macro_attribute]
pub fn endpoint(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Endpoint, args.into(), item.into()).into()
}

/// Marks the method that runs before the component is registered, in an `impl` block with `#[endpoints]`.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Echo;
/// # #[endpoints] impl Echo {
/// #[on_start]
/// async fn warm_up(&self, runtime: &DistributedRuntime) -> std::io::Result<()> {
///     println!("starting as {}", runtime.instance_id());
///     Ok(())
/// }
/// # #[endpoint] async fn say(&self) {}
/// # }
/// ```
///
/// The argument is optional. The error type is anything that converts into `BoxError`. An error ends
/// `serve(…)` with `ErrorKind::Component` and leaves nothing registered. A block has at most one. It takes no
/// keys.
#[proc_macro_attribute]
pub fn on_start(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::OnStart, args.into(), item.into()).into()
}

/// Marks the method that runs after the last call, in an `impl` block with `#[endpoints]`:
/// `async fn bye(&self)`.
///
/// It has `DYN_SDK_SHUTDOWN_GRACE_SECS` to finish, runs on the primary pool, and only if the component
/// started. Clients of the runtime still work. A block has at most one. It takes no keys.
#[proc_macro_attribute]
pub fn on_stop(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::OnStop, args.into(), item.into()).into()
}

/// Marks the health check of a component, in an `impl` block with `#[endpoints]`.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Echo { ready: bool }
/// # #[endpoints] impl Echo {
/// #[health]
/// async fn health(&self) -> bool {
///     self.ready
/// }
/// # #[endpoint] async fn say(&self) {}
/// # }
/// ```
///
/// It may also return `Result<(), E>`; the error is the reason.
///
/// It runs every `DYN_CANARY_WAIT_TIME` and has `DYN_HEALTH_CHECK_REQUEST_TIMEOUT` to answer. An unhealthy
/// component is deregistered until it recovers, and still answers calls. A block has at most one. It takes no
/// keys.
#[proc_macro_attribute]
pub fn health(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Health, args.into(), item.into()).into()
}

/// Makes an `async fn` a node of a pipeline: `tokenize` becomes `Tokenize`, linked with `.link(Tokenize)`.
///
/// ```
/// # use dynamo_sdk::engine::{AsyncEngine, ManyOut, SingleIn};
/// # use dynamo_sdk::pipeline::{Edge, operator};
/// # use dynamo_sdk::prelude::*;
/// #[operator]
/// async fn tokenize(request: SingleIn<String>, next: Edge<Vec<u8>, ManyOut<u32>>) -> Result<ManyOut<u32>, CallError> {
///     next.generate(request.map(String::into_bytes)).await
/// }
/// # let _ = dynamo_sdk::pipeline::Source::open().link(Tokenize);
/// ```
///
/// The first argument is the request, `SingleIn<T>` or `ManyIn<T>`. The `Edge` is the next node, with the
/// request and the response types there; the `Ok` value is the response that is passed back. The error is
/// `CallError` or converts into it. The function itself is emitted unchanged.
///
/// On an `impl` block, the method `generate` is the node, and the type may hold state:
///
/// ```
/// # use dynamo_sdk::engine::{AsyncEngine, SingleIn};
/// # use dynamo_sdk::pipeline::{Edge, operator};
/// # use dynamo_sdk::prelude::*;
/// # struct Limit { of: u32 }
/// #[operator]
/// impl Limit {
///     async fn generate(&self, request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
///         next.generate(request.map(|n| n.min(self.of))).await
///     }
/// }
/// ```
///
/// Keys: `name = Other`, the name of the type that is generated for a function; `crate`.
#[proc_macro_attribute]
pub fn operator(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Operator, args.into(), item.into()).into()
}

/// Makes an `async fn` an engine: `reverse` becomes `Reverse`, which ends a pipeline with `.sink(Reverse)`.
///
/// ```
/// # use dynamo_sdk::engine::SingleIn;
/// # use dynamo_sdk::pipeline::engine;
/// # use dynamo_sdk::prelude::*;
/// #[engine]
/// async fn reverse(request: SingleIn<String>) -> Result<String, CallError> {
///     Ok(request.payload().chars().rev().collect())
/// }
/// ```
///
/// On an `impl` block, the method `generate` is the engine:
/// `async fn generate(&self, request: SingleIn<String>) -> …`.
///
/// Keys: `name = Other`, the name of the type that is generated for a function; `crate`.
#[proc_macro_attribute]
pub fn engine(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Engine, args.into(), item.into()).into()
}

/// Subscribes a method to events while the component is served, in an `impl` block with `#[endpoints]`.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[derive(serde::Deserialize)] struct Load { running: u32 }
/// # #[component(namespace = "demo")] struct Balancer;
/// # #[endpoints] impl Balancer {
/// /// Of the component itself.
/// #[subscribe(topic = "load")]
/// async fn on_load(&self, event: Event<Load>) {
///     println!("{} runs {}", event.publisher, event.payload.running);
/// }
///
/// /// Of its namespace as a whole, and without what comes with the payload.
/// #[subscribe(topic = "load", scope = namespace)]
/// async fn on_any_load(&self, load: Load) -> std::io::Result<()> {
/// #   drop(load); Ok(())
///     // …
/// }
///
/// /// Of one endpoint.
/// #[subscribe(topic = "kv_metrics", component = "backend", endpoint = "generate")]
/// async fn on_metrics(&self, event: Event<Load>) {
/// #   drop(event);
///     // …
/// }
/// # }
/// ```
///
/// The method takes the event, or its payload alone. Events are handled one at a time, in order of arrival,
/// concurrently with calls. Pending events wait in the queue of the subscription, which drops the oldest when
/// it is full. An error (`E` is anything that converts into `BoxError`), a panic and a payload of another
/// type are logged and counted, see `Serving::listeners`; the next event is then handled. Events are best
/// effort, see the module `events`.
///
/// Keys:
/// - `topic = "…"` (required);
/// - `scope = namespace | component | endpoint`: who publishes the events. The default is `endpoint` with
///   that key, and `component` without it;
/// - `namespace = "…"`, `component = "…"`, `endpoint = "…"`: the publisher. Namespace and component default
///   to those of the component itself.
///
/// The subscriptions open before `#[on_start]` runs, the first event is handled after it, and the last one
/// before `#[on_stop]` runs. `EchoClient::local(component)` opens none. A method may have the attribute
/// several times.
#[proc_macro_attribute]
pub fn subscribe(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Subscribe, args.into(), item.into()).into()
}

/// Runs an `async fn main` on a `DistributedRuntime` that is configured from the environment.
///
/// ```no_run
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Echo;
/// # #[endpoints] impl Echo { #[endpoint] async fn say(&self) {} }
/// #[dynamo_sdk::main]
/// async fn main(runtime: DistributedRuntime) -> Result<()> {
///     runtime.serve(Echo).await
/// }
/// ```
///
/// The argument is optional. The function returns nothing or `Result<(), E>`, where `E` is any error or
/// `Box<dyn Error>`. The only key is `crate`.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Main, args.into(), item.into()).into()
}

/// Runs an `async fn` as a test, on an in-memory `DistributedRuntime`.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Echo;
/// # #[endpoints] impl Echo { #[endpoint] async fn say(&self, text: String) -> String { text } }
/// #[dynamo_sdk::test]
/// async fn returns_the_text(runtime: DistributedRuntime) -> Result<()> {
///     let _serving = runtime.serve(Echo).start().await?;
///     let echo = EchoClient::connect(&runtime).await?;
///     assert_eq!(echo.say("hello".to_owned()).await?, "hello");
///     Ok(())
/// }
/// ```
///
/// Several arguments are several runtimes that discover each other:
/// `async fn one_leaves(server: DistributedRuntime, client: DistributedRuntime)`.
///
/// The argument is optional. A single component needs no runtime: `EchoClient::local(Echo)` calls it in any
/// async test. The only key is `crate`.
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Test, args.into(), item.into()).into()
}
