//! What a handler hands its result to, as called by generated code.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use futures::future::BoxFuture;
use futures::{FutureExt, Stream, TryStreamExt};

use crate::error::call::CallError;
use crate::error::endpoint::EndpointError;
use crate::service::output::Output;

/// Receives the result of a unary handler. Dropping the returned future drops the handler.
pub struct UnaryReply<Resp, E> {
    failed: fn(E) -> EndpointError,
    response: PhantomData<fn(Resp)>,
}

impl<Resp, E> fmt::Debug for UnaryReply<Resp, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnaryReply").finish_non_exhaustive()
    }
}

impl<Resp: 'static, E: 'static> UnaryReply<Resp, E> {
    pub(super) fn new(failed: fn(E) -> EndpointError) -> Self {
        Self { failed, response: PhantomData }
    }

    /// The response of a handler that cannot fail.
    pub fn value<'a>(
        self,
        handler: impl Future<Output = Resp> + Send + 'a,
    ) -> BoxFuture<'a, Result<Resp, CallError>> {
        handler.map(Ok).boxed()
    }

    /// The response of a handler, or its error.
    pub fn result<'a>(
        self,
        handler: impl Future<Output = Result<Resp, E>> + Send + 'a,
    ) -> BoxFuture<'a, Result<Resp, CallError>> {
        handler.map(move |result| result.map_err(|error| CallError::Endpoint((self.failed)(error)))).boxed()
    }
}

/// Receives the stream of a streaming handler. Items may fail with `E`, and opening the stream with `O`.
/// Dropping the returned future drops the stream.
pub struct StreamReply<Item, E, O> {
    out: Output<Item>,
    failed: fn(E) -> EndpointError,
    refused: fn(O) -> EndpointError,
}

impl<Item, E, O> fmt::Debug for StreamReply<Item, E, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReply").finish_non_exhaustive()
    }
}

impl<Item: Send + 'static, E: 'static, O: 'static> StreamReply<Item, E, O> {
    pub(super) fn new(
        out: Output<Item>,
        failed: fn(E) -> EndpointError,
        refused: fn(O) -> EndpointError,
    ) -> Self {
        Self { out, failed, refused }
    }

    /// The items of a stream.
    pub fn items<'a, S: Stream<Item = Item> + Send + 'a>(
        self,
        handler: impl Future<Output = S> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.forward(handler.await).await }.boxed()
    }

    /// The items of a stream up to its first error.
    pub fn results<'a, S: Stream<Item = Result<Item, E>> + Send + 'a>(
        self,
        handler: impl Future<Output = S> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.try_forward(handler.await.map_err(self.failed)).await }.boxed()
    }

    /// The items of a stream that may not open.
    pub fn opened<'a, S: Stream<Item = Item> + Send + 'a>(
        self,
        handler: impl Future<Output = Result<S, O>> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.forward(handler.await.map_err(self.refused)?).await }.boxed()
    }

    /// The items of a stream that may not open, up to its first error.
    pub fn opened_results<'a, S: Stream<Item = Result<Item, E>> + Send + 'a>(
        self,
        handler: impl Future<Output = Result<S, O>> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        let Self { out, failed, refused } = self;
        async move { out.try_forward(handler.await.map_err(refused)?.map_err(failed)).await }.boxed()
    }
}
