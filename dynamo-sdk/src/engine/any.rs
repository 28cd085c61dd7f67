//! Type-erased engines.

use std::any::{Any, type_name};
use std::fmt;
use std::sync::Arc;

use crate::engine::AsyncEngine;

/// A type-erased engine. [`downcast`](Self::downcast) restores the types and checks them.
///
/// ```
/// use dynamo_sdk::engine::{AnyEngine, SingleIn, SingleOut, engine_fn};
/// use dynamo_sdk::{CallError, Context};
/// use dynamo_sdk::engine::AsyncEngine;
///
/// let double = engine_fn(|request: SingleIn<u32>| async move { Ok::<_, CallError>(*request.payload() * 2) });
/// let any = AnyEngine::new(double);
/// assert!(any.downcast::<SingleIn<String>, SingleOut<u32>, CallError>().is_err());
/// let double = any.downcast::<SingleIn<u32>, SingleOut<u32>, CallError>()?;
/// # futures::executor::block_on(async {
/// assert_eq!(double.generate(Context::of(21)).await?, 42);
/// # Ok::<_, CallError>(()) }).unwrap();
/// # Ok::<_, dynamo_sdk::engine::WrongEngine>(())
/// ```
#[derive(Clone)]
pub struct AnyEngine {
    /// An `Arc<dyn AsyncEngine<…>>`.
    engine: Arc<dyn Any + Send + Sync>,
    types: Types,
}

/// The type names of an engine, for error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Types {
    request: &'static str,
    response: &'static str,
    error: &'static str,
}

impl Types {
    fn of<Req, Resp, E>() -> Self {
        Self { request: type_name::<Req>(), response: type_name::<Resp>(), error: type_name::<E>() }
    }
}

impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, response, error } = self;
        write!(f, "AsyncEngine<{request}, {response}, {error}>")
    }
}

impl AnyEngine {
    /// Erases the types of `engine`.
    pub fn new<Req, Resp, E>(engine: impl AsyncEngine<Req, Resp, E>) -> Self
    where
        Req: Send + 'static,
        Resp: Send + 'static,
        E: Send + 'static,
    {
        let engine: Arc<dyn AsyncEngine<Req, Resp, E>> = Arc::new(engine);
        Self { engine: Arc::new(engine), types: Types::of::<Req, Resp, E>() }
    }

    /// Returns the engine if it has these types.
    ///
    /// # Errors
    /// [`WrongEngine`], which names both types.
    pub fn downcast<Req, Resp, E>(&self) -> Result<Arc<dyn AsyncEngine<Req, Resp, E>>, WrongEngine>
    where
        Req: Send + 'static,
        Resp: Send + 'static,
        E: Send + 'static,
    {
        self.engine
            .downcast_ref::<Arc<dyn AsyncEngine<Req, Resp, E>>>()
            .cloned()
            .ok_or_else(|| WrongEngine { is: self.types, wanted: Types::of::<Req, Resp, E>() })
    }
}

impl fmt::Debug for AnyEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyEngine").field(&format_args!("{}", self.types)).finish()
    }
}

/// The error for downcasting an engine to types that it does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine is an {is}, not an {wanted}")]
pub struct WrongEngine {
    is: Types,
    wanted: Types,
}
