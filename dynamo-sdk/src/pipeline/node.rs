//! Type extraction from the signatures of `#[operator]` and `#[engine]` functions.

use crate::engine::context::Context;
use crate::error::call::CallError;
use crate::pipeline::edge::Edge;

/// The first argument of a node.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the request of a node",
    label = "write `SingleIn<T>`, or `ManyIn<T>` for a stream of requests"
)]
pub trait NodeRequest {
    /// The payload type.
    type Payload;
}

impl<T> NodeRequest for Context<T> {
    type Payload = T;
}

/// The second argument of an operator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the edge to the next node",
    label = "write `Edge<T, U>`: the request sent downstream and its response"
)]
pub trait NodeNext {
    /// The request sent downstream.
    type In;
    /// The response received from downstream.
    type Out;
}

impl<In, Out> NodeNext for Edge<In, Out> {
    type In = In;
    type Out = Out;
}

/// The return type of a node.
#[diagnostic::on_unimplemented(
    message = "a node returns a `Result`, not `{Self}`",
    label = "write `Result<T, CallError>`; a stream is `Result<ManyOut<T>, CallError>`"
)]
pub trait NodeResponse {
    /// The response type.
    type Value;
    /// The error type.
    type Error;

    /// Returns the result unchanged.
    ///
    /// # Errors
    /// The error that it holds.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> NodeResponse for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// The error of a node: any type that converts into `CallError`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a node",
    label = "this error does not convert into `CallError`, which the caller receives",
    note = "use `CallError` or `EndpointError`, or write `impl From<{Self}> for CallError` if the type is yours"
)]
pub trait NodeError: Into<CallError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<CallError>> NodeError for E {}

/// Converts the error of a node into a `CallError`.
///
/// # Errors
/// That of the node.
pub fn answered<R: NodeResponse<Error: NodeError>>(outcome: R) -> Result<R::Value, CallError> {
    outcome.into_result().map_err(Into::into)
}
