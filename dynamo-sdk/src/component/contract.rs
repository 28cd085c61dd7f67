//! Support for clients that implement a contract: their calls fail with the contract's own errors.

use std::future::IntoFuture;

use futures::future::Either;
use futures::{Stream, TryStreamExt, stream};

use crate::engine::stream::ResponseStream;
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;

/// The error type of a contract. The client converts it from [`CallError`], and the server converts it into
/// [`EndpointError`] to send it. [`CallError`] and [`EndpointError`] implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a contract",
    label = "a client cannot report a failed call with this type, or a server cannot send it",
    note = "use `CallError` or `EndpointError`, or implement `From<CallError>` for it and `From<{Self}>` for `EndpointError`"
)]
pub trait ContractError: From<CallError> + Into<EndpointError> {}

#[diagnostic::do_not_recommend]
impl<E: From<CallError> + Into<EndpointError>> ContractError for E {}

/// A call whose request can be sent and whose response can be received.
#[diagnostic::on_unimplemented(
    message = "the client cannot make this call",
    label = "its request or its response cannot travel",
    note = "which of the two it is, and why, is told where its type stands"
)]
pub trait Callable {
    /// The response.
    type Response;
    /// The future of the call.
    type Future: Future<Output = Result<Self::Response, CallError>>;

    /// Sends the call.
    fn make(self) -> Self::Future;
}

#[diagnostic::do_not_recommend]
impl<C, R> Callable for C
where
    C: IntoFuture<Output = Result<R, CallError>>,
{
    type Response = R;
    type Future = C::IntoFuture;

    fn make(self) -> Self::Future {
        self.into_future()
    }
}

/// Awaits a call and returns its response or `ResponseStream`, with the error type of the contract.
///
/// # Errors
/// The [`CallError`] of the call, converted to `E`.
///
/// # Cancel safety
/// Dropping the future drops the call, which cancels the handler.
pub async fn called<C: Callable, E: ContractError>(call: C) -> Result<C::Response, E> {
    call.make().await.map_err(E::from)
}

/// Starts a call and returns its items. If the call fails to start, its error is the only item.
///
/// # Cancel safety
/// As for [`called`]; dropping the stream before its end also cancels the handler.
pub async fn streamed<T: Send + 'static, E: ContractError + Send + 'static>(
    call: impl Callable<Response = ResponseStream<T>>,
) -> impl Stream<Item = Result<T, E>> + Send + Unpin + 'static {
    match call.make().await {
        Ok(items) => Either::Left(items.map_err(E::from)),
        Err(error) => Either::Right(stream::iter([Err(E::from(error))])),
    }
}

/// Starts a call and returns its items, or the error of a failed start.
///
/// # Errors
/// The [`CallError`] of a call that failed to start, converted to `E`.
///
/// # Cancel safety
/// As for [`streamed`].
pub async fn opened_stream<T, E, O>(
    call: impl Callable<Response = ResponseStream<T>>,
) -> Result<impl Stream<Item = Result<T, E>> + Send + Unpin + 'static, O>
where
    T: Send + 'static,
    E: ContractError + Send + 'static,
    O: ContractError,
{
    Ok(call.make().await.map_err(O::from)?.map_err(E::from))
}
