//! The macros of `dynamo-sdk`; use them through that crate, which also documents them in full.
//!
//! Each attribute goes through the same stages, one file per stage: the text of the attribute (`args`), what the user
//! wrote, kept as tokens (`source`), the model (`component`, `endpoints`, `signature`, `returns`), the rules between
//! several endpoints (`validate`), and the code (`expand`). Whatever is wrong, the user's item comes out again.

mod args;
mod attributes;
mod component;
mod endpoints;
mod entry;
mod errors;
mod expand;
mod hooks;
mod names;
mod options;
#[cfg(test)]
mod options_tests;
mod returns;
mod sdk_path;
mod signature;
mod source;
#[cfg(test)]
mod tests;
mod validate;

use proc_macro::TokenStream;

/// Gives a `struct` or an `enum` its identity as a component, and makes its client type.
///
/// ```text
/// #[component(namespace = "demo")]
/// struct Echo { prefix: String }
/// ```
///
/// makes `impl Component for Echo`, and `EchoClient` with the same visibility. Keys: `namespace` (required), `name` (the
/// type's name in snake case unless given), `crate` (where the SDK is, `::dynamo_sdk` unless given). The endpoints are
/// written in an `impl` block with `#[endpoints]`.
#[proc_macro_attribute]
pub fn component(args: TokenStream, item: TokenStream) -> TokenStream {
    component::attribute(args.into(), &item.into()).into()
}

/// Makes the methods marked with `#[endpoint]` in an `impl` block callable from anywhere in the system.
///
/// The block stays as it is, and `EchoClient` gets one method per endpoint. The accepted forms are
///
/// ```text
/// async fn name(&self) -> …
/// async fn name(&self, request: T) -> …
/// async fn name(&self, cx: Context, request: T) -> …
/// ```
///
/// told apart by the number of arguments. A response is `T` or `Result<T, E>`; a stream of responses is
/// `impl Stream<Item = T>`, `BoxStream<'_, T>`, `Pin<Box<dyn Stream<Item = T> + Send + '_>>` or `ResponseStream<T>`, alone
/// or in a `Result`; its items may be `Result<T, E>`. A stream may borrow from `&self`. `E` is anything that converts
/// into `EndpointError`. The only key is `crate`.
#[proc_macro_attribute]
pub fn endpoints(args: TokenStream, item: TokenStream) -> TokenStream {
    endpoints::attribute(args.into(), item.into()).into()
}

/// Marks an endpoint in an `impl` block that carries `#[endpoints]`; anywhere else it is an error.
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
///   it, `stop` asks it to finish, `ignore` lets it run to its end. Limits and shutdown hold all the same;
/// - `cpu`: the handler may block its thread, and runs on the blocking threads of the primary pool
///   (`DYN_RUNTIME_MAX_BLOCKING_THREADS`). A kill reaches it at its next `.await`;
/// - `canary = expression` (of the request's type): the endpoint is called with it after `DYN_CANARY_WAIT_TIME` without a
///   call that succeeded. If that fails, the endpoint is withdrawn from discovery until a call succeeds.
#[proc_macro_attribute]
pub fn endpoint(args: TokenStream, item: TokenStream) -> TokenStream {
    endpoints::stray_marker(&args.into(), &item.into()).into()
}

/// Marks the method of a block of endpoints that runs before the component is registered.
///
/// ```text
/// #[on_start]
/// async fn warm_up(&self, runtime: &DistributedRuntime) -> Result<(), E> { … }
/// ```
///
/// The argument may be left out. `E` is anything that converts into `BoxError`; an error ends `serve(…)` with
/// `ErrorKind::Component`, and nothing stays behind. At most one in a block; it takes no keys.
#[proc_macro_attribute]
pub fn on_start(args: TokenStream, item: TokenStream) -> TokenStream {
    hooks::stray_marker(hooks::When::OnStart, &args.into(), &item.into()).into()
}

/// Marks the method of a block of endpoints that runs after the last call: `async fn bye(&self)`.
///
/// It has `DYN_SDK_SHUTDOWN_GRACE_SECS`, runs on the primary pool, and only if the component had started. Clients of the
/// runtime still work in it. At most one in a block; it takes no keys.
#[proc_macro_attribute]
pub fn on_stop(args: TokenStream, item: TokenStream) -> TokenStream {
    hooks::stray_marker(hooks::When::OnStop, &args.into(), &item.into()).into()
}

/// Marks the method of a block of endpoints that says how the component is.
///
/// ```text
/// #[health]
/// async fn health(&self) -> Result<(), E> { … }      // or -> bool
/// ```
///
/// It is asked every `DYN_CANARY_WAIT_TIME`, and has `DYN_HEALTH_CHECK_REQUEST_TIMEOUT` to answer. While it says that it is
/// not well, the component is withdrawn from discovery; calls that arrive all the same are answered. At most one in a
/// block; it takes no keys.
#[proc_macro_attribute]
pub fn health(args: TokenStream, item: TokenStream) -> TokenStream {
    hooks::stray_marker(hooks::When::Health, &args.into(), &item.into()).into()
}

/// Runs an `async fn main` on a `DistributedRuntime` made from the settings of the process.
///
/// ```text
/// #[dynamo_sdk::main]
/// async fn main(runtime: DistributedRuntime) -> Result<()> { … }
/// ```
///
/// The argument may be left out. The only key is `crate`.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::attribute(entry::Entry::Main, args.into(), &item.into()).into()
}

/// Runs an `async fn` as a test, on its own `DistributedRuntime` in memory.
///
/// ```text
/// #[dynamo_sdk::test]
/// async fn says_what_it_is_told(runtime: DistributedRuntime) { … }
/// ```
///
/// The argument may be left out. The only key is `crate`.
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::attribute(entry::Entry::Test, args.into(), &item.into()).into()
}
