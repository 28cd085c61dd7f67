//! Engines built from functions and from other engines.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::AsyncEngine;
use crate::engine::context::Context;

/// Creates an engine from a function or a closure.
///
/// ```
/// use dynamo_sdk::engine::{SingleIn, engine_fn};
/// use dynamo_sdk::{CallError, Context};
/// use dynamo_sdk::engine::AsyncEngine;
///
/// async fn shout(request: SingleIn<String>) -> Result<String, CallError> {
///     Ok(request.payload().to_uppercase())
/// }
///
/// # futures::executor::block_on(async {
/// assert_eq!(engine_fn(shout).generate(Context::of("hello".into())).await?, "HELLO");
/// # Ok::<_, CallError>(()) }).unwrap();
/// ```
pub fn engine_fn<F, Req, Fut>(function: F) -> EngineFn<F, Req>
where
    F: Fn(Req) -> Fut,
    Fut: Future,
{
    EngineFn { function, request: PhantomData }
}

/// A function as an engine. Created by [`engine_fn`].
pub struct EngineFn<F, Req> {
    function: F,
    request: PhantomData<fn(Req)>,
}

impl<F, Req> fmt::Debug for EngineFn<F, Req> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EngineFn").field(&std::any::type_name::<F>()).finish()
    }
}

#[async_trait]
impl<F, Req, Resp, E, Fut> AsyncEngine<Req, Resp, E> for EngineFn<F, Req>
where
    F: Fn(Req) -> Fut + Send + Sync + 'static,
    Req: Send + 'static,
    Resp: Send + 'static,
    E: Send + 'static,
    Fut: Future<Output = Result<Resp, E>> + Send + 'static,
{
    async fn generate(&self, request: Req) -> Result<Resp, E> {
        (self.function)(request).await
    }
}

/// Adapters that preserve the identity of the request. To transform a single response or the items of a
/// stream, use `std` and `futures`.
pub trait EngineExt<In, Out, E>: AsyncEngine<Context<In>, Out, E> + Sized
where
    In: Send + 'static,
    Out: Send + 'static,
    E: Send + 'static,
{
    /// Accepts requests of another type: `change` converts each to this engine's type, in the same
    /// context.
    fn map_request<New: Send + 'static>(
        self,
        change: impl Fn(New) -> In + Send + Sync + 'static,
    ) -> impl AsyncEngine<Context<New>, Out, E> {
        let engine = Arc::new(self);
        engine_fn(move |request: Context<New>| {
            let (engine, request) = (Arc::clone(&engine), request.map(&change));
            async move { engine.generate(request).await }
        })
    }

    /// Returns responses of another type: `change` converts each, in the same context.
    fn map_response<New: Send + 'static>(
        self,
        change: impl Fn(Out) -> New + Send + Sync + 'static,
    ) -> impl AsyncEngine<Context<In>, New, E> {
        let both = Arc::new((self, change));
        engine_fn(move |request: Context<In>| {
            let both = Arc::clone(&both);
            async move { both.0.generate(request).await.map(&both.1) }
        })
    }

    /// Passes the response to `next` as its request, in the same context.
    fn then<New: Send + 'static>(
        self,
        next: impl AsyncEngine<Context<Out>, New, E>,
    ) -> impl AsyncEngine<Context<In>, New, E> {
        let both = Arc::new((self, next));
        engine_fn(move |request: Context<In>| {
            let (both, cx) = (Arc::clone(&both), request.bare());
            async move {
                let response = both.0.generate(request).await?;
                both.1.generate(cx.with(response)).await
            }
        })
    }
}

impl<T, In, Out, E> EngineExt<In, Out, E> for T
where
    T: AsyncEngine<Context<In>, Out, E>,
    In: Send + 'static,
    Out: Send + 'static,
    E: Send + 'static,
{
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SingleIn;
    use crate::engine::any::AnyEngine;
    use crate::error::call::CallError;

    fn length() -> impl AsyncEngine<SingleIn<String>, usize> {
        engine_fn(|request: SingleIn<String>| async move { Ok::<_, CallError>(request.payload().len()) })
    }

    #[tokio::test]
    async fn composed_engines_answer_in_one_context() {
        let digits = length().map_request(|number: u64| number.to_string()).map_response(|n| n as u64);
        let with_id = engine_fn(|request: SingleIn<u64>| async move {
            Ok::<_, CallError>((*request.payload(), request.id().to_owned()))
        });
        let request = Context::of(12_345_u64);
        let id = request.id().to_owned();
        assert_eq!(digits.then(with_id).generate(request).await.unwrap(), (5, id));
    }

    #[tokio::test]
    async fn an_engine_keeps_the_error_type_of_its_function() {
        let parse =
            engine_fn(|request: SingleIn<&'static str>| async move { request.payload().parse::<u8>() });
        assert_eq!(parse.generate(Context::of("7")).await, Ok(7));
        assert!(parse.generate(Context::of("x")).await.is_err());
    }

    #[tokio::test]
    async fn an_erased_engine_comes_back_by_its_own_types_alone() {
        let any = AnyEngine::new(length());
        let wrong = any.downcast::<SingleIn<u32>, usize, CallError>().err().unwrap().to_string();
        assert!(
            wrong.contains("Context<alloc::string::String>") && wrong.contains("Context<u32>"),
            "{wrong}"
        );
        let length = any.clone().downcast::<SingleIn<String>, usize, CallError>().unwrap();
        assert_eq!(length.generate(Context::of("four".into())).await.unwrap(), 4);
    }
}
