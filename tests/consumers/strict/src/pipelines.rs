//! Nodes of pipelines, and a handler behind them.

use dynamo_sdk::engine::{ManyOut, SingleIn};
use dynamo_sdk::pipeline::{Edge, Pipeline, Source, engine, operator};
use dynamo_sdk::prelude::{
    CallError, ResponseStream, Stream, StreamExt, TryStreamExt, component, endpoints, stream,
};

/// Splits a text into words.
///
/// # Errors
/// Those of the nodes below.
#[operator]
pub async fn tokenize(
    request: SingleIn<String>,
    next: Edge<Vec<String>, ManyOut<usize>>,
) -> Result<ManyOut<String>, CallError> {
    let cx = request.bare();
    let words = request.map(|text| text.split(' ').map(str::to_owned).collect());
    Ok(next.generate(words).await?.transform(&cx, |items| items.map_ok(|length| length.to_string())))
}

/// Counts the letters of each word.
///
/// # Errors
/// None.
#[engine(name = Letters)]
pub async fn lengths(request: SingleIn<Vec<String>>) -> Result<ManyOut<usize>, CallError> {
    let (words, cx) = request.into_parts();
    Ok(ResponseStream::new(stream::iter(words).map(|word| Ok(word.len())), cx))
}

/// Lets so many words through.
#[derive(Debug)]
pub struct Limit<const N: usize>;

#[operator]
impl<const N: usize> Limit<N> {
    async fn generate(
        &self,
        request: SingleIn<Vec<String>>,
        next: Edge<Vec<String>, ManyOut<usize>>,
    ) -> Result<ManyOut<usize>, CallError> {
        next.generate(request.map(|words| words.into_iter().take(N).collect())).await
    }
}

/// What stays in the process may be anything that a task can hold.
///
/// # Errors
/// None.
#[engine]
pub async fn wanted(request: SingleIn<(&'static str, Filter)>) -> Result<bool, CallError> {
    let (word, is_wanted) = request.payload();
    Ok(is_wanted(word))
}

/// Which words are wanted.
pub type Filter = std::sync::Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// A pipeline of all of them.
#[must_use]
pub fn pipeline() -> Pipeline<String, ManyOut<String>> {
    Source::open().link(Tokenize).link(Limit::<2>).sink(Letters)
}

/// Has operators in front of its handler.
#[component(namespace = "strict")]
#[derive(Debug)]
pub struct Counter;

#[endpoints]
impl Counter {
    /// Counts the letters of the first words.
    #[endpoint(pipeline = [Tokenize, Limit::<2>], request = String, response = String)]
    pub async fn letters(&self, words: Vec<String>) -> impl Stream<Item = usize> {
        stream::iter(words).map(|word| word.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{CallError, Counter, CounterClient, TryStreamExt, pipeline};
    use dynamo_sdk::engine::AsyncEngine;
    use dynamo_sdk::prelude::{ComponentClient, Context};

    #[dynamo_sdk::test]
    async fn both_count_the_same() -> Result<(), CallError> {
        let text = || "one three five".to_owned();
        let alone: Vec<String> = pipeline().generate(Context::of(text())).await?.try_collect().await?;
        let served: Vec<String> = CounterClient::local(Counter).letters(text()).await?.try_collect().await?;
        assert_eq!(alone, ["3", "5"]);
        assert_eq!(alone, served);
        Ok(())
    }
}
