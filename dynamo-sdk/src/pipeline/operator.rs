//! Operators: the nodes between source and sink.

use std::any::type_name;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;

use crate::engine::context::Context;
use crate::engine::{AsyncEngine, ManyOut};
use crate::error::call::CallError;
use crate::pipeline::edge::Edge;

/// A pipeline node that sees both directions: it receives requests of `UpIn` from upstream and sends
/// them downstream as `DownIn`; it receives `DownOut` from downstream and responds with `UpOut`.
///
/// `In` is the payload: `T` for a single request, `RequestStream<T>` for a stream. `Out` is the
/// response: `T`, or `ManyOut<T>` for a stream. `#[operator]` on an `async fn` generates the
/// implementation.
///
/// # Cancel safety
/// Dropping the future of `generate`, or the response that it returned, must cancel the work for that
/// request. Work that is awaited, or part of the returned stream, satisfies this automatically.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Operator<{UpIn}, {UpOut}, {DownIn}, {DownOut}>` required by this edge",
    label = "the edge above it carries requests of `{UpIn}` and responses of `{UpOut}`",
    note = "`#[operator]` on a function `tokenize` defines the node `Tokenize`; an engine is not an operator, it ends a pipeline with `.sink(…)`"
)]
pub trait Operator<UpIn, UpOut, DownIn, DownOut>: Send + Sync + 'static
where
    UpIn: Send + 'static,
    UpOut: Send + 'static,
    DownIn: Send + 'static,
    DownOut: Send + 'static,
{
    /// Answers `request`, with or without calling `next`.
    ///
    /// # Errors
    /// Those of the node itself, and those of downstream nodes that it does not handle.
    async fn generate(&self, request: Context<UpIn>, next: Edge<DownIn, DownOut>)
    -> Result<UpOut, CallError>;

    /// Returns the node's name in the request's history. Defaults to the name of its type.
    fn name(&self) -> &'static str {
        short(type_name::<Self>())
    }
}

/// Returns the last path segment without generic parameters.
fn short(path: &'static str) -> &'static str {
    let end = path.find('<').unwrap_or(path.len());
    let path = &path[..end];
    path.rfind("::").map_or(path, |at| &path[at + 2..])
}

#[async_trait]
impl<T, UpIn, UpOut, DownIn, DownOut> Operator<UpIn, UpOut, DownIn, DownOut> for Arc<T>
where
    T: Operator<UpIn, UpOut, DownIn, DownOut> + ?Sized,
    UpIn: Send + 'static,
    UpOut: Send + 'static,
    DownIn: Send + 'static,
    DownOut: Send + 'static,
{
    async fn generate(
        &self,
        request: Context<UpIn>,
        next: Edge<DownIn, DownOut>,
    ) -> Result<UpOut, CallError> {
        (**self).generate(request, next).await
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }
}

/// An operator and its downstream edge, as an engine.
pub(super) struct Node<O, DownIn, DownOut> {
    pub(super) operator: O,
    pub(super) next: Edge<DownIn, DownOut>,
}

// Implemented by hand, so that the operator's future is not boxed again.
impl<O, UpIn, UpOut, DownIn, DownOut> AsyncEngine<Context<UpIn>, UpOut> for Node<O, DownIn, DownOut>
where
    O: Operator<UpIn, UpOut, DownIn, DownOut>,
    UpIn: Send + 'static,
    UpOut: Send + 'static,
    DownIn: Send + 'static,
    DownOut: Send + 'static,
{
    fn generate<'life, 'async_trait>(
        &'life self,
        request: Context<UpIn>,
    ) -> Pin<Box<dyn Future<Output = Result<UpOut, CallError>> + Send + 'async_trait>>
    where
        'life: 'async_trait,
        Self: 'async_trait,
    {
        request.pass(self.operator.name());
        self.operator.generate(request, self.next.clone())
    }
}

/// Creates an operator from a function or a closure.
///
/// ```
/// use dynamo_sdk::engine::engine_fn;
/// use dynamo_sdk::pipeline::{Edge, Source, operator_fn};
/// use dynamo_sdk::engine::{AsyncEngine, SingleIn};
/// use dynamo_sdk::prelude::*;
///
/// // Retries once when the first response is an error.
/// async fn twice(request: SingleIn<u32>, next: Edge<u32, u32>) -> Result<u32, CallError> {
///     match next.generate(request.clone()).await {
///         Ok(response) => Ok(response),
///         Err(_) => next.generate(request).await,
///     }
/// }
///
/// let double = engine_fn(|request: SingleIn<u32>| async move { Ok(request.payload() * 2) });
/// let pipeline = Source::open().link(operator_fn(twice)).sink(double);
/// # futures::executor::block_on(async { assert_eq!(pipeline.generate(Context::of(21)).await.unwrap(), 42) });
/// ```
pub fn operator_fn<F, UpIn, DownIn, DownOut, Fut>(function: F) -> OperatorFn<F, (UpIn, DownIn, DownOut)>
where
    F: Fn(Context<UpIn>, Edge<DownIn, DownOut>) -> Fut,
    Fut: Future,
{
    OperatorFn { function, types: PhantomData }
}

/// A function as an operator. Created by [`operator_fn`].
pub struct OperatorFn<F, T> {
    function: F,
    types: PhantomData<fn(T)>,
}

#[async_trait]
impl<F, Fut, UpIn, UpOut, DownIn, DownOut> Operator<UpIn, UpOut, DownIn, DownOut>
    for OperatorFn<F, (UpIn, DownIn, DownOut)>
where
    F: Fn(Context<UpIn>, Edge<DownIn, DownOut>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<UpOut, CallError>> + Send + 'static,
    UpIn: Send + 'static,
    UpOut: Send + 'static,
    DownIn: Send + 'static,
    DownOut: Send + 'static,
{
    async fn generate(
        &self,
        request: Context<UpIn>,
        next: Edge<DownIn, DownOut>,
    ) -> Result<UpOut, CallError> {
        (self.function)(request, next).await
    }

    fn name(&self) -> &'static str {
        short(type_name::<F>())
    }
}

impl<F, T> fmt::Debug for OperatorFn<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OperatorFn").field(&type_name::<F>()).finish()
    }
}

macro_rules! map {
    ($(#[$docs:meta])* $make:ident, $type:ident) => {
        $(#[$docs])*
        pub fn $make<F, A, B>(change: F) -> $type<F, A, B>
        where
            F: Fn(A) -> Result<B, CallError> + Send + Sync + 'static,
        {
            $type { change, types: PhantomData }
        }

        #[doc = concat!("A node that changes one direction. Created by [`", stringify!($make), "`].")]
        pub struct $type<F, A, B> {
            change: F,
            types: PhantomData<fn(A) -> B>,
        }

        impl<F, A, B> fmt::Debug for $type<F, A, B> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($type)).field(&type_name::<F>()).finish()
            }
        }
    };
}

map! {
    /// Creates a node that maps requests on their way down. An error becomes the response.
    map_request, MapRequest
}
map! {
    /// Creates a node that maps single responses on their way up.
    map_response, MapResponse
}
map! {
    /// Creates a node that maps each item of a response stream. An error ends the stream.
    map_items, MapItems
}

#[async_trait]
impl<F, A, B, Out> Operator<A, Out, B, Out> for MapRequest<F, A, B>
where
    F: Fn(A) -> Result<B, CallError> + Send + Sync + 'static,
    A: Send + 'static,
    B: Send + 'static,
    Out: Send + 'static,
{
    async fn generate(&self, request: Context<A>, next: Edge<B, Out>) -> Result<Out, CallError> {
        next.generate(request.try_map(&self.change)?).await
    }
}

#[async_trait]
impl<F, A, B, In> Operator<In, B, In, A> for MapResponse<F, A, B>
where
    F: Fn(A) -> Result<B, CallError> + Send + Sync + 'static,
    A: Send + 'static,
    B: Send + 'static,
    In: Send + 'static,
{
    async fn generate(&self, request: Context<In>, next: Edge<In, A>) -> Result<B, CallError> {
        (self.change)(next.generate(request).await?)
    }
}

#[async_trait]
impl<F, A, B, In> Operator<In, ManyOut<B>, In, ManyOut<A>> for MapItems<F, A, B>
where
    F: Fn(A) -> Result<B, CallError> + Clone + Send + Sync + 'static,
    A: Send + 'static,
    B: Send + 'static,
    In: Send + 'static,
{
    async fn generate(
        &self,
        request: Context<In>,
        next: Edge<In, ManyOut<A>>,
    ) -> Result<ManyOut<B>, CallError> {
        let (cx, change) = (request.bare(), self.change.clone());
        let items = next.generate(request).await?;
        Ok(items.transform(&cx, |items| items.map(move |item| item.and_then(&change))))
    }
}
