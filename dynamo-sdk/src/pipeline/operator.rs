//! Nodes between the source and the sink.

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

/// A node of a pipeline that sees both directions: requests of `UpIn` come from above and go on as `DownIn`, what comes
/// from below as `DownOut` is answered as `UpOut`.
///
/// `In` is the payload: `T` for a single request, `RequestStream<T>` for a stream of them. `Out` is the response: `T`, or
/// `ManyOut<T>` for a stream. `#[operator]` on an `async fn` writes the implementation.
///
/// # Cancel safety
/// Dropping the future of `generate`, or the response that it returned, must end the work for that request. That is so by
/// itself for what is awaited, or is part of the returned stream.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: it is no operator from `{UpIn}` to `{DownIn}` with responses from `{DownOut}` to `{UpOut}`",
    label = "the edge above it carries requests of `{UpIn}` and responses of `{UpOut}`",
    note = "`#[operator]` on a function `tokenize` makes the node `Tokenize`; an engine is no operator, and ends a pipeline as `.sink(…)`"
)]
pub trait Operator<UpIn, UpOut, DownIn, DownOut>: Send + Sync + 'static
where
    UpIn: Send + 'static,
    UpOut: Send + 'static,
    DownIn: Send + 'static,
    DownOut: Send + 'static,
{
    /// Answers `request` with the help of `next`, or without.
    async fn generate(&self, request: Context<UpIn>, next: Edge<DownIn, DownOut>)
    -> Result<UpOut, CallError>;

    /// What the history of a request calls this node: the name of its type, unless something else is better.
    fn name(&self) -> &'static str {
        short(type_name::<Self>())
    }
}

/// The last part of a path, with generic parameters cut off.
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

/// An operator with the edge below it: an engine.
pub(super) struct Node<O, DownIn, DownOut> {
    pub(super) operator: O,
    pub(super) next: Edge<DownIn, DownOut>,
}

// Written out, so that the future of the operator is not put into another box.
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

/// Makes an operator of a function or a closure.
///
/// ```
/// use dynamo_sdk::engine::engine_fn;
/// use dynamo_sdk::pipeline::{Edge, Source, operator_fn};
/// use dynamo_sdk::prelude::*;
///
/// // Asks a second time when the first answer is an error.
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

/// A function as an operator. Made by [`operator_fn`].
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

        #[doc = concat!("A node that changes one direction. Made by [`", stringify!($make), "`].")]
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
    /// A node that changes requests on their way down; an error is the answer.
    map_request, MapRequest
}
map! {
    /// A node that changes single responses on their way up.
    map_response, MapResponse
}
map! {
    /// A node that changes each item of a stream on its way up. An error ends the stream.
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
