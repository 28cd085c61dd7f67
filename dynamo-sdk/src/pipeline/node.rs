//! What `#[operator]` and `#[engine]` learn of the types in a signature.

use crate::engine::context::Context;
use crate::error::call::CallError;
use crate::pipeline::edge::Edge;

/// The first argument of a node.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a node takes from above",
    label = "write `SingleIn<T>`, or `ManyIn<T>` for a stream of requests"
)]
pub trait NodeRequest {
    /// What it carries.
    type Payload;
}

impl<T> NodeRequest for Context<T> {
    type Payload = T;
}

/// The second argument of an operator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the way to the next node",
    label = "write `Edge<T, U>`: what goes on, and what comes back"
)]
pub trait NodeNext {
    /// What goes on.
    type In;
    /// What comes back.
    type Out;
}

impl<In, Out> NodeNext for Edge<In, Out> {
    type In = In;
    type Out = Out;
}

/// What a node returns.
#[diagnostic::on_unimplemented(
    message = "a node returns a `Result`, not `{Self}`",
    label = "write `Result<T, CallError>`; a stream is `Result<ManyOut<T>, CallError>`"
)]
pub trait NodeResponse {
    /// Its response.
    type Value;
    /// Why there is none.
    type Error;

    /// As it is.
    ///
    /// # Errors
    /// Itself.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> NodeResponse for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// The error of a node: any that converts into `CallError`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a node",
    label = "who calls the pipeline cannot be told this error",
    note = "use `CallError` or `EndpointError`, or write `impl From<{Self}> for CallError` if the type is yours"
)]
pub trait NodeError: Into<CallError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<CallError>> NodeError for E {}

/// The outcome of an operator, with the error of a pipeline.
///
/// # Errors
/// That of the operator.
pub fn answered<R: NodeResponse<Error: NodeError>>(outcome: R) -> Result<R::Value, CallError> {
    outcome.into_result().map_err(Into::into)
}
