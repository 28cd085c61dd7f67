//! The bounds on the types of an endpoint, with their diagnostics.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::engine::requests::RequestStream;
use crate::error::endpoint::EndpointError;
use crate::service::input::FromRequest;

/// A type that can arrive over the wire: any that implements `serde::Deserialize` and owns its data, or a
/// stream of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded from the wire",
    label = "this type, and what is in it, needs `serde::Deserialize`",
    note = "the last argument of an endpoint is its request; a `Context` comes before one: `(&self, cx: Context, request: ())`",
    note = "add `#[derive(serde::Deserialize)]` to the type of yours that it is or holds; it must also be `Send` and own its data"
)]
pub trait Decode: FromRequest {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> Decode for T {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> Decode for RequestStream<T> {}

/// A type that can be sent over the wire: any that implements `serde::Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be encoded for the wire",
    label = "this type, and what is in it, needs `serde::Serialize`",
    note = "add `#[derive(serde::Serialize)]` to the type of yours that it is or holds; it must also be `Send` and own its data",
    note = "if it is an alias of a stream, write `#[endpoint(stream)]`; if it is one of a `Result`, write `Result<T, E>` in its place"
)]
pub trait Encode: Serialize + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static> Encode for T {}

/// An error of an endpoint: any type that converts into `EndpointError`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not convert into `EndpointError`",
    label = "the caller cannot be told this error",
    note = "write `impl From<{Self}> for EndpointError`, or return an `EndpointError`",
    note = "for an error of another crate return `dynamo_sdk::BoxError`, which `?` makes of any error: internal to the caller"
)]
pub trait Failure: Into<EndpointError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<EndpointError>> Failure for E {}
