//! Receivers of handler results, as called by generated code.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use futures::future::BoxFuture;
use futures::{FutureExt, Stream, TryStreamExt};

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

    /// Runs a handler that cannot fail.
    pub fn value<'a>(
        self,
        handler: impl Future<Output = Resp> + Send + 'a,
    ) -> BoxFuture<'a, Result<Resp, EndpointError>> {
        handler.map(Ok).boxed()
    }

    /// Runs a handler that can fail.
    pub fn result<'a>(
        self,
        handler: impl Future<Output = Result<Resp, E>> + Send + 'a,
    ) -> BoxFuture<'a, Result<Resp, EndpointError>> {
        handler.map(move |result| result.map_err(self.failed)).boxed()
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

    /// Runs a handler that returns a stream.
    pub fn items<'a, S: Stream<Item = Item> + Send + 'a>(
        self,
        handler: impl Future<Output = S> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.forward(handler.await).await }.boxed()
    }

    /// Runs a handler that returns a stream of results, which ends at its first error.
    pub fn results<'a, S: Stream<Item = Result<Item, E>> + Send + 'a>(
        self,
        handler: impl Future<Output = S> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.try_forward(handler.await.map_err(self.failed)).await }.boxed()
    }

    /// Runs a handler that may fail to open its stream.
    pub fn opened<'a, S: Stream<Item = Item> + Send + 'a>(
        self,
        handler: impl Future<Output = Result<S, O>> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        async move { self.out.forward(handler.await.map_err(self.refused)?).await }.boxed()
    }

    /// Runs a handler that may fail to open its stream of results, which ends at its first error.
    pub fn opened_results<'a, S: Stream<Item = Result<Item, E>> + Send + 'a>(
        self,
        handler: impl Future<Output = Result<S, O>> + Send + 'a,
    ) -> BoxFuture<'a, Result<(), EndpointError>> {
        let Self { out, failed, refused } = self;
        async move { out.try_forward(handler.await.map_err(refused)?.map_err(failed)).await }.boxed()
    }
}
