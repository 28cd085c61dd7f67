//! What the client of a contract does to be an implementation of it: calls whose failures are the contract's own errors.

use std::future::IntoFuture;

use futures::future::Either;
use futures::{Stream, TryStreamExt, stream};

use crate::engine::stream::ResponseStream;
use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;

/// An error in the signature of a contract. The client makes it of the reason why a call failed, and the server sends it
/// as an [`EndpointError`]. [`CallError`] and [`EndpointError`] are such errors.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a contract",
    label = "a client cannot report a failed call with this type, or a server cannot send it",
    note = "use `CallError` or `EndpointError`, or implement `From<CallError>` for it and `From<{Self}>` for `EndpointError`"
)]
pub trait ContractError: From<CallError> + Into<EndpointError> {}

#[diagnostic::do_not_recommend]
impl<E: From<CallError> + Into<EndpointError>> ContractError for E {}

/// A call that can be made: its request and its response can travel.
#[diagnostic::on_unimplemented(
    message = "the client cannot make this call",
    label = "its request or its response cannot travel",
    note = "which of the two it is, and why, is told where its type stands"
)]
pub trait Callable {
    /// What comes back.
    type Response;
    /// The call that is made.
    type Future: Future<Output = Result<Self::Response, CallError>>;

    /// Makes it.
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

/// The outcome of a call in the words of the contract: its response, or its `ResponseStream`.
///
/// # Errors
/// Why the call failed.
///
/// # Cancel safety
/// Dropping it drops the call, which cancels the handler.
pub async fn called<C: Callable, E: ContractError>(call: C) -> Result<C::Response, E> {
    call.make().await.map_err(E::from)
}

/// The items of a call that starts when this is awaited. A call that does not start is a stream of one error.
///
/// # Cancel safety
/// As for [`called`]; dropping the stream before its end cancels the handler too.
pub async fn streamed<T: Send + 'static, E: ContractError + Send + 'static>(
    call: impl Callable<Response = ResponseStream<T>>,
) -> impl Stream<Item = Result<T, E>> + Send + Unpin + 'static {
    match call.make().await {
        Ok(items) => Either::Left(items.map_err(E::from)),
        Err(error) => Either::Right(stream::iter([Err(E::from(error))])),
    }
}

/// The items of a call, behind the result of starting it.
///
/// # Errors
/// Why the call did not start.
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
