//! The macros of `dynamo-sdk`; use them through that crate, which also documents them in full.
//!
//! Each attribute goes through the same stages, one file per stage: the text of the attribute (`args`), what the user
//! wrote, kept as tokens (`source`, `trait_block`), the model (`component`, `contract`, `endpoints`, `signature`, `returns`),
//! the rules between several endpoints (`validate`), and the code (`expand`). Whatever is wrong, the user's item comes out again.

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

/// Gives a `struct` or an `enum` its identity as a component, and makes its client type; on a `trait`, makes a client and a
/// server of its endpoints.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// #[component(namespace = "demo")]
/// struct Echo {
///     prefix: String,
/// }
/// # #[endpoints] impl Echo { #[endpoint] async fn say(&self, text: String) -> String { format!("{}{text}", self.prefix) } }
/// # let _ = EchoClient::local(Echo { prefix: String::new() });
/// ```
///
/// makes `impl Component for Echo`, and `EchoClient` with the same visibility. `EchoClient::connect(&runtime)` finds the
/// component in the system, `EchoClient::local(Echo { … })` calls it without a runtime, and
/// `EchoClient::from_engine(Double::new().unary("say", …))` calls engines made by hand; these are of the trait
/// `ComponentClient`, which the prelude brings into scope. Keys: `namespace` (required), `name` (the
/// type's name in snake case unless given), `crate` (where the SDK is, `::dynamo_sdk` unless given). The endpoints are
/// written in an `impl` block with `#[endpoints]`.
///
/// # On a trait: a contract
///
/// A trait is what client and server share when they are different crates:
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// #[component(namespace = "demo")]
/// pub trait Backend {
///     #[endpoint]
///     async fn say(&self, text: String) -> Result<String, CallError>;
///
///     #[endpoint]
///     async fn words(&self, cx: Context, text: String) -> Result<ResponseStream<String>, CallError>;
/// }
/// # let _ = |backend: BackendClient| async move { backend.say(String::new()).timeout(std::time::Duration::MAX).await };
/// ```
///
/// makes `BackendClient`, which implements `Backend`, and `BackendServer`, which serves whatever else implements it:
/// `runtime.serve(BackendServer::new(MyBackend)).await`, or `BackendServer::from_arc(shared)`. So a function with an argument `&impl Backend` takes an
/// implementation, its client and a test double alike.
///
/// The trait comes out with `Send + Sync + 'static` and with futures that are `Send`: `async fn f(&self) -> R` becomes
/// `fn f(&self) -> impl Future<Output = R> + Send`. Implementations are still written with `async fn`.
///
/// - An endpoint returns `Result<T, E>`, `Result<ResponseStream<T>, E>`, `impl Stream<Item = Result<T, E>>` or
///   `Result<impl Stream<Item = Result<T, E>>, E>`; an `impl Stream` is made `Send`. A call that does not start is the error
///   of the `Result`; where there is none, it is the first item of the stream. An error with which an implementation does
///   not open a stream reaches a remote caller as the first item too, unless its class is `InvalidRequest`.
/// - `E` converts from `CallError`, for the client, and into `EndpointError`, for the server. `CallError` and
///   `EndpointError` do both.
/// - The client has each endpoint twice. Where its type is known, `client.say(request)` is its own method, which gives a call
///   with options: `client.say(request).timeout(limit).await`. In generic code it is the trait's, as is
///   `Backend::say(&client, request)`; a `Context` that it is given is that of `.context(&cx)`.
/// - `BackendClient::local(BackendServer::new(MyBackend))` is a client of `MyBackend` without a runtime.
/// - `BackendServer::<BackendClient>::describe()` is the contract as data, and needs no implementation.
/// - A contract has no hooks, and endpoints have no body in the trait. Other methods and constants need a default, since the client has them too;
///   type parameters and associated types are not possible, since one type travels under each name.
#[proc_macro_attribute]
pub fn component(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Component, args.into(), item.into()).into()
}

/// Marks a field of a component as the client of another one that it calls; anywhere else it is an error.
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
/// makes `Frontend::connect(&runtime, limit)`, which connects the clients and takes the other fields in their order, and
/// fills `Component::DEPENDENCIES`. Inside one process a call through it goes straight to the engine.
#[proc_macro_attribute]
pub fn client(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Client, args.into(), item.into()).into()
}

/// Makes the methods marked with `#[endpoint]` in an `impl` block callable from anywhere in the system.
///
/// The block stays as it is, and `EchoClient` gets one method per endpoint. The accepted forms are
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)] struct Query;
/// # #[derive(Serialize, Deserialize)] struct Row;
/// # #[component(namespace = "demo")] struct Table;
/// #[endpoints]
/// impl Table {
///     #[endpoint]
///     async fn len(&self) -> u64 {
/// #       0
///         // …
///     }
///
///     #[endpoint]
///     async fn first(&self, query: Query) -> Result<Row, EndpointError> {
/// #       drop(query); Ok(Row)
///         // …
///     }
///
///     #[endpoint]
///     async fn all(&self, cx: Context, query: Query) -> impl Stream<Item = Row> {
/// #       drop((cx, query)); stream::iter([Row])
///         // …
///     }
/// }
/// ```
///
/// told apart by the number of arguments: none, a request, or the `Context` of the call and a request. A response is `T` or `Result<T, E>`; a stream of responses is
/// `impl Stream<Item = T>`, `BoxStream<'_, T>`, `Pin<Box<dyn Stream<Item = T> + Send + '_>>` or `ResponseStream<T>`, alone
/// or in a `Result`; its items may be `Result<T, E>`. A stream may borrow from `&self`. `E` is anything that converts
/// into `EndpointError`.
///
/// An error with which a stream does not open reaches a remote caller as its first item, unless the class of the error is
/// `InvalidRequest`. What the signature hides from a macro has to be written: `Result<T, E>` instead of an alias with another
/// name, and `#[endpoint(stream)]` for an alias of a stream.
///
/// A `RequestStream<T>` as request is a stream of requests, which the caller goes on sending while the handler answers. The
/// client's method takes any `Stream<Item = T>`, or the `RequestStream<T>` of a handler, which is thereby handed on.
///
/// A component may have several blocks, in any modules. The main one lists the others, and each of them says which it
/// is; all their methods are on one client:
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Echo;
/// #[endpoints(parts(admin))]
/// impl Echo {
///     #[endpoint]
///     async fn say(&self, text: String) -> String {
///         text
///     }
/// }
///
/// #[endpoints(part = admin)]
/// impl Echo {
///     #[endpoint]
///     async fn pause(&self) {}
/// }
/// ```
///
/// A block that is not listed, a listed one that is not there and two endpoints of one name are errors. Two blocks without these
/// keys are two implementations of one trait, as rustc puts it.
///
/// Keys: `crate`, `part`, `parts`.
#[proc_macro_attribute]
pub fn endpoints(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Endpoints, args.into(), item.into()).into()
}

/// Marks an endpoint in an `impl` block that carries `#[endpoints]` or a `trait` that carries `#[component]`; anywhere else it is an error.
///
/// It is read by the attribute of the block, so that it needs no `use` of its own.
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
/// - `name = "other"`: what the endpoint is called in the system, the method's name unless given;
/// - `stream`: the return type is an alias of a stream, which its name does not show;
/// - `stream = T` or `stream = Result<T, E>`: the same, and what the items are. Needed when they are results;
/// - `timeout = "250ms"` (`s`, `m`, `h`): the longest a call may take here, counted from its admission. The handler finds
///   the earlier of this and the caller's limit in its `Context`, is killed then, and the caller gets `DeadlineExceeded`;
/// - `max_in_flight = N`, with `queue = Q` (0 unless given): N calls run and Q wait, one more is refused at once;
/// - `idempotent`: the handler may run twice for a call. The client's method then also tries another instance when one is
///   lost, silent or unavailable before its first item;
/// - `on_disconnect = kill | stop | ignore`: what a caller that is gone means for the handler. `kill` (the default) drops
///   it, `stop` asks it to finish, `ignore` lets it run to its end. Limits and shutdown hold all the same, and a stream of requests
///   that breaks off ends its handler whatever this says;
/// - `cpu`: the handler may block its thread, and runs on the blocking threads of the primary pool
///   (`DYN_RUNTIME_MAX_BLOCKING_THREADS`). A kill reaches it at its next `.await`;
/// - `canary = expression` (of the request's type): the endpoint is called with it after `DYN_CANARY_WAIT_TIME` without a
///   call that succeeded. If that fails, the endpoint is withdrawn from discovery until a call succeeds;
/// - `pipeline = [One, Two]`: the operators that a request passes before the handler, and its response behind it, with
///   `request = T` and `response = T` for what the caller sends and gets where the operators change that.
#[proc_macro_attribute]
pub fn endpoint(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Endpoint, args.into(), item.into()).into()
}

/// Marks the method of a block of endpoints that runs before the component is registered.
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
/// The argument may be left out. The error is anything that converts into `BoxError`; an error ends `serve(…)` with
/// `ErrorKind::Component`, and nothing stays behind. At most one in a block; it takes no keys.
#[proc_macro_attribute]
pub fn on_start(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::OnStart, args.into(), item.into()).into()
}

/// Marks the method of a block of endpoints that runs after the last call: `async fn bye(&self)`.
///
/// It has `DYN_SDK_SHUTDOWN_GRACE_SECS`, runs on the primary pool, and only if the component had started. Clients of the
/// runtime still work in it. At most one in a block; it takes no keys.
#[proc_macro_attribute]
pub fn on_stop(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::OnStop, args.into(), item.into()).into()
}

/// Marks the method of a block of endpoints that says how the component is.
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
/// It may return `Result<(), E>` as well, whose error says what is wrong.
///
/// It is asked every `DYN_CANARY_WAIT_TIME`, and has `DYN_HEALTH_CHECK_REQUEST_TIMEOUT` to answer. While it says that it is
/// not well, the component is withdrawn from discovery; calls that arrive all the same are answered. At most one in a
/// block; it takes no keys.
#[proc_macro_attribute]
pub fn health(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Health, args.into(), item.into()).into()
}

/// Makes an `async fn` a node of a pipeline: `Tokenize` of `tokenize`, to be linked as `.link(Tokenize)`.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// #[operator]
/// async fn tokenize(request: SingleIn<String>, next: Edge<Vec<u8>, ManyOut<u32>>) -> Result<ManyOut<u32>, CallError> {
///     next.generate(request.map(String::into_bytes)).await
/// }
/// # let _ = dynamo_sdk::pipeline::Source::open().link(Tokenize);
/// ```
///
/// The first argument is what comes from above, `SingleIn<T>` or `ManyIn<T>`; the `Edge` is the way on, with the payload
/// and the response it has there; the `Ok` of the result is the response that goes up. The error is `CallError`, or
/// what converts into it. The function stays what it is.
///
/// On an `impl` block, its method `generate` is the node, and its type may hold what the node needs:
///
/// ```
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
/// Keys: `name = Other`, what the type of a function is called; `crate`.
#[proc_macro_attribute]
pub fn operator(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Operator, args.into(), item.into()).into()
}

/// Makes an `async fn` an engine: `Reverse` of `reverse`, which ends a pipeline as `.sink(Reverse)`.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// #[engine]
/// async fn reverse(request: SingleIn<String>) -> Result<String, CallError> {
///     Ok(request.payload().chars().rev().collect())
/// }
/// ```
///
/// On an `impl` block, its method `generate` is the engine: `async fn generate(&self, request: SingleIn<String>) -> …`.
///
/// Keys: `name = Other`, what the type of a function is called; `crate`.
#[proc_macro_attribute]
pub fn engine(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Engine, args.into(), item.into()).into()
}

/// Marks a method of a block of endpoints that hears events, for as long as the component is served.
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
/// The method takes the event, or its payload alone. Events are handed over one after the other, in the order in which they
/// came, while calls go on; what comes meanwhile waits in the queue of the subscription, which loses the oldest when it is
/// full. An error (`E` is anything that converts into `BoxError`), a panic and a payload of another type are logged and
/// counted, see `Serving::listeners`, and the next event is handed over all the same. Events are best effort, as the module
/// `events` says.
///
/// Keys:
/// - `topic = "…"`, which is required;
/// - `scope = namespace | component | endpoint`: whose events. `endpoint` if that key is given, `component` if not;
/// - `namespace = "…"`, `component = "…"`, `endpoint = "…"`: of others. The namespace and the name of the component itself
///   unless given.
///
/// The subscriptions are opened before `#[on_start]` runs, the first event is handed over after that, and the last one before
/// `#[on_stop]` runs. `EchoClient::local(component)` opens none. A method may carry the attribute several times.
#[proc_macro_attribute]
pub fn subscribe(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Subscribe, args.into(), item.into()).into()
}

/// Runs an `async fn main` on a `DistributedRuntime` made from the settings of the process.
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
/// The argument may be left out. It returns nothing or `Result<(), E>`, `E` being any error, or `Box<dyn Error>`. The only key is
/// `crate`.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Main, args.into(), item.into()).into()
}

/// Runs an `async fn` as a test, on its own `DistributedRuntime` in memory.
///
/// ```
/// # use dynamo_sdk::prelude::*;
/// # #[component(namespace = "demo")] struct Echo;
/// # #[endpoints] impl Echo { #[endpoint] async fn say(&self, text: String) -> String { text } }
/// #[dynamo_sdk::test]
/// async fn says_what_it_is_told(runtime: DistributedRuntime) -> Result<()> {
///     let _serving = runtime.serve(Echo).start().await?;
///     let echo = EchoClient::connect(&runtime).await?;
///     assert_eq!(echo.say("hello".to_owned()).await?, "hello");
///     Ok(())
/// }
/// ```
///
/// Several arguments are as many runtimes, which find each other:
/// `async fn one_leaves(server: DistributedRuntime, client: DistributedRuntime)`.
///
/// The argument may be left out. A component alone needs no runtime: `EchoClient::local(Echo)` calls it in any `#[test]`. The only key is `crate`.
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    driver::run(Attribute::Test, args.into(), item.into()).into()
}
