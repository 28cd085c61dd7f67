//! The upper end of a pipeline, and a pipeline under construction.

use std::fmt;
use std::marker::PhantomData;

use async_trait::async_trait;

use crate::engine::AsyncEngine;
use crate::engine::context::Context;
use crate::engine::stream::watch::until_ended;
use crate::error::call::CallError;
use crate::pipeline::edge::Edge;
use crate::pipeline::operator::Node;
use crate::pipeline::operator::Operator;

/// The upper end of a pipeline: a [`Source`] in this process or a
/// [`SegmentSource`](crate::handles::segment::SegmentSource).
pub trait Entry {
    /// The payload of the request.
    type In: Send + 'static;
    /// The response.
    type Out: Send + 'static;
    /// The type of the closed pipeline.
    type Closed;

    /// Closes the pipeline above its first edge.
    fn close(self, first: Edge<Self::In, Self::Out>) -> Self::Closed;
}

/// The upper end of a pipeline in this process. [`open`](Self::open) it and link nodes to it.
pub struct Source<In, Out> {
    types: PhantomData<fn(In) -> Out>,
}

impl<In, Out> Source<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    /// Opens a pipeline for requests of `In` and responses of `Out`, which are often inferred from the
    /// linked nodes.
    pub fn open() -> Open<Self, In, Out> {
        Open::new(Self { types: PhantomData })
    }
}

impl<In, Out> Entry for Source<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    type In = In;
    type Out = Out;
    type Closed = Pipeline<In, Out>;

    fn close(self, first: Edge<In, Out>) -> Pipeline<In, Out> {
        Pipeline::of(first)
    }
}

impl<In, Out> fmt::Debug for Source<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// Composes the nodes so far with the edge below them.
type Nodes<In, Out, DownIn, DownOut> = Box<dyn FnOnce(Edge<DownIn, DownOut>) -> Edge<In, Out> + Send>;

/// A pipeline under construction: its last edge carries requests of `DownIn` down and responses of
/// `DownOut` up.
#[must_use = "a pipeline does nothing until it is closed with `.sink(…)`"]
pub struct Open<S: Entry, DownIn, DownOut> {
    source: S,
    nodes: Nodes<S::In, S::Out, DownIn, DownOut>,
}

impl<S: Entry> Open<S, S::In, S::Out> {
    pub(crate) fn new(source: S) -> Self {
        Self { source, nodes: Box::new(|edge| edge) }
    }
}

impl<S, DownIn, DownOut> Open<S, DownIn, DownOut>
where
    S: Entry,
    DownIn: Send + 'static,
    DownOut: Send + 'static,
{
    /// Links `operator` below the nodes so far.
    pub fn link<O, NextIn, NextOut>(self, operator: O) -> Open<S, NextIn, NextOut>
    where
        O: Operator<DownIn, DownOut, NextIn, NextOut>,
        NextIn: Send + 'static,
        NextOut: Send + 'static,
    {
        self.link_with(move |next| Node { operator, next })
    }

    /// Links an engine that `make` builds once from its downstream edge. [`link`](Self::link) is simpler
    /// for operators.
    pub fn link_with<T, NextIn, NextOut>(
        self,
        make: impl FnOnce(Edge<NextIn, NextOut>) -> T + Send + 'static,
    ) -> Open<S, NextIn, NextOut>
    where
        T: AsyncEngine<Context<DownIn>, DownOut>,
        NextIn: Send + 'static,
        NextOut: Send + 'static,
    {
        let Self { source, nodes } = self;
        Open { source, nodes: Box::new(move |next| nodes(Edge::to(make(next)))) }
    }

    /// Closes the pipeline with the engine that answers.
    pub fn sink(self, engine: impl AsyncEngine<Context<DownIn>, DownOut>) -> S::Closed {
        let Self { source, nodes } = self;
        source.close(nodes(Edge::to(engine)))
    }
}

impl<S: Entry, DownIn, DownOut> fmt::Debug for Open<S, DownIn, DownOut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").finish_non_exhaustive()
    }
}

/// A closed pipeline, which is an engine. Clones share their nodes.
///
/// [`Context::current`] is the context of the request, so calls made by a node inherit from it. When the
/// context is killed or its deadline passes, the work is dropped and the response is an error of class
/// `Cancelled` or `DeadlineExceeded`. A panic in a node propagates to the caller; in a served pipeline
/// it becomes an error.
pub struct Pipeline<In, Out> {
    first: Edge<In, Out>,
}

impl<In, Out> Pipeline<In, Out> {
    pub(crate) fn of(first: Edge<In, Out>) -> Self {
        Self { first }
    }
}

#[async_trait]
impl<In, Out> AsyncEngine<Context<In>, Out> for Pipeline<In, Out>
where
    In: Send + 'static,
    Out: Send + 'static,
{
    async fn generate(&self, request: Context<In>) -> Result<Out, CallError> {
        let cx = request.bare();
        until_ended(&cx, self.first.generate(request)).await?
    }
}

impl<In, Out> Clone for Pipeline<In, Out> {
    fn clone(&self) -> Self {
        Self { first: self.first.clone() }
    }
}

impl<In, Out> fmt::Debug for Pipeline<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}
